"""Checks of single values that users hand in: of arguments, and of the fields of configurations.

Arrays are checked in :mod:`lava_bccn.validation`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lava_bccn.errors import InvalidInputError


@dataclass(frozen=True)
class Setting:
    """What a value must be.

    Attributes:
        expected: in words, to stand after "must be".
        allows: whether a value, once it is a number of Python, is that.
    """

    expected: str
    allows: Callable[[Any], bool]

    def or_none(self) -> Setting:
        """The same, or None."""
        return replace(
            self,
            expected=f"None or {self.expected}",
            allows=lambda value: value is None or self.allows(value),
        )


def integer(low: int | None = None, high: int | None = None) -> Setting:
    """An integer, of Python or NumPy and no bool, from ``low`` to ``high``."""
    words = "an integer"
    if low is not None:
        words = f"an integer of at least {low}" if high is None else f"an integer from {low} to "
        words += "" if high is None else f"{high}"

    def allows(value: Any) -> bool:
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        return is_integer and (low is None or low <= value) and (high is None or value <= high)

    return Setting(words, allows)


def number(within: str = "(-inf, inf)", *, expected: str | None = None) -> Setting:
    """A real number, of Python or NumPy and no bool, in an interval; never NaN.

    Args:
        within: such as ``"(0, 1]"``, with ``inf`` for no end; ``"inf]"`` allows infinity itself.
        expected: in other words than ``in (0, 1]``.
    """
    low, high = (float(end) for end in within.strip("([])").split(","))
    has_low, has_high = within.startswith("["), within.endswith("]")
    if expected is None:
        expected = f"in {within}" if within != "(-inf, inf)" else "a finite number"

    def allows(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        above = low <= value if has_low else low < value
        return above and (value <= high if has_high else value < high)

    return Setting(expected, allows)


POSITIVE = number("(0, inf)", expected="positive and finite")
NOT_NEGATIVE = number("[0, inf)", expected="0 or more and finite")
FUNCTION = Setting("a function", callable)
FLAG = Setting("True or False", lambda value: isinstance(value, bool))
PROGRESS = Setting(
    "True, False, None or a function",
    lambda value: value is None or isinstance(value, bool) or callable(value),
)
"""True shows a bar; a function is called with the number just done."""
TEXT = Setting("a string", lambda value: isinstance(value, str))
SHARE = number("(0, 1]")
SEED = replace(integer(0, 2**63 - 1), expected="an integer from 0 to 2^63 - 1")


def one_of(*values: Any) -> Setting:
    """One of these values."""

    def allows(value: Any) -> bool:
        return any(type(value) is type(each) and value == each for each in values)

    return Setting(" or ".join(map(repr, values)), allows)


def instance(*kinds: type, advice: str = "") -> Setting:
    """An object of one of these classes.

    Args:
        kinds: the classes.
        advice: where to get one, for an error.
    """
    words = " or ".join(f"a {kind.__name__}" for kind in kinds)
    return Setting(f"{words} ({advice})" if advice else words, lambda each: isinstance(each, kinds))


def tuple_of(each: Setting, length: int | None = None) -> Setting:
    """A tuple whose items are all such, and so many."""
    count = "" if length is None else f"{length} "

    def allows(value: Any) -> bool:
        fits = isinstance(value, tuple) and len(value) == (len(value) if length is None else length)
        return fits and all(each.allows(item) for item in value)

    return Setting(f"a tuple of {count}values, each {each.expected}", allows)


def check(name: str, value: Any, setting: Setting) -> Any:
    """The value as a number of Python, if it is one that may be.

    Args:
        name: what to call it in an error.
        value: numbers of NumPy, lists and arrays of them become those of Python, and tuples.
        setting: what it must be.

    Raises:
        InvalidInputError: it is not.
    """
    plain = _plain(value)
    if not setting.allows(plain):
        raise InvalidInputError(f"{name} must be {setting.expected}, not {_shown(value)}")
    return plain


def layer_sizes(sizes: Any) -> tuple[int, ...]:
    """Units of each layer from the input to the output.

    Raises:
        InvalidInputError: fewer than two, or what is no integer of at least 1.
    """
    plain = _plain(sizes)
    if not tuple_of(integer(1)).allows(plain) or len(plain) < 2:
        raise InvalidInputError(
            "sizes need at least an input and an output size, integers of at least 1, not "
            f"{_shown(sizes)}"
        )
    return tuple(plain)


def check_fields(config: Any, of: str = "", /, **settings: Setting) -> None:
    """Check fields of a dataclass, which then hold numbers of Python: for ``__post_init__``.

    Args:
        config: the dataclass.
        of: what stands behind a field's name in an error, such as ``"of a neuron"``.
        settings: what each field must be.

    Raises:
        InvalidInputError: one is not.
    """
    for name, setting in settings.items():
        value = getattr(config, name)
        plain = check(f"{name} {of}".rstrip(), value, setting)
        if plain is not value:
            object.__setattr__(config, name, plain)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | range) or (isinstance(value, np.ndarray) and value.ndim == 1):
        return tuple(_plain(item) for item in value)
    if type(value) is tuple and any(_plain(item) is not item for item in value):
        return tuple(_plain(item) for item in value)
    return value


def _shown(value: Any) -> str:
    """As the error shows it: on one line, and not a whole data set."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."
