"""Options made from what they configure: a frozen dataclass, or a function's keyword arguments.

Name, type, choices, default and help come from there. An option that is not given is not there
after parsing either, so that the default stands in one place.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from functools import cache
from inspect import Parameter, cleandoc, signature
from types import NoneType, UnionType
from typing import Any, Literal, Protocol, Union, get_args, get_origin, get_type_hints


class HasOptions(Protocol):
    """A parser, or a group of its options."""

    def add_argument(self, *flags: str, **keywords: Any) -> argparse.Action:
        """As ``ArgumentParser``."""


def add_fields(
    parser: HasOptions, owner: Callable[..., Any], *names: str, help: str = "", **keywords: Any
) -> None:
    """Options of some fields of a dataclass, or of arguments of a function.

    Args:
        parser: that gets them.
        owner: the dataclass or function. Numbers, strings, flags, ``Literal`` choices and sequences
            of these are understood, and None besides.
        names: of the fields.
        help: instead of the first sentence of the field's description.
        keywords: of ``add_argument``, instead of what follows from the type.
    """
    hints, texts, parameters = get_type_hints(owner), _descriptions(owner), _parameters(owner)
    for name in names:
        text, default = help or texts.get(name, ""), parameters[name].default
        if default is not None and not isinstance(default, bool) and "(default" not in text:
            values = default if isinstance(default, tuple) else (default,)
            told = (f"{value:g}" if isinstance(value, float) else str(value) for value in values)
            text += f" (default: {' '.join(told)})"
        parser.add_argument(
            option_of(name),
            **{**_of_type(hints[name]), "default": argparse.SUPPRESS, "help": text, **keywords},
        )


def option_of(name: str) -> str:
    """The option of a field: ``--learning-rate`` of ``learning_rate``."""
    return f"--{name.replace('_', '-')}"


def given(owner: Callable[..., Any], options: argparse.Namespace) -> dict[str, Any]:
    """The fields of a dataclass, or arguments of a function, that the options give."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(options).items()
        if name in _parameters(owner)
    }


@cache
def _parameters(owner: Callable[..., Any]) -> dict[str, Parameter]:
    return dict(signature(owner).parameters)


def _of_type(hint: Any) -> dict[str, Any]:
    """Keywords of ``add_argument`` for values of a type."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    if hint is bool:
        return {"action": "store_true"}
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"choices": inner, "type": type(inner[0])}
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return {"nargs": "+", **_of_type(inner[0])}
    return {"type": hint, "metavar": {int: "N", float: "X"}.get(hint)}


def _descriptions(owner: Callable[..., Any]) -> dict[str, str]:
    """The first sentence on each name under ``Attributes:`` or ``Args:``, for a command line."""
    section = re.search(
        r"^(?:Attributes|Args):\n((?: .*\n?|\n)+)", cleandoc(owner.__doc__ or ""), re.M
    )
    texts: dict[str, str] = {}
    for names, text in re.findall(
        r"^    (\w[\w, ]*): ((?:.*\n?)(?:^     .*\n?)*)", section[1] if section else "", re.M
    ):
        sentence = re.split(r"(?<=[\w`\])])\.(?:\s|$)", " ".join(text.split()))[0]
        plain = re.sub(r'``"?|"?``', "", sentence).replace("%", "%%")
        texts.update(dict.fromkeys(names.split(", "), plain))
    return texts
