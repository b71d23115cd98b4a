"""A network of spiking ensembles: the description that Lava and the simulator read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Precision
from lava_bccn.dynamics.spiking.teacher import TeacherConstants
from lava_bccn.errors import InvalidInputError
from lava_bccn.headers import SPIKING_NETWORK
from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.integers import fitting_weights
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.units import StepUnits
from lava_bccn.settings import (
    POSITIVE,
    TEXT,
    check_fields,
    instance,
    number,
    one_of,
    tuple_of,
)

TEACHER_JUMP_BITS = 8
"""An event in the teacher's integer trace of a rate is 2^8: the trace holds 2^15 events."""


@dataclass(frozen=True)
class Teacher:
    """Drives the apical dendrites of a population in proportion to its ensembles' errors.

    Attributes:
        population: name of the population.
        gain: pA per Hz of error.
        time: of the running event rate, in ms.
    """

    population: str
    gain: float
    time: float = 200.0

    def __post_init__(self) -> None:
        check_fields(self, "of a teacher", population=TEXT, gain=number(), time=POSITIVE)

    def constants(self, population: Population, units: StepUnits) -> TeacherConstants:
        """Constants of one step.

        Raises:
            InvalidInputError: the time is below the time step, or the gain too large for a
                fraction of 15 bits.
        """
        neuron = population.neuron
        current = self.gain * units.millivolts_per_picoampere(
            neuron.dendrite_time, neuron.dendrite_capacitance
        )
        # What arrives at the dendrite is held there by its synaptic current.
        current *= 1 - np.exp(-units.time_step_ms / neuron.synapse_time)
        gain = units.potential(1.0) * current / self._trace_per_hertz(population, units)
        return TeacherConstants(
            retention=units.retention("time of the teacher", self.time),
            jump=self._jump(units),
            gain=units.fraction("gain of the teacher", gain) if units.is_fixed else gain,
        )

    def target_trace(
        self, rates_hz: NDArray[np.float64], population: Population, units: StepUnits
    ) -> NDArray[Any]:
        """Target rates (negative: no teacher) in units of the trace."""
        scaled = np.asarray(rates_hz) * self._trace_per_hertz(population, units)
        return np.rint(scaled).astype(np.int64) if units.is_fixed else scaled

    @staticmethod
    def _jump(units: StepUnits) -> float:
        return (1 << TEACHER_JUMP_BITS) if units.is_fixed else 1.0

    def _trace_per_hertz(self, population: Population, units: StepUnits) -> float:
        """Where the trace settles while an ensemble has 1 Hz, by the retention as it is held."""
        events_per_step = population.neurons * units.time_step_ms / 1000
        return self._jump(units) * events_per_step / units.lost("time of the teacher", self.time)


@dataclass(frozen=True, repr=False)
class SpikingNetwork:
    """Populations, the connections between them, and a teacher.

    Attributes:
        populations: in the order in which results list them.
        connections: in the order in which results list them; random draws depend on it.
        teacher: None: there is none.
        time_step_ms: 1 ms, or 0.5 ms.
        precision: ``float``, or ``fixed`` after :func:`~lava_bccn.mapping.spiking.quantise`.
    """

    populations: tuple[Population, ...]
    connections: tuple[Connection, ...] = ()
    teacher: Teacher | None = None
    time_step_ms: float = 1.0
    precision: Precision = "float"

    def __post_init__(self) -> None:
        check_fields(
            self,
            "of a spiking network",
            populations=tuple_of(instance(Population)),
            connections=tuple_of(instance(Connection)),
            teacher=instance(Teacher).or_none(),
            time_step_ms=POSITIVE,
            precision=one_of("float", "fixed"),
        )
        if not self.populations:
            raise InvalidInputError("a spiking network needs at least one population")
        for kind, parts in (("population", self.populations), ("connection", self.connections)):
            names = [part.name for part in parts]
            if len(set(names)) != len(names):
                raise InvalidInputError(f"two {kind}s have the same name: {', '.join(names)}")
        for connection in self.connections:
            for end, neurons in (
                (connection.source, connection.presynaptic),
                (connection.target, connection.postsynaptic),
            ):
                size = self.population(end).size
                if len(neurons) and not 0 <= neurons.min() <= neurons.max() < size:
                    raise InvalidInputError(
                        f"connection {connection.name!r} joins neurons beyond the {size} of {end!r}"
                    )
        if self.teacher is not None:
            self.population(self.teacher.population)
        if self.precision == "fixed":
            fitting = (
                each
                if each.weight.dtype == np.int8
                else replace(each, weight=fitting_weights(each.weight, each.name))
                for each in self.connections
            )
            object.__setattr__(self, "connections", tuple(fitting))

    @property
    def units(self) -> StepUnits:
        """How constants are made."""
        return StepUnits(self.time_step_ms, self.precision)

    @property
    def ensembles(self) -> int:
        """Number of ensembles of all populations: the columns of a stimulus and of results."""
        return sum(population.ensembles for population in self.populations)

    @property
    def size(self) -> int:
        """Number of neurons of all populations."""
        return sum(population.size for population in self.populations)

    def columns(self, name: str) -> slice:
        """Where the ensembles of a population are among those of all."""
        first = sum(each.ensembles for each in self.populations[: self.index(name)])
        return slice(first, first + self.population(name).ensembles)

    def population(self, name: str) -> Population:
        """The population of that name.

        Raises:
            InvalidInputError: there is none.
        """
        for population in self.populations:
            if population.name == name:
                return population
        raise InvalidInputError(
            f"there is no population {name!r}; there are "
            + ", ".join(population.name for population in self.populations)
        )

    def index(self, name: str) -> int:
        """Position of a population."""
        return self.populations.index(self.population(name))

    def save(self, path: str | Path) -> None:
        """Write the network as safetensors; see :func:`lava_bccn.network.spiking.load`.

        Raises:
            OutputPathError: the place cannot be written; an existing file stays as it was.
        """
        SPIKING_NETWORK.write(path, self)

    def __repr__(self) -> str:
        """Its populations and connections, a line each."""
        kind, step = type(self).__name__, self.time_step_ms
        lines = [f"{kind} in steps of {step:g} ms, {self.precision}"]
        lines += [f"  {each!r}" for each in (*self.populations, *self.connections)]
        if self.teacher is not None:
            lines.append(f"  Teacher of {self.teacher.population}")
        return "\n".join(lines)

    def with_weights(
        self, weights: Sequence[NDArray[Any]], biases: Sequence[NDArray[Any]]
    ) -> SpikingNetwork:
        """The same network with other weights (as stored) and biases (in pA)."""
        return replace(
            self,
            connections=tuple(
                replace(connection, weight=weight)
                for connection, weight in zip(self.connections, weights, strict=True)
            ),
            populations=tuple(
                replace(population, bias=bias)
                for population, bias in zip(self.populations, biases, strict=True)
            ),
        )
