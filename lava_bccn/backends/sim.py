"""The simulator as a backend."""

from __future__ import annotations

import time
from collections import deque
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends import sim_dale
from lava_bccn.backends.job import Execution, Job, Opening, Session
from lava_bccn.backends.shows import BATCH_SIZE, Show, learning
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.learner import Learner
from lava_bccn.sim.prepared import prepared
from lava_bccn.sim.stepwise import Stimulus, steps

if TYPE_CHECKING:
    from lava_bccn.sim.compiled.engine_learner import CompiledEngineLearner
    from lava_bccn.sim.compiled.learner import CompiledLearner
    from lava_bccn.sim.dale_learner import DaleLearner

MANY = 2**62
"""Samples of what stays open, as far as anyone knows: compiled code pays."""


def execute(job: Job) -> Execution:
    """One run."""
    session = SimSession(job, len(job.samples))
    session.show(job)
    return session.execution()


def opens(opening: Opening) -> AbstractContextManager[Session]:
    """Ready for many jobs; there is nothing to close."""
    return nullcontext(SimSession(opening))


class SimSession:
    """Settles batch by batch, or learns one sample after the other, or runs in continuous time.

    Args:
        opening: what is simulated.
        samples: that it will be shown, about.
    """

    def __init__(self, opening: Opening, samples: int = MANY) -> None:
        self._opening = opening
        self._show, self._learner = _ways(opening, samples)
        self._saturations = np.zeros(len(opening.network.layers), dtype=np.int64)
        self._seconds = 0.0

    def show(self, job: Job) -> Execution:
        """Present a job's samples, and learn from them."""
        started = time.perf_counter()
        saturations = self._show(job)
        seconds = time.perf_counter() - started
        self._saturations += saturations
        self._seconds += seconds
        learned = 0 if self._learner is None else self._learner.learned
        return Execution(self._opening.network, saturations, seconds, learned=learned)

    def execution(self) -> Execution:
        """What all samples so far did, with the network as it is now."""
        return Execution.of(self._opening, self._learner, self._saturations.copy(), self._seconds)


def _ways(
    opening: Opening, samples: int
) -> tuple[Show, Learner | DaleLearner | CompiledLearner | CompiledEngineLearner | None]:
    """How samples are presented, and what learns from them."""
    if isinstance(opening.network, DaleNetwork):
        return sim_dale.ways(opening, opening.network)
    if opening.time is not None:
        return _in_continuous_time(opening)
    if opening.learning is None:
        return _settling(opening.mapped, samples), None
    if opening.mapped.number_format is None:
        learner = Learner(opening.mapped, opening.learning, opening.learned)
        return learning(learner), learner
    compiled = _compiled_learner(opening.mapped, opening.learning, opening.learned)
    return _learning_compiled(opening.mapped, compiled), compiled


def _settling(network: MappedNetwork, expected: int) -> Show:
    ready = prepared(network)

    def show(job: Job) -> NDArray[np.int64]:
        saturations = np.zeros(len(network.layers), dtype=np.int64)
        batch = min(len(job.samples), BATCH_SIZE)
        settle = ready.settler(expected, batch, bursts=job.recording.needs_bursts)
        for first in range(0, len(job.samples), BATCH_SIZE):
            chosen = slice(first, first + BATCH_SIZE)
            samples = job.samples[chosen]
            teacher = None if job.targets is None else job.targets[chosen]
            states, saturated = settle(samples, teacher)
            saturations += saturated
            job.recording.store(chosen, states)
            job.progress(len(samples))
        return saturations

    return show


def _in_continuous_time(opening: Opening) -> tuple[Show, Learner | None]:
    """A row of the samples a time step, with the hop delays of Lava."""
    network, learner = opening.mapped, None
    network.all_ensembles(opening.time)  # refuses now what has no form in continuous time
    if opening.learning is not None:
        learner = Learner(network, opening.learning, opening.learned)
    total = np.zeros(len(network.layers), dtype=np.int64)
    stimuli: deque[Stimulus] = deque()
    connections = None if learner is None else learner.connections
    run = steps(network, iter(stimuli.popleft, None), opening.time, connections, total)

    def show(job: Job) -> NDArray[np.int64]:
        before = total.copy()
        for index in range(len(job.samples)):
            step = slice(index, index + 1)
            sample = job.samples[step]
            stimuli.append((sample, None if job.targets is None else job.targets[step]))
            states = next(run)
            job.recording.store(step, states)
            if learner is not None:
                learner.adapt(sample[0], states)
            job.progress(1)
        return total - before

    return show, learner


def _learning_compiled(
    network: MappedNetwork, learner: CompiledLearner | CompiledEngineLearner
) -> Show:
    sizes = network.input_size, network.output_size
    none = (np.zeros((0, size), network.compute_dtype) for size in sizes)
    learner.learn(*none)  # compiles, or reads what was compiled before

    def show(job: Job) -> NDArray[np.int64]:
        assert job.targets is not None
        before = learner.potential_saturations()
        size = 1 if job.recording.needs_states else BATCH_SIZE
        for first in range(0, len(job.samples), size):
            chosen = slice(first, first + size)
            event_rate = learner.learn(job.samples[chosen], job.targets[chosen])
            job.recording.store_output(chosen, event_rate)
            if job.recording.needs_states:
                job.recording.store(chosen, learner.states())
            job.progress(len(event_rate))
        return learner.potential_saturations() - before

    return show


def _compiled_learner(
    network: MappedNetwork, config: LearningConfig, learned: int
) -> CompiledLearner | CompiledEngineLearner:
    """The learner of a rule; importing it takes long."""
    if config.rule == "engine":
        from lava_bccn.sim.compiled.engine_learner import CompiledEngineLearner

        return CompiledEngineLearner(network, config, learned)
    from lava_bccn.sim.compiled.learner import CompiledLearner

    return CompiledLearner(network, config, learned)
