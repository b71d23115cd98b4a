"""Libraries that a part of the package needs and its smallest installation lacks.

``pip install lava-bccn`` runs mapped networks; the rest comes with extras, such as
``pip install 'lava-bccn[torch]'``. What needs one asks here, so that its absence is one line.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from lava_bccn.errors import MissingExtraError


@dataclass(frozen=True)
class Extra:
    """One of the package's extras.

    Attributes:
        modules: of the libraries that it brings, as they are imported.
        what: they are for.
    """

    modules: tuple[str, ...]
    what: str


EXTRAS = {
    "torch": Extra(("torch", "torchvision", "tensorboard"), "training, and models of PyTorch"),
    "plot": Extra(("matplotlib",), "figures"),
    "data": Extra(("sklearn", "PIL", "scipy"), "digits, pictures, and rates as spikes"),
    "nir": Extra(("nir",), "NIR files"),
    "onnx": Extra(("onnx",), "ONNX files"),
    "events": Extra(("tonic",), "data sets of events"),
    "neurobench": Extra(("neurobench",), "NeuroBench's measures"),
    "notebook": Extra(("jupyterlab", "ipywidgets"), "the notebooks"),
}
"""The extras by their names in ``pyproject.toml``; of Lava ``lava_nc`` knows more."""


def require(module: str, extra: str, what: str) -> ModuleType:
    """Import a module of an extra.

    Args:
        module: its full name, such as "matplotlib.figure".
        extra: that brings it, such as "plot".
        what: needs it, as the start of a sentence: "a figure".

    Raises:
        MissingExtraError: it is not installed; in one line, with what to type.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if _library(error.name) != _library(module):
            raise  # it is there, and lacks something itself
        raise MissingExtraError(module, extra, what) from None


def explained(error: ModuleNotFoundError, what: str = "this") -> ModuleNotFoundError:
    """The same absence as that of an extra, where it is one; or else the error as it came."""
    missing = _library(error.name)
    extra = next((name for name, each in EXTRAS.items() if missing in each.modules), None)
    if extra is None or isinstance(error, MissingExtraError):
        return error
    return MissingExtraError(str(error.name), extra, what)


def lacking() -> dict[str, tuple[str, ...]]:
    """The modules of each extra that are not installed."""
    return {
        name: tuple(module for module in each.modules if not _is_there(module))
        for name, each in EXTRAS.items()
    }


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ModuleNotFoundError, ValueError):  # of finders, and of modules that stand in for it
        return module in sys.modules


def _library(module: str | None) -> str:
    return (module or "").partition(".")[0]
