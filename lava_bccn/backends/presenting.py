"""The loop of every backend that presents samples to a network in Lava."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.job import Execution, Job
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.errors import BackendExecutionError, InterruptedRunError
from lava_bccn.network.learned import with_weights
from lava_bccn.network.learning import Pathway

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.run_configs import RunConfig

    from lava_bccn.processes import BurstCCN, EngineBurstCCN, SampleSource
    from lava_bccn.processes.runtime import LavaRun

POTENTIALS = ("soma_saturations", "apical_saturations")
"""Vars that count potentials which saturated."""


class Form:
    """A network in Lava; here one whose Processes learn by themselves, if anything learns.

    Args:
        job: what is presented to it.
        process: the network.
        run_config: which models run it, and where.
        steps: time steps for which a sample is presented.

    Attributes:
        reads: states to read after each presentation, besides those that are recorded.
        samples: that the network takes, (samples, inputs).
    """

    reads: frozenset[str] = frozenset()

    def __init__(
        self, job: Job, process: BurstCCN | EngineBurstCCN, run_config: RunConfig, steps: int
    ) -> None:
        self.job = job
        self.process: Any = process
        self.samples = job.samples
        self.run_config = run_config
        self.steps = steps

    def connect(self, source: SampleSource) -> None:
        """Connect the network with what presents samples and targets."""
        source.sample_out.connect(self.process.sample_in)
        source.target_out.connect(self.process.target_in)

    def learn(self, sample: NDArray[Any], states: list[LayerStates]) -> None:
        """Called after each presentation, for a host that learns; these Processes have learned."""

    def execution(self, seconds: float) -> Execution:
        """What was done, while Lava is still there."""
        job, layers = self.job, range(len(self.job.network.layers))
        saturations = self.saturations()
        if job.learning is None:
            return Execution(job.network, saturations, seconds)
        weights: list[dict[Pathway, NDArray[Any]]] = []
        counts: list[dict[Pathway, Saturations]] = []
        for index in layers:
            names = self.process.learning_pathways(index)
            weights.append({name: self._var(name, index) for name in names})
            pairs = {name: self._var(f"{name}_saturations", index) for name in names}
            counts.append({name: Saturations(int(w), int(t)) for name, (w, t) in pairs.items()})
        learned = job.learned + len(job.samples)
        network = with_weights(job.network, weights)
        return Execution(network, saturations, seconds, tuple(counts), learned)

    def saturations(self) -> NDArray[np.int64]:
        """Potentials of each layer that saturated, (layers,)."""
        saturations = np.zeros(len(self.job.network.layers), dtype=np.int64)
        for index in range(len(saturations)):
            for name in self.process.state_names(is_output=index == len(saturations) - 1):
                if name in POTENTIALS:
                    saturations[index] += int(self._var(name, index)[0])
        return saturations

    def interrupted(self, seconds: float) -> Execution:
        """What is known once Lava has failed: not what was learned in it, which it takes far too
        long to read after every sample."""
        unknown = np.full(len(self.job.network.layers), -1, dtype=np.int64)
        return Execution(self.job.network, unknown, seconds, learned=self.job.learned)

    def _var(self, name: str, index: int) -> NDArray[Any]:
        return getattr(self.process, f"{name}_{index + 1}").get()

    def states(self) -> list[LayerStates]:
        """Of every layer, (1, units): what is recorded or read."""
        states, arrays = [], self.job.recording.arrays
        for index, recorded in enumerate(arrays):
            names = set(recorded) | self.reads
            if index == len(arrays) - 1:
                names.discard("apical")
            values = {name: self._var(name, index)[None] for name in names}
            dtype = self.job.network.compute_dtype
            states.append(
                LayerStates(**{name: value.astype(dtype) for name, value in values.items()})
            )
        return states


def present(job: Job, form: Form) -> Execution:
    """Present one sample after the other to a network in Lava.

    The seconds are those of the time steps, without fetching what is recorded or was learned.

    Raises:
        InterruptedRunError: it failed while it ran; what was recorded of the samples done is kept.
    """
    from lava_bccn import processes

    source = processes.SampleSource(
        samples=form.samples,
        targets=job.targets,
        output_size=job.network.output_size,
        presentation_steps=form.steps,
    )
    form.connect(source)
    with presenting(form.process, form.run_config, len(job.samples), form.interrupted) as lava:
        for index, sample in enumerate(job.samples):
            lava.steps(form.steps)
            states = form.states()
            job.recording.store(slice(index, index + 1), states)
            lava.done += 1
            form.learn(sample, states)
            job.progress(1)
        return form.execution(lava.seconds)


@contextlib.contextmanager
def presenting(
    process: AbstractProcess,
    run_config: RunConfig,
    samples: int,
    interrupted: Callable[[float], Any],
) -> Iterator[LavaRun]:
    """Start a Process and those it is connected to, end them in any case, and keep what was done.

    Args:
        process, run_config: what runs, and on which models.
        samples: that will be presented.
        interrupted: what was done, from the seconds that it took, if Lava fails.

    Raises:
        InterruptedRunError: Lava failed; with the samples done, and with what ``interrupted`` says.
    """
    from lava_bccn import processes

    done, seconds = 0, 0.0
    try:
        with processes.running(process, run_config) as lava:
            try:
                yield lava
            finally:
                done, seconds = lava.done, lava.seconds
    except BackendExecutionError as error:
        message = f"{error} (after {done} of {samples} samples)"
        raise InterruptedRunError(message, done, interrupted(seconds)) from error
