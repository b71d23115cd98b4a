"""Names that a package exports without importing what they are in before they are used.

A package imports them for type checkers, which do not run this, and so says once where each is:

    if TYPE_CHECKING:
        from lava_bccn.network.storage import load
    else:
        __getattr__, __dir__ = attach(__name__, __file__)

    __all__ = ["load"]
"""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # what typing says; to import that takes longer than all else here

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def exports(package: str, file: str) -> dict[str, str]:
    """The names that ``file`` imports under ``if TYPE_CHECKING``, and the module of each.

    ``from . import room`` is a module; so nothing else that is exported may have the name of a
    module beside it.
    """
    import ast
    from pathlib import Path

    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    checked = next(
        node.body
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    return {
        alias.name: node.module or f"{package}.{alias.name}"
        for node in checked
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def attach(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package.

    Args:
        package: its ``__name__``.
        file: its ``__file__``.
    """
    found: dict[str, str] = {}

    def modules() -> dict[str, str]:
        if not found:  # when the first name is used: the package is imported at once
            found.update(exports(package, file))
        return found

    def get(name: str) -> Any:
        if name not in modules():
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            module = import_module(modules()[name])
        except ModuleNotFoundError as error:
            from lava_bccn.extras import explained

            raise explained(error, f"{package}.{name}") from None
        value = module if modules()[name] == f"{package}.{name}" else getattr(module, name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules()})

    return get, names
