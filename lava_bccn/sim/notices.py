"""What takes long and would else be silent: compiling a loop, once for all later runs.

It is logged as ``INFO`` by this module's logger; the command ``bccn`` shows it.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from numba.core import event

_log = logging.getLogger(__name__)


class _Compiling(event.Listener):
    """Hears of loops that numba compiles, not of those that it reads from its cache."""

    def __init__(self) -> None:
        self._within = 0

    def on_start(self, event: Any) -> None:
        """Of ``Listener``."""
        if not self._within and event.data["dispatcher"].py_func.__module__.startswith("lava_bccn"):
            _log.info("compiling, once: about half a minute")
        self._within += 1

    def on_end(self, event: Any) -> None:
        """Of ``Listener``."""
        self._within -= 1


@cache
def tell_of_compiling() -> None:
    """Log from now on when something is compiled."""
    event.register("numba:compile", _Compiling())
