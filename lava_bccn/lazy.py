"""Names that a package exports without importing what they are in before they are used.

A package says where each name is, and once more for type checkers, which do not run this:

    if TYPE_CHECKING:
        from lava_bccn.network.storage import load

    __all__ = ["load"]
    __getattr__, __dir__ = attach(__name__, {"load": "lava_bccn.network.storage"})
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def attach(
    package: str, exports: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package.

    Args:
        package: its ``__name__``.
        exports: the module of each name. A name whose module is called ``PACKAGE.NAME`` is that
            module; so nothing else that is exported may have the name of a module beside it.
    """

    def get(name: str) -> Any:
        if name not in exports:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(exports[name])
        value = module if exports[name] == f"{package}.{name}" else getattr(module, name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *exports})

    return get, names
