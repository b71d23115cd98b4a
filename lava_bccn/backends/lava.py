"""Lava on the CPU as a backend."""

from __future__ import annotations

from lava_bccn.backends.job import Execution, Job
from lava_bccn.backends.lava_engine import EngineForm
from lava_bccn.backends.presenting import Form, present


def execute(job: Job) -> Execution:
    """Present one sample after the other; in continuous time, each for a single step.

    Raises:
        BackendUnavailableError: Lava is not installed.
        InterruptedRunError: it failed while it ran.
    """
    from lava_bccn import processes  # fails with advice where there is no Lava

    if job.learning is not None and job.learning.rule == "engine":
        return present(job, EngineForm(job))
    process = processes.BurstCCN(job.network, job.learning, job.learned, job.time)
    steps = job.network.presentation_steps if job.time is None else 1
    return present(job, Form(job, process, processes.on_cpu(process.tag), steps))
