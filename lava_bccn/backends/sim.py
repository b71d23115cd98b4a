"""The simulator as a backend."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.executor import Execution, Learning
from lava_bccn.backends.recording import Progress, Recording
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.time import ContinuousTime
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.learner import Learner
from lava_bccn.sim.settled import settle
from lava_bccn.sim.stepwise import steps

if TYPE_CHECKING:
    from lava_bccn.sim.compiled.learner import CompiledLearner

BATCH_SIZE = 256
"""Samples at a time: large enough for the matrix products, small enough for the caches."""


def run(
    network: MappedNetwork,
    samples: NDArray[Any],
    targets: NDArray[Any] | None,
    learning: Learning | None,
    recording: Recording,
    progress: Progress,
    continuous: ContinuousTime | None = None,
) -> Execution:
    """Settle batch by batch, or learn one sample after the other, or run in continuous time."""
    if continuous is not None:
        return _run_continuous(network, samples, targets, learning, recording, progress, continuous)
    if learning is not None:
        assert targets is not None
        form = _learn if network.number_format is None else _learn_compiled
        return form(network, samples, targets, learning, recording, progress)
    connections = Connections(network)
    saturations = np.zeros(len(network.layers), dtype=np.int64)
    started = time.perf_counter()
    for first in range(0, len(samples), BATCH_SIZE):
        chosen = slice(first, first + BATCH_SIZE)
        teacher = None if targets is None else targets[chosen]
        states, saturated = settle(network, samples[chosen], teacher, connections)
        saturations += saturated
        recording.store(chosen, states)
        progress(len(samples[chosen]))
    return Execution(network, saturations, time.perf_counter() - started)


def _run_continuous(
    network: MappedNetwork,
    samples: NDArray[Any],
    targets: NDArray[Any] | None,
    learning: Learning | None,
    recording: Recording,
    progress: Progress,
    continuous: ContinuousTime,
) -> Execution:
    """A row of the samples a time step, with the hop delays of Lava."""
    learner = None if learning is None else Learner(network, learning.config, learning.learned)
    connections = None if learner is None else learner.connections
    saturations = np.zeros(len(network.layers), dtype=np.int64)
    stimuli = (
        (samples[step : step + 1], None if targets is None else targets[step : step + 1])
        for step in range(len(samples))
    )
    started = time.perf_counter()
    run = steps(network, stimuli, continuous, connections, saturations)
    for step, states in enumerate(run):
        recording.store(slice(step, step + 1), states)
        if learner is not None:
            learner.adapt(samples[step], states)
        progress(1)
    seconds = time.perf_counter() - started
    if learner is None:
        return Execution(network, saturations, seconds)
    return Execution(learner.network(), saturations, seconds, learner.saturations())


def _learn_compiled(
    network: MappedNetwork,
    samples: NDArray[Any],
    targets: NDArray[Any],
    learning: Learning,
    recording: Recording,
    progress: Progress,
) -> Execution:
    from lava_bccn.sim.compiled.learner import CompiledLearner

    learner = CompiledLearner(network, learning.config, learning.learned)
    learner.learn(samples[:0], targets[:0])  # compiles, or reads what was compiled before
    started = time.perf_counter()
    size = 1 if recording.needs_states else BATCH_SIZE
    for first in range(0, len(samples), size):
        chosen = slice(first, first + size)
        recording.store_output(chosen, learner.learn(samples[chosen], targets[chosen]))
        if recording.needs_states:
            recording.store(chosen, learner.states())
        progress(len(samples[chosen]))
    return _learned(learner, time.perf_counter() - started)


def _learn(
    network: MappedNetwork,
    samples: NDArray[Any],
    targets: NDArray[Any],
    learning: Learning,
    recording: Recording,
    progress: Progress,
) -> Execution:
    learner = Learner(network, learning.config, learning.learned)
    started = time.perf_counter()
    for index, (sample, target) in enumerate(zip(samples, targets, strict=True)):
        recording.store(slice(index, index + 1), learner.learn(sample, target))
        progress(1)
    return _learned(learner, time.perf_counter() - started)


def _learned(learner: Learner | CompiledLearner, seconds: float) -> Execution:
    return Execution(
        learner.network(), learner.potential_saturations(), seconds, learner.saturations()
    )
