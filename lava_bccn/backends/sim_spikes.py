"""Spiking networks in the simulator."""

from __future__ import annotations

from lava_bccn.backends.job import SpikingJob
from lava_bccn.sim.spiking import SpikingSimulator
from lava_bccn.sim.spiking.result import SpikingResult


def execute(job: SpikingJob) -> SpikingResult:
    """All samples at once, compiled."""
    result = SpikingSimulator(job.network, job.seed, threads=job.threads).run(
        job.soma,
        job.apical,
        job.targets,
        sample_steps=job.sample_steps,
        interval_steps=job.interval_steps,
        learn=job.learn,
        rate_shift=job.rate_shift,
        record_flags=job.record_flags,
    )
    job.progress(len(job.soma))
    return result
