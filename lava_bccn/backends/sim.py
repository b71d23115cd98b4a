"""The simulator as a backend."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from lava_bccn.backends.job import Execution, Job
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.learner import Learner
from lava_bccn.sim.settled import settler
from lava_bccn.sim.stepwise import steps

if TYPE_CHECKING:
    from lava_bccn.sim.compiled.engine_learner import CompiledEngineLearner
    from lava_bccn.sim.compiled.learner import CompiledLearner

BATCH_SIZE = 256
"""Samples at a time: large enough for the matrix products, small enough for the caches."""


def execute(job: Job) -> Execution:
    """Settle batch by batch, or learn one sample after the other, or run in continuous time."""
    if job.time is not None:
        return _in_continuous_time(job)
    if job.learning is None:
        return _settled(job)
    is_float = job.network.number_format is None
    return (_learned if is_float else _learned_compiled)(job)


def _settled(job: Job) -> Execution:
    layers, connections = job.network.all_ensembles(), Connections(job.network)
    bursts = job.recording.needs_bursts
    settle = settler(layers, connections, len(job.samples), BATCH_SIZE, bursts=bursts)
    saturations = np.zeros(len(job.network.layers), dtype=np.int64)
    started = time.perf_counter()
    for first in range(0, len(job.samples), BATCH_SIZE):
        chosen = slice(first, first + BATCH_SIZE)
        teacher = None if job.targets is None else job.targets[chosen]
        states, saturated = settle(job.samples[chosen], teacher)
        saturations += saturated
        job.recording.store(chosen, states)
        job.progress(len(job.samples[chosen]))
    return Execution(job.network, saturations, time.perf_counter() - started)


def _in_continuous_time(job: Job) -> Execution:
    """A row of the samples a time step, with the hop delays of Lava."""
    learner = None
    if job.learning is not None:
        learner = Learner(job.network, job.learning, job.learned)
    connections = None if learner is None else learner.connections
    saturations = np.zeros(len(job.network.layers), dtype=np.int64)
    everything = [slice(step, step + 1) for step in range(len(job.samples))]
    stimuli = (
        (job.samples[step], None if job.targets is None else job.targets[step])
        for step in everything
    )
    started = time.perf_counter()
    run = steps(job.network, stimuli, job.time, connections, saturations)
    for step, states in zip(everything, run, strict=True):
        job.recording.store(step, states)
        if learner is not None:
            learner.adapt(job.samples[step][0], states)
        job.progress(1)
    return Execution.of(job, learner, saturations, time.perf_counter() - started)


def _learned_compiled(job: Job) -> Execution:
    assert job.learning is not None and job.targets is not None
    learner = _compiled_learner(job.network, job.learning, job.learned)
    learner.learn(job.samples[:0], job.targets[:0])  # compiles, or reads what was compiled before
    started = time.perf_counter()
    size = 1 if job.recording.needs_states else BATCH_SIZE
    for first in range(0, len(job.samples), size):
        chosen = slice(first, first + size)
        event_rate = learner.learn(job.samples[chosen], job.targets[chosen])
        job.recording.store_output(chosen, event_rate)
        if job.recording.needs_states:
            job.recording.store(chosen, learner.states())
        job.progress(len(job.samples[chosen]))
    seconds = time.perf_counter() - started
    return Execution.of(job, learner, learner.potential_saturations(), seconds)


def _compiled_learner(
    network: MappedNetwork, config: LearningConfig, learned: int
) -> CompiledLearner | CompiledEngineLearner:
    """The learner of a rule; importing it takes long."""
    if config.rule == "engine":
        from lava_bccn.sim.compiled.engine_learner import CompiledEngineLearner

        return CompiledEngineLearner(network, config, learned)
    from lava_bccn.sim.compiled.learner import CompiledLearner

    return CompiledLearner(network, config, learned)


def _learned(job: Job) -> Execution:
    assert job.learning is not None and job.targets is not None
    learner = Learner(job.network, job.learning, job.learned)
    started = time.perf_counter()
    for index, (sample, target) in enumerate(zip(job.samples, job.targets, strict=True)):
        job.recording.store(slice(index, index + 1), learner.learn(sample, target))
        job.progress(1)
    seconds = time.perf_counter() - started
    return Execution.of(job, learner, learner.potential_saturations(), seconds)
