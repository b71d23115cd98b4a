"""Lava itself, on every Python that this package is for.

lava-nc 0.10, the last release, names Python 3.10 as its only one; but a single module of it cannot
be imported on later ones: ``lava.magma.compiler.var_model`` has instances of a dataclass without a
hash as defaults of fields, which ``dataclasses`` refuses since Python 3.11. With a hash they pass.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from lava_bccn.children import start_method_kept
from lava_bccn.errors import BackendUnavailableError

INSTALL = (
    "pip install 'lava-bccn[lava]' "
    "&& pip install --no-deps --ignore-requires-python lava-nc==0.10.0"
)
"""Installs what lava-nc needs, and itself, beside this package, on any Python."""

_UNHASHED = "lava.magma.compiler.var_model"
_BEFORE = (  # what that module imports, so that nothing but itself sees another decorator
    "lava.magma.compiler.mappable_interface",
    "lava.magma.compiler.subcompilers.address",
    "lava.magma.core.process.ports.connection_config",
    "lava.magma.core.process.variable",
)


def import_lava() -> None:
    """Import Lava's core, so that all of ``lava`` can be imported from then on.

    Raises:
        BackendUnavailableError: it cannot be imported; with what to type.
    """
    reason = why_not()
    if reason:
        raise BackendUnavailableError(
            f"Lava (lava-nc 0.10) {reason} on Python {platform.python_version()}: type {INSTALL} "
            "(with uv, in this project's folder: uv sync), or use backend='sim', which gives the "
            "same bits without Lava"
        )


def why_not() -> str | None:
    """Import Lava's core; why it cannot be imported, such as "is not installed", or None."""
    try:
        with start_method_kept():
            if _UNHASHED not in sys.modules:
                for module in ("lava", *_BEFORE):
                    importlib.import_module(module)
                with _dataclasses_have_a_hash():
                    importlib.import_module(_UNHASHED)
            importlib.import_module("lava.magma.core.process.process")
    except ModuleNotFoundError as error:
        missing = error.name or str(error)
        return "is not installed" if missing == "lava" else f"lacks {missing}"
    except Exception as error:  # a release of it, or of what it needs, that does not fit
        return f"cannot be imported ({type(error).__name__}: {error})"
    return None


@contextmanager
def _dataclasses_have_a_hash() -> Iterator[None]:
    """``@dataclass`` gives a hash to whatever is defined within."""
    original = dataclasses.dataclass
    dataclasses.dataclass = functools.partial(original, unsafe_hash=True)
    try:
        yield
    finally:
        dataclasses.dataclass = original
