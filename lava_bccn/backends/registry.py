"""The backends, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from lava_bccn.registry import Registry


@dataclass(frozen=True)
class Backend:
    """An executor of mapped networks.

    Attributes:
        name: by which it is chosen.
        summary: one line for help texts.
        execute: runs a job. It imports what it needs when called, and raises
            ``BackendUnavailableError`` where that is missing.
    """

    name: str
    summary: str
    execute: Callable[..., Any]


def _lazily(module: str) -> Callable[..., Any]:
    def execute(*arguments: Any) -> Any:
        return import_module(f"lava_bccn.backends.{module}").run(*arguments)

    return execute


BACKENDS: Registry[Backend] = Registry(
    "backend",
    (
        Backend("sim", "the simulator, anywhere", _lazily("sim")),
        Backend("lava", "Lava on the CPU", _lazily("lava")),
        Backend("lava-hardware", "the chip's parts in Lava, on the CPU", _lazily("hardware")),
        Backend("loihi2", "a Loihi 2 board", _lazily("loihi2")),
    ),
)
"""All backends; ``BACKENDS.register`` adds one."""
