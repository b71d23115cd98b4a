"""Libraries that a part of the package needs and its smallest installation lacks.

``pip install lava-bccn`` runs mapped networks; the rest comes with extras, such as
``pip install 'lava-bccn[torch]'``. What needs one asks here, so that its absence is one line.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from lava_bccn.errors import MissingExtraError

EXTRAS = {
    "IPython": "notebook",
    "PIL": "data",
    "ipywidgets": "notebook",
    "matplotlib": "plot",
    "neurobench": "neurobench",
    "nir": "nir",
    "onnx": "onnx",
    "scipy": "data",
    "sklearn": "data",
    "tensorboard": "torch",
    "tonic": "events",
    "torch": "torch",
    "torchvision": "torch",
}
"""The extra that brings a library, by the name that is imported."""


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
    extra = EXTRAS.get(_library(error.name))
    if extra is None or isinstance(error, MissingExtraError):
        return error
    return MissingExtraError(str(error.name), extra, what)


def _library(module: str | None) -> str:
    return (module or "").partition(".")[0]
