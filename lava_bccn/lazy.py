"""Names of a package that import their module when they are first used (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy_exports(
    package: str, names: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """``__getattr__``, ``__dir__`` and ``__all__`` of a package whose names are imported on use.

    Type checkers do not see these: import the same names under ``TYPE_CHECKING``, each as itself.

    Args:
        package: its ``__name__``.
        names: what is public, by the module that defines it. A name that is also that of a module
            of the package would be taken for it once that is imported: import such a name at once.
    """
    module_of = {name: module for module, defined in names.items() for name in defined}

    def attribute(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(module_of[name]), name)
        setattr(sys.modules[package], name, value)  # found without this function from now on
        return value

    def attributes() -> list[str]:
        return sorted({*vars(sys.modules[package]), *module_of})

    return attribute, attributes, sorted(module_of)
