"""The backends, by name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lava_bccn.backends.job import Execution, Job, Opening, Session, SpikingJob
from lava_bccn.registry import Registry

if TYPE_CHECKING:
    from lava_bccn.sim.spiking.result import SpikingResult


@dataclass(frozen=True)
class Backend:
    """Something that runs networks.

    Attributes:
        name: by which it is chosen.
        summary: one line for help texts.
        execute: runs a mapped network. It imports what it needs when called, and raises
            ``BackendUnavailableError`` where that is missing, ``BackendExecutionError`` where it
            fails; ``InterruptedRunError`` with an ``Execution`` if samples were done before.
        learns: whether networks can learn on it; if not, no job has ``learning``.
        engine: whether they can by ``rule="engine"``; if not, no job asks for that.
        dale: whether it runs networks under Dale's law.
        continuous: whether it can run in continuous time; if not, no job has ``time``.
        execute_spikes: runs a spiking network; None: it cannot.
        opens: makes a network ready for many jobs, until the block ends; None: each job of those is
            a run of its own.
    """

    name: str
    summary: str
    execute: Callable[[Job], Execution]
    learns: bool = True
    engine: bool = False
    dale: bool = False
    continuous: bool = True
    execute_spikes: Callable[[SpikingJob], SpikingResult] | None = None
    opens: Callable[[Opening], AbstractContextManager[Session]] | None = None


def _of(module: str, function: str = "execute") -> Callable[[Any], Any]:
    """A function of a module, which is imported when it is called."""
    return lambda job: getattr(import_module(module), function)(job)


BACKENDS: Registry[Backend] = Registry(
    "backend",
    (
        Backend(
            "sim",
            "the simulator, anywhere",
            _of("lava_bccn.backends.sim"),
            engine=True,
            dale=True,
            execute_spikes=_of("lava_bccn.backends.sim_spikes"),
            opens=_of("lava_bccn.backends.sim", "opens"),
        ),
        Backend(
            "lava",
            "Lava on the CPU",
            _of("lava_bccn.backends.lava"),
            engine=True,
            dale=True,
            execute_spikes=_of("lava_bccn.backends.lava_spikes"),
            opens=_of("lava_bccn.backends.lava", "opens"),
        ),
        Backend(
            "lava-hardware",
            "the form for the chip, on Lava's CPU models",
            _of("lava_bccn.backends.hardware"),
            engine=True,
            continuous=False,
            opens=_of("lava_bccn.backends.hardware", "opens"),
        ),
        Backend(
            "loihi2",
            "a Loihi 2 board",
            _of("lava_bccn.backends.loihi2"),
            continuous=False,
            opens=_of("lava_bccn.backends.loihi2", "opens"),
        ),
    ),
)
"""All backends; ``BACKENDS.register`` adds one."""


def those(can: Callable[[Backend], object]) -> str:
    """Names of the backends that can do something, for errors."""
    return ", ".join(backend.name for backend in BACKENDS.values() if can(backend))
