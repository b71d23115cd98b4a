"""The operations in which floating point and Loihi 2 integers differ.

Each has two forms of one name, and the type of one argument decides which of them is meant, never a
flag. Every equation is written once, in terms of these; they take NumPy arrays, PyTorch tensors
(always floating point) and single numbers, which is what compiled code passes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from lava_bccn.dynamics.fixed_point import (
    DECAY_BITS,
    STATE_BITS,
    rounded_shift,
    saturate,
    shift,
)

Number = Any
"""A number, array or tensor, floating point or integer."""


def is_integer(value: Number) -> bool:
    """Whether a value is calculated with in Loihi 2 integers."""
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return isinstance(value, int)
    return getattr(dtype, "kind", "f") in "iub"  # PyTorch's dtypes have no kind


def either(
    floating: Callable[..., Number], decided_by: int = 0
) -> Callable[[Callable[..., Number]], Callable[..., Number]]:
    """Give a function of integers, which it decorates, its form in floating point.

    The type of an argument, by its position, decides between them. Both are kept as the attribute
    ``forms`` of the function, from which compiled code chooses by static type.
    """

    def both(integer: Callable[..., Number]) -> Callable[..., Number]:
        @wraps(integer)
        def choose(*arguments: Number) -> Number:
            return (integer if is_integer(arguments[decided_by]) else floating)(*arguments)

        choose.forms = (integer, floating, decided_by)  # type: ignore[attr-defined]
        return choose

    return both


@either(lambda value, places: value)
def shifted(value: Number, places: int) -> Number:
    """value · 2^places between units of integers, toward −∞; floating point has no units."""
    return shift(value, places)


@either(lambda value, places, rounds: value)
def rescaled(value: Number, places: int, rounds: bool) -> Number:
    """A product in units 2^−places as coarse: to the nearest if it ``rounds``, else toward −∞."""
    return rounded_shift(value, places) if rounds else shift(value, places)


@either(lambda value, gain: value if gain == 1 else gain * value)
def gained(value: Number, gain: Number) -> Number:
    """value · gain; in integers gains are powers of two, which places of shifts hold already."""
    return value


@either(lambda potential: potential)
def held(potential: Number) -> Number:
    """A state as the chip holds it: saturated to 24 bits; floating point has no such limit."""
    return saturate(potential, STATE_BITS)


@either(lambda value, fraction: fraction * value)
def fraction_of(value: Number, fraction: Number) -> Number:
    """value · fraction; an integer fraction has 12 bits, and the product rounds to the nearest."""
    return rounded_shift(value * fraction, -DECAY_BITS)


@either(lambda modulation, p_baseline: p_baseline * (1 + modulation))
def raised(modulation: Number, p_baseline: Number) -> Number:
    """p^b changed by a modulation: relative to p^b in floating point, p^b (1 + modulation); an
    integer modulation is in units of probabilities."""
    return p_baseline + modulation


@either(lambda event_rate, p_baseline, places: p_baseline * event_rate)
def baseline_bursts(event_rate: Number, p_baseline: Number, places: int) -> Number:
    """p^b e, the burst rate at rest; in integers, where p^b = 2^−k, a shift by ``places``."""
    return shift(event_rate, places)


@either(lambda exact, held: 0)
def differences(exact: Number, held: Number) -> int:
    """How many states saturated."""
    return int(np.count_nonzero(exact != held))
