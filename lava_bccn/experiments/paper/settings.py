"""With what settings a part is run: those that its rows are kept with, and must still have."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from typing import Any

from lava_bccn.experiments.paper.experiment import Experiment, Part
from lava_bccn.version import __version__

_NO_SETTINGS = ("EXPERIMENT", "PUBLISHED", "TYPE_CHECKING", "_")
"""Constants whose names start so; they are about what is shown of the rows."""

_NO_MODULES = ("paper.experiment", "paper.summary", "spiking_figures")
"""The same of modules."""

_NONE = object()


def settings_of(experiment: Experiment, part: Part) -> dict[str, Any]:
    """What the rows of a part depend on, as JSON.

    The constants of the experiment's module and of the modules of experiments that it uses, the
    defaults of configurations there, and the version of this package. A comment changes none of
    them. Constants of the quick settings are left out of full parts, and the other way round; of
    ``VARIANTS`` only the part's own one counts.
    """
    others = ("FULL",) if part.quick else ("QUICK",)
    settings: dict[str, Any] = {"version": __version__}
    for name in modules_of(experiment):
        short = name.removeprefix("lava_bccn.experiments.")
        if short in _NO_MODULES:
            continue
        for constant, value in vars(import_module(name)).items():
            if isinstance(value, type) and is_dataclass(value) and value.__module__ == name:
                plain = _plain(_defaults(value))
            elif not constant.isupper() or constant.startswith((*_NO_SETTINGS, *others)):
                continue
            elif constant == "VARIANTS":
                plain = _plain(value.get(part.variant)) if isinstance(value, Mapping) else _NONE
            else:
                plain = _plain(value)
            if plain not in (_NONE, {}):
                settings[f"{short}.{constant}"] = plain
    return settings


def modules_of(experiment: Experiment) -> list[str]:
    """The module of an experiment, and those of this package's experiments that it uses."""
    own = experiment.run.__module__
    source = inspect.getsource(import_module(own))
    return [own, *sorted(set(re.findall(r"from (lava_bccn\.experiments\.[\w.]+) import ", source)))]


def _defaults(owner: Any) -> dict[str, Any]:
    """Of the fields of a dataclass."""
    found = {}
    for field in fields(owner):
        if field.default is not MISSING:
            found[field.name] = field.default
        elif field.default_factory is not MISSING:
            found[field.name] = field.default_factory()
    return found


def _plain(value: Any) -> Any:
    """As JSON keeps it; what it cannot keep, such as a function, is no setting."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        plain = {str(key): _plain(each) for key, each in value.items()}
        return {key: each for key, each in plain.items() if each is not _NONE}
    if isinstance(value, tuple | list):
        return [each for each in map(_plain, value) if each is not _NONE]
    return _NONE
