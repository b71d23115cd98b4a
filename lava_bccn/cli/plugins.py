"""What other modules register: those of ``--plugin``, and of installed packages."""

from __future__ import annotations

import argparse
import sys
import traceback
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from lava_bccn.errors import BurstCCNError

GROUP = "lava_bccn"
"""Of entry points; each names a module that registers something when it is imported."""


class PluginAction(argparse.Action):
    """``--plugin MODULE``, which imports the module as soon as it is read.

    What it registers is then among the choices of the command that follows. The current folder is
    searched after all others.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Of ``Action``."""
        if not all(part.isidentifier() for part in values.split(".")):
            raise argparse.ArgumentError(self, f"{values!r} is no module's name")
        here = str(Path.cwd())
        if not {"", here} & set(sys.path):
            sys.path.append(here)
        try:
            import_module(values)
        except BurstCCNError:  # says what to do
            raise
        except Exception as error:  # of the module, which may do anything
            missing = error.name if isinstance(error, ModuleNotFoundError) else None
            if missing is not None and f"{values}.".startswith(f"{missing}."):
                text = f"there is no module {values!r} in {here}, nor is one installed"
            elif missing is not None:
                text = f"{_place(error)}: {missing!r}, which it needs, is not installed"
            else:
                reason = getattr(error, "msg", error)  # a SyntaxError's text repeats the place
                text = f"{_place(error)}: {type(error).__name__}: {reason}; mend it first"
            raise argparse.ArgumentError(self, text) from error
        namespace.plugin = [*(namespace.plugin or ()), values]


def _place(error: Exception) -> str:
    """Where in a module it was raised."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    frame = [each for each in frames if not each.filename.startswith("<frozen")][-1]
    return f"{frame.filename}, line {frame.lineno}"


def load_installed() -> None:
    """Import what installed packages register under the entry points ``lava_bccn``.

    One that fails is named on standard error, and the command goes on without it.
    """
    for entry_point in metadata.entry_points(group=GROUP):
        try:
            entry_point.load()
        except Exception as error:  # of another package, which must not take every command along
            print(
                f"bccn: warning: {entry_point.value} of the entry points {GROUP!r} cannot be "
                f"imported ({type(error).__name__}: {error})",
                file=sys.stderr,
            )
