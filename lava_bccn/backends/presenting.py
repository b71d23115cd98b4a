"""The loop of every backend that presents samples to a network in Lava."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.job import Execution, Job, Opening
from lava_bccn.backends.recording import Recording
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
        opening: what is made ready.
        process: the network.
        run_config: which models run it, and where.
        steps: time steps for which a sample is presented.

    Attributes:
        reads: states to read after each presentation, besides those that are recorded.
    """

    reads: frozenset[str] = frozenset()

    def __init__(
        self,
        opening: Opening,
        process: BurstCCN | EngineBurstCCN,
        run_config: RunConfig,
        steps: int,
    ) -> None:
        self.opening = opening
        self.process: Any = process
        self.run_config = run_config
        self.steps = steps

    def connect(self, source: SampleSource) -> None:
        """Connect the network with what presents samples and targets."""
        source.sample_out.connect(self.process.sample_in)
        source.target_out.connect(self.process.target_in)

    def presented(self, samples: NDArray[Any]) -> NDArray[Any]:
        """Samples as the network takes them, (samples, inputs)."""
        return samples

    def learn(self, sample: NDArray[Any], states: list[LayerStates]) -> None:
        """Called after each presentation, for a host that learns; these Processes have learned."""

    def execution(self, seconds: float, done: int) -> Execution:
        """What was done, while Lava is still there.

        Args:
            seconds: that the time steps took.
            done: samples.
        """
        opening, layers = self.opening, range(len(self.opening.network.layers))
        saturations = self.saturations()
        if opening.learning is None:
            return Execution(opening.network, saturations, seconds)
        weights: list[dict[Pathway, NDArray[Any]]] = []
        counts: list[dict[Pathway, Saturations]] = []
        for index in layers:
            names = self.process.learning_pathways(index)
            weights.append({name: self._var(name, index) for name in names})
            pairs = {name: self._var(f"{name}_saturations", index) for name in names}
            counts.append({name: Saturations(int(w), int(t)) for name, (w, t) in pairs.items()})
        network = with_weights(opening.mapped, weights)
        return Execution(network, saturations, seconds, tuple(counts), opening.learned + done)

    def saturations(self) -> NDArray[np.int64]:
        """Potentials of each layer that saturated, (layers,)."""
        saturations = np.zeros(len(self.opening.network.layers), dtype=np.int64)
        for index in range(len(saturations)):
            for name in self.process.state_names(is_output=index == len(saturations) - 1):
                if name in POTENTIALS:
                    saturations[index] += int(self._var(name, index)[0])
        return saturations

    def interrupted(self, seconds: float) -> Execution:
        """What is known once Lava has failed: not what was learned in it, which it takes far too
        long to read after every sample."""
        network = self.opening.network
        unknown = np.full(len(network.layers), -1, dtype=np.int64)
        return Execution(network, unknown, seconds, learned=self.opening.learned)

    def _var(self, name: str, index: int) -> NDArray[Any]:
        return getattr(self.process, f"{name}_{index + 1}").get()

    def states(self, recording: Recording) -> list[LayerStates]:
        """Of every layer, (1, units): what is recorded or read."""
        states, arrays = [], recording.arrays
        for index, recorded in enumerate(arrays):
            names = set(recorded) | self.reads
            if index == len(arrays) - 1:
                names.discard("apical")
            values = {name: self._var(name, index)[None] for name in names}
            dtype = self.opening.network.compute_dtype
            states.append(
                LayerStates(**{name: value.astype(dtype) for name, value in values.items()})
            )
        return states


class Source:
    """What presents a form's samples: the one that was put into it last.

    Args:
        form: the network, which does not run yet.
    """

    def __init__(self, form: Form) -> None:
        from lava_bccn import processes

        network = form.opening.network
        nothing = network.quantise_inputs(np.zeros((1, network.input_size)))
        self._no_teacher = network.no_teacher[0]
        self._sample = processes.SampleSlot(form.presented(nothing)[0])
        self._target = processes.SampleSlot(self._no_teacher)
        form.connect(
            processes.SampleSource(
                samples=self._sample,
                targets=self._target,
                output_size=network.output_size,
                presentation_steps=form.steps,
            )
        )

    def put(self, sample: NDArray[Any], target: NDArray[Any] | None) -> None:
        """Present a sample and its target in the next steps; None leaves the teacher off."""
        self._sample.put(sample)
        self._target.put(self._no_teacher if target is None else target)


class LavaSession:
    """A network that runs in Lava, and is shown samples as they come.

    Args:
        form: the network.
        source: of its samples.
        lava: where it runs.
    """

    def __init__(self, form: Form, source: Source, lava: LavaRun) -> None:
        self._form, self._source, self._lava = form, source, lava
        layers = len(form.opening.network.layers)
        self._saturations: NDArray[np.int64] = np.zeros(layers, dtype=np.int64)

    def present(self, job: Job) -> None:
        """Present a job's samples one after the other.

        Raises:
            BackendExecutionError: Lava failed.
        """
        form = self._form
        for index, sample in enumerate(job.samples):
            target = None if job.targets is None else job.targets[index]
            number = form.opening.learned + self._lava.done
            if form.opening.learning is not None and form.opening.learning.realigns(number):
                target = None
            self._source.put(form.presented(sample[None])[0], target)
            self._lava.steps(form.steps)
            states = form.states(job.recording)
            job.recording.store(slice(index, index + 1), states)
            self._lava.done += 1
            form.learn(sample, states)
            job.progress(1)

    def show(self, job: Job) -> Execution:
        """Present a job's samples, and count what saturated.

        Raises:
            InterruptedRunError: Lava failed; what was recorded of the samples done is kept.
        """
        seconds, done = self._lava.seconds, self._lava.done
        try:
            self.present(job)
            saturations = self._form.saturations()
        except BackendExecutionError as error:
            message = f"{error} (in sample {self._lava.done + 1} since it was opened)"
            partial = self._form.interrupted(self._lava.seconds - seconds)
            raise InterruptedRunError(message, self._lava.done - done, partial) from error
        before, self._saturations = self._saturations, saturations
        return Execution(
            job.network,
            saturations - before,
            self._lava.seconds - seconds,
            learned=job.learned + self._lava.done,
        )

    def execution(self) -> Execution:
        """What all samples so far did, with the network as it is now.

        The seconds are those of the time steps, without fetching what is recorded or was learned.
        """
        return self._form.execution(self._lava.seconds, self._lava.done)


@contextlib.contextmanager
def opened(form: Form) -> Iterator[LavaSession]:
    """Start a network in Lava, and end it with the block, however that ends.

    Raises:
        BackendExecutionError: it could not be started.
    """
    from lava_bccn import processes

    source = Source(form)
    with processes.running(form.process, form.run_config) as lava:
        yield LavaSession(form, source, lava)


def executed(form: Form, job: Job) -> Execution:
    """Start a network in Lava for one job, and end it.

    Raises:
        InterruptedRunError: it failed while it ran; what was recorded of the samples done is kept.
    """
    source = Source(form)
    with presenting(form.process, form.run_config, len(job.samples), form.interrupted) as lava:
        session = LavaSession(form, source, lava)
        session.present(job)
        return session.execution()


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
