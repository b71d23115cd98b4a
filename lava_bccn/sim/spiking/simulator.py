"""The simulator of spiking networks: state that runs, saves and resumes."""

from __future__ import annotations

import time
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking import neuron as neuron_dynamics
from lava_bccn.dynamics.spiking.plasticity import AverageConstants, LearningConstants
from lava_bccn.dynamics.spiking.receptors import ReceptorConstants
from lava_bccn.dynamics.spiking.short_term_plasticity import StpConstants, StpState
from lava_bccn.dynamics.spiking.teacher import TeacherConstants
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.constants import (
    bias_constants,
    bias_picoamperes,
    check_steps,
    delivery_scale,
    learning_constants,
    message_flag,
    plastic_samples,
    receptor_constants,
    stimulus_currents,
    target_traces,
)
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.network.spiking.population import Population
from lava_bccn.settings import FLAG, SEED, check, instance
from lava_bccn.sim.notices import tell_of_compiling
from lava_bccn.sim.spiking.compiled import ConnectionArrays, PopulationArrays, TeacherArrays
from lava_bccn.sim.spiking.loop import run_steps
from lava_bccn.sim.spiking.result import SpikingResult
from lava_bccn.validation import plain_array


class SpikingSimulator:
    """A spiking network with its state; each :meth:`run` goes on where the last one ended.

    Args:
        network: in either arithmetic.
        seed: of background noise and stochastic rounding.
    """

    def __init__(self, network: SpikingNetwork, seed: int = 0) -> None:
        tell_of_compiling()
        self.network: SpikingNetwork = check("network", network, instance(SpikingNetwork))
        self.seed: int = check("seed", seed, SEED)
        self.step: int = 0
        self._populations = numba.typed.List(
            [_population_arrays(network, population) for population in network.populations]
        )
        self._connections = _typed_connections(network)
        self._teacher = _teacher_arrays(network)

    def run(
        self,
        soma: NDArray[np.float64],
        apical: NDArray[np.float64] | None = None,
        targets: NDArray[np.float64] | None = None,
        *,
        sample_steps: int,
        interval_steps: int | None = None,
        learn: bool | NDArray[np.bool_] = False,
        record_flags: bool = False,
    ) -> SpikingResult:
        """Show samples one after the other, each for ``sample_steps`` steps.

        Args:
            soma, apical: (samples, ensembles) currents in pA; None: no current.
            targets: (samples, taught ensembles) event rates in Hz, negative for no teacher.
            sample_steps: steps for which a sample is held.
            interval_steps: steps that are counted together; None: a whole sample.
            learn: whether plasticity is on, for all samples or (samples,). Without it traces and
                averages go on, if it is on for any sample.
            record_flags: record every neuron's flags in every step.

        Raises:
            InvalidInputError: currents or targets have the wrong shape, or are not finite.
        """
        network, units = self.network, self.network.units
        sample_steps, interval_steps = check_steps(sample_steps, interval_steps)
        check("record_flags", record_flags, FLAG)
        soma = plain_array(soma, "currents into the soma")
        steps = (len(soma) if soma.ndim else 0) * sample_steps
        intervals = -(-steps // interval_steps)
        soma_currents = stimulus_currents(network, soma, "soma")
        apical_currents = stimulus_currents(
            network, np.zeros_like(soma) if apical is None else apical, "apical"
        )
        if len(apical_currents) != len(soma_currents):
            raise InvalidInputError(
                f"there are currents into the soma for {len(soma_currents)} samples, and into the "
                f"apical dendrite for {len(apical_currents)}"
            )
        traces, taught = target_traces(network, targets, len(soma))
        counts = np.zeros((intervals, network.ensembles, 3), dtype=np.int64)
        transmitted = np.zeros((intervals, len(network.connections)), dtype=units.dtype)
        flags = np.zeros((steps if record_flags else 0, network.size), dtype=np.uint8)
        plastic = plastic_samples(learn, len(soma))
        arguments = (
            self._populations,
            self._connections,
            self._teacher,
            (soma_currents, apical_currents),
            (traces, taught),
            units.dtype(1),
            counts,
            transmitted,
            flags,
            (self.step, sample_steps, interval_steps),
            self.seed,
        )
        run_steps(*arguments, plastic[:0])  # compiles, or reads what was compiled before
        started = time.perf_counter()
        run_steps(*arguments, plastic)
        seconds = time.perf_counter() - started
        self.step += steps
        interval = interval_steps * network.time_step_ms
        return SpikingResult(self.learned(), counts, transmitted, flags, interval, seconds)

    def learned(self) -> SpikingNetwork:
        """The network with the weights and biases that it has now."""
        return self.network.with_weights(
            [connection.weight.copy() for connection in self._connections],
            [
                bias_picoamperes(self.network, population, held.bias)
                for population, held in zip(
                    self.network.populations, self._populations, strict=True
                )
            ],
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything that changes, by name: what a checkpoint holds."""
        arrays = {"step": np.array(self.step)}
        for population, held in zip(self.network.populations, self._populations, strict=True):
            arrays[f"{population.name}/bias"] = held.bias
            for name in neuron_dynamics.STATES:
                arrays[f"{population.name}/{name}"] = getattr(held.state, name)
        for connection, kept in zip(self.network.connections, self._connections, strict=True):
            for name in ("weight", "arriving", "trace", "burst_average", "event_average"):
                arrays[f"{connection.name}/{name}"] = getattr(kept, name)
            if kept.has_receptor:
                arrays[f"{connection.name}/receptor"] = kept.receptor
            arrays[f"{connection.name}/utilisation"] = kept.stp.utilisation
            arrays[f"{connection.name}/depletion"] = kept.stp.depletion
        arrays["teacher/trace"] = self._teacher.trace
        return arrays

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from what :meth:`arrays` gave.

        Raises:
            InvalidInputError: an array is missing, has another form or dtype, or is not finite.
        """
        own = self.arrays()
        for name, array in own.items():
            stored = arrays.get(name)
            if stored is None or (stored.shape, stored.dtype) != (array.shape, array.dtype):
                raise InvalidInputError(
                    f"{name} must be an array {array.shape} of {array.dtype}, as this network has"
                )
            if not np.isfinite(stored).all():
                raise InvalidInputError(f"{name} holds values that are NaN or infinite")
        for name in own.keys() - {"step"}:
            own[name][...] = arrays[name]
        self.step = int(arrays["step"])


def _population_arrays(network: SpikingNetwork, population: Population) -> PopulationArrays:
    units, size = network.units, population.size
    bias, rise, fall = bias_constants(network, population)
    states = {
        name: np.full(
            size,
            neuron_dynamics.INITIAL.get(name, 0),
            dtype=np.int64 if name in neuron_dynamics.COUNTED else units.dtype,
        )
        for name in neuron_dynamics.STATES
    }
    return PopulationArrays(
        state=neuron_dynamics.NeuronState(**states),
        bias=bias,
        flags=np.zeros(size, dtype=np.int64),
        soma_input=np.zeros(size, dtype=units.dtype),
        apical_input=np.zeros(size, dtype=units.dtype),
        constants=population.neuron.constants(units),
        ensemble_size=population.neurons,
        first_ensemble=network.columns(population.name).start,
        bias_rise=rise,
        bias_fall=fall,
        learns_bias=population.bias_rate > 0,
    )


def _typed_connections(network: SpikingNetwork) -> Any:
    """A typed list, also where there is no connection to take the type from."""
    name, nothing = network.populations[0].name, np.zeros(0, dtype=np.int32)
    none = Connection("", name, name, "soma", "spikes", nothing, nothing, nothing)
    typed = numba.typed.List([_connection_arrays(network, none)])
    typed.clear()
    for connection in network.connections:
        typed.append(_connection_arrays(network, connection))
    return typed


def _connection_arrays(network: SpikingNetwork, connection: Connection) -> ConnectionArrays:
    units = network.units
    source, target = network.population(connection.source), network.population(connection.target)
    learning = connection.learning
    zero = units.dtype(0)
    stp = StpConstants(zero, zero, zero, zero)
    if connection.stp is not None:
        stp = StpConstants(*(units.dtype(value) for value in connection.stp.constants(units)))
    receptor = receptor_constants(network, connection)
    constants = LearningConstants(*[zero] * 6)
    average = AverageConstants(False, 0.0)
    if learning is not None:
        constants = LearningConstants(
            *(units.dtype(value) for value in learning_constants(network, connection))
        )
        average = learning.average_constants(network.time_step_ms)
    order = np.lexsort((connection.presynaptic, connection.postsynaptic))
    averages = target.size if average.active else 0
    delay = np.atleast_1d(np.asarray(connection.delay, dtype=np.int64))
    return ConnectionArrays(
        source=network.index(connection.source),
        target=network.index(connection.target),
        to_soma=connection.compartment == "soma",
        message=message_flag(connection.message),
        offsets=np.searchsorted(connection.presynaptic, np.arange(source.size + 1)),
        postsynaptic=connection.postsynaptic.astype(np.int32),
        weight=connection.weight.astype(np.int8 if units.is_fixed else np.float64),
        delay=delay,
        arriving=np.zeros((connection.max_delay + 1, target.size), dtype=units.dtype),
        scale=delivery_scale(network, connection),
        has_receptor=receptor is not None,
        receptor=np.zeros(0 if receptor is None else target.size, dtype=units.dtype),
        receptor_constants=ReceptorConstants(
            *(units.dtype(value) for value in receptor or (0, 0))
        ),
        has_stp=connection.stp is not None,
        stp=StpState(*(np.zeros(source.size, dtype=units.dtype) for _ in range(2))),
        stp_constants=stp,
        learns=learning is not None,
        trace=np.zeros(source.size, dtype=units.dtype),
        learning=constants,
        average=average,
        burst_average=np.full(averages, learning.p_baseline if learning else 0.0),
        event_average=np.ones(averages),
        incoming_offsets=np.searchsorted(
            connection.postsynaptic[order], np.arange(target.size + 1)
        ),
        incoming_synapse=order.astype(np.int32),
        incoming_presynaptic=connection.presynaptic[order].astype(np.int32),
    )


def _teacher_arrays(network: SpikingNetwork) -> TeacherArrays:
    units = network.units
    if network.teacher is None:
        zero = units.dtype(0)
        nothing = np.zeros(0, dtype=units.dtype)
        return TeacherArrays(-1, nothing, TeacherConstants(zero, zero, zero))
    population = network.population(network.teacher.population)
    constants = network.teacher.constants(population, units)
    return TeacherArrays(
        network.index(population.name),
        np.zeros(population.ensembles, dtype=units.dtype),
        TeacherConstants(*(units.dtype(value) for value in constants)),
    )
