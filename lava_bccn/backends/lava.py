"""Lava on the CPU as a backend."""

from __future__ import annotations

from contextlib import AbstractContextManager

from lava_bccn.backends.job import Execution, Job, Opening, Session
from lava_bccn.backends.lava_dale import DaleForm
from lava_bccn.backends.lava_engine import EngineForm
from lava_bccn.backends.presenting import Form, executed, opened
from lava_bccn.network.dale.network import DaleNetwork


def execute(job: Job) -> Execution:
    """Present one sample after the other; in continuous time, each for a single step.

    Raises:
        BackendUnavailableError: Lava is not installed.
        InterruptedRunError: it failed while it ran.
    """
    return executed(_form(job), job)


def opens(opening: Opening) -> AbstractContextManager[Session]:
    """The same, for many jobs."""
    return opened(_form(opening))


def _form(opening: Opening) -> Form:
    from lava_bccn import processes  # fails with advice where there is no Lava

    if isinstance(opening.network, DaleNetwork):
        return DaleForm(opening, opening.network)
    network, time = opening.mapped, opening.time
    if opening.learning is not None and opening.learning.rule == "engine":
        return EngineForm(opening)
    process = processes.BurstCCN(network, opening.learning, opening.learned, time)
    steps = network.presentation_steps if time is None else 1
    return Form(opening, process, processes.on_cpu(process.tag), steps)
