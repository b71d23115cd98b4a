"""The simulator of spiking networks: state that runs, saves and resumes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking import neuron as neuron_dynamics
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking.constants import (
    bias_picoamperes,
    check_rate_shift,
    check_steps,
    plastic_samples,
    stimulus_currents,
    target_traces,
)
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.settings import FLAG, SEED, check, instance, integer
from lava_bccn.sim.borrowed import borrow
from lava_bccn.sim.meeting import barrier, cancel
from lava_bccn.sim.notices import tell_of_compiling
from lava_bccn.sim.spiking.arrays import (
    connection_arrays,
    no_connection,
    population_arrays,
    rule_constants,
    teacher_arrays,
)
from lava_bccn.sim.spiking.loop import run_steps
from lava_bccn.sim.spiking.result import SpikingResult
from lava_bccn.validation import plain_array

THREADS = integer(1, 1024)


class SpikingSimulator:
    """A spiking network with its state; each :meth:`run` goes on where the last one ended.

    Args:
        network: in either arithmetic.
        seed: of background noise and stochastic rounding.
        threads: cores to run on; any number gives the same bits. More than one is worth it from
            some thousand neurons on, where the cores have nothing else to do.

    Raises:
        InvalidInputError: no network, a seed that is none, or fewer than one thread.
    """

    def __init__(self, network: SpikingNetwork, seed: int = 0, *, threads: int = 1) -> None:
        tell_of_compiling()
        self.network: SpikingNetwork = check("network", network, instance(SpikingNetwork))
        self.seed: int = check("seed", seed, SEED)
        self.step: int = 0
        self.threads: int = check("threads", threads, THREADS)
        self._rate_shift = 0
        self._populations = [
            population_arrays(network, each, threads) for each in network.populations
        ]
        self._connections = [
            connection_arrays(network, each, threads) for each in network.connections
        ]
        self._teacher = teacher_arrays(network)
        self._borrow()

    def run(
        self,
        soma: NDArray[np.float64],
        apical: NDArray[np.float64] | None = None,
        targets: NDArray[np.float64] | None = None,
        *,
        sample_steps: int,
        interval_steps: int | None = None,
        learn: bool | NDArray[np.bool_] = False,
        rate_shift: int = 0,
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
            rate_shift: burst-dependent plasticity goes at ``2^−rate_shift`` of its rates;
                homeostasis at its own.
            record_flags: record every neuron's flags in every step.

        Raises:
            InvalidInputError: currents or targets have the wrong shape, or are not finite.
        """
        network, units = self.network, self.network.units
        sample_steps, interval_steps = check_steps(sample_steps, interval_steps)
        check("record_flags", record_flags, FLAG)
        self._slow_down(check_rate_shift(rate_shift))
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
            *self._borrowed,
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
        alone, done = barrier(1), np.zeros(1, dtype=np.int64)
        # Compiles, or reads what was compiled before.
        run_steps(*arguments, plastic[:0], done, alone, 0)
        started = time.perf_counter()
        try:
            if self.threads == 1:
                run_steps(*arguments, plastic, done, alone, 0)
            else:
                self._run_parts(*arguments, plastic, done)
        finally:  # an interruption comes when they are done
            self.step += int(done[0])
        seconds = time.perf_counter() - started
        interval = interval_steps * network.time_step_ms
        return SpikingResult(self.learned(), counts, transmitted, flags, interval, seconds)

    def _run_parts(self, *arguments: Any) -> None:
        """Run every part in a thread of its own, the first in this one.

        An interruption waits until this thread is back from compiled code, with all the others; or
        comes before it has met them, and then none has begun.
        """
        meeting = barrier(self.threads)
        with ThreadPoolExecutor(self.threads - 1) as pool:
            try:
                for part in range(1, self.threads):
                    pool.submit(run_steps, *arguments, meeting, part)
                run_steps(*arguments, meeting, 0)
            except BaseException:
                cancel(meeting)
                raise

    def _slow_down(self, rate_shift: int) -> None:
        if rate_shift == self._rate_shift:
            return
        for index, connection in enumerate(self.network.connections):
            if connection.learning is not None:
                constants = rule_constants(self.network, connection, rate_shift)
                held = self._connections[index]
                self._connections[index] = held._replace(learning=constants)
        for index, population in enumerate(self._populations):
            self._populations[index] = population._replace(bias_places=rate_shift)
        self._rate_shift = rate_shift
        self._borrow()

    def __getstate__(self) -> dict[str, Any]:
        """Without what is true of this one's memory only."""
        return {name: value for name, value in vars(self).items() if name != "_borrowed"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """A copy, with memory of its own."""
        vars(self).update(state)
        self._borrow()

    def _borrow(self) -> None:
        self._borrowed = (
            borrow(self._populations),
            borrow(self._connections, no_connection(self.network)),
        )

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
            for name in ("weight", "arriving", "burst_average", "event_average"):
                arrays[f"{connection.name}/{name}"] = getattr(kept, name)
            arrays[f"{connection.name}/trace"] = kept.trace[0]
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
        for kept in self._connections:
            kept.trace[...] = kept.trace[0]
        self.step = int(arrays["step"])
