"""What other modules register: those of ``--plugin``, and of installed packages."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

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
        except ModuleNotFoundError as error:
            if error.name is None or not f"{values}.".startswith(f"{error.name}."):
                raise  # the module is there; what it imports is not
            raise argparse.ArgumentError(
                self, f"there is no module {values!r} in {here}, nor is one installed"
            ) from error
        except SyntaxError as error:
            place = f"{error.filename}, line {error.lineno}"
            raise argparse.ArgumentError(self, f"{place}: {error.msg}; mend it first") from error
        except ValueError as error:
            if "null bytes" not in str(error):
                raise  # of what the module does
            raise argparse.ArgumentError(
                self, f"{values!r} is no Python source: {error}"
            ) from error
        namespace.plugin = [*(namespace.plugin or ()), values]


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
