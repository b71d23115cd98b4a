"""Spiking networks in Lava on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.job import SpikingJob
from lava_bccn.backends.presenting import presenting
from lava_bccn.network.spiking.constants import bias_picoamperes
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.sim.spiking.result import SpikingResult


def execute(job: SpikingJob) -> SpikingResult:
    """Interval by interval; in fixed point the simulator's bits.

    Raises:
        BackendUnavailableError: Lava is not installed.
        InterruptedRunError: it failed while it ran; the intervals before are kept.
    """
    from lava_bccn import processes  # fails with advice where there is no Lava

    network, steps = job.network, len(job.soma) * job.sample_steps
    process = processes.SpikingBurstCCN(
        network,
        job.soma,
        job.apical,
        job.targets,
        sample_steps=job.sample_steps,
        learn=job.learn,
        rate_shift=job.rate_shift,
        kept_steps=min(job.interval_steps, steps) if job.record_flags else 1,
        seed=job.seed,
    )
    populations = tuple(population.name for population in network.populations)
    connections = tuple(connection.name for connection in network.connections)
    counts: list[NDArray[Any]] = []
    released: list[list[Any]] = []
    flags: list[NDArray[Any]] = []

    def read(names: tuple[str, ...], var: str) -> list[NDArray[Any]]:
        return [np.asarray(getattr(process, f"{name}_{var}").get()) for name in names]

    def result(seconds: float, after: SpikingNetwork = network) -> SpikingResult:
        intervals, neurons = len(counts), network.size
        summed = np.array(counts, dtype=np.int64).reshape(intervals, network.ensembles, 3)
        sent = np.array(released, dtype=network.units.dtype).reshape(intervals, len(connections))
        return SpikingResult(
            after,
            np.diff(summed, axis=0, prepend=0),
            np.diff(sent, axis=0, prepend=0),
            np.concatenate(flags).astype(np.uint8) if flags else np.zeros((0, neurons), np.uint8),
            job.interval_steps * network.time_step_ms,
            seconds,
        )

    config = processes.on_cpu(process.tag)
    with presenting(process, config, len(job.soma), interrupted=result) as lava:
        for first in range(0, steps, job.interval_steps):
            count = min(job.interval_steps, steps - first)
            lava.steps(count)
            counts.append(np.concatenate(read(populations, "counts")))
            released.append([value.item() for value in read(connections, "released")])
            if job.record_flags:
                flags.append(np.concatenate(read(populations, "flags"), axis=1)[:count])
            before, lava.done = lava.done, (first + count) // job.sample_steps
            job.progress(lava.done - before)
        learned = _learned(network, read(connections, "weights"), read(populations, "bias"))
        return result(lava.seconds, learned)


def _learned(
    network: SpikingNetwork, weights: list[NDArray[Any]], biases: list[NDArray[Any]]
) -> SpikingNetwork:
    return network.with_weights(
        [
            weight.astype(connection.weight.dtype)
            for weight, connection in zip(weights, network.connections, strict=True)
        ],
        [
            bias_picoamperes(network, population, bias)
            for population, bias in zip(network.populations, biases, strict=True)
        ],
    )
