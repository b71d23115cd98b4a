"""The operations in which floating point and Loihi 2 integers differ.

Each has two forms of one name, and the type of one argument decides which of them is meant, never a
flag. Every equation is written once, in terms of these; they take NumPy arrays, PyTorch tensors
(always floating point) and single numbers, which is what compiled code passes.
"""

from __future__ import annotations

from collections.abc import Callable
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
    integer: Callable[..., Number], floating: Callable[..., Number], decided_by: int = 0
) -> Callable[..., Number]:
    """One function of two forms; the type of an argument, by its position, decides between them.

    The forms are kept as its attribute ``forms``, from which compiled code chooses by static type.
    """

    def choose(*arguments: Number) -> Number:
        return (integer if is_integer(arguments[decided_by]) else floating)(*arguments)

    choose.__doc__ = integer.__doc__
    choose.__name__ = choose.__qualname__ = integer.__name__.removeprefix("_integer_")
    choose.forms = (integer, floating, decided_by)  # type: ignore[attr-defined]
    return choose


def _same(value: Number) -> Number:
    return value


def _as_it_is(value: Number, places: int) -> Number:
    return value


def _integer_shifted(value: Number, places: int) -> Number:
    """value · 2^places between units of integers, toward −∞; floating point has no units."""
    return shift(value, places)


def _integer_rescaled(value: Number, places: int, rounds: bool) -> Number:
    """A product in units 2^−places as coarse: to the nearest if it ``rounds``, else toward −∞."""
    return rounded_shift(value, places) if rounds else shift(value, places)


def _rescaled(value: Number, places: int, rounds: bool) -> Number:
    return value


def _integer_held(potential: Number) -> Number:
    """A state as the chip holds it: saturated to 24 bits; floating point has no such limit."""
    return saturate(potential, STATE_BITS)


def _integer_fraction(value: Number, fraction: Number) -> Number:
    """value · fraction; an integer fraction has 12 bits, and the product rounds to the nearest."""
    return rounded_shift(value * fraction, -DECAY_BITS)


def _fraction(value: Number, fraction: Number) -> Number:
    return fraction * value


def _integer_raised(modulation: Number, p_baseline: Number) -> Number:
    """p^b changed by a modulation: relative to p^b in floating point, p^b (1 + modulation); an
    integer modulation is in units of probabilities."""
    return p_baseline + modulation


def _raised(modulation: Number, p_baseline: Number) -> Number:
    return p_baseline * (1 + modulation)


def _integer_baseline_bursts(event_rate: Number, p_baseline: Number, places: int) -> Number:
    """p^b e, the burst rate at rest; in integers, where p^b = 2^−k, a shift by ``places``."""
    return shift(event_rate, places)


def _baseline_bursts(event_rate: Number, p_baseline: Number, places: int) -> Number:
    return p_baseline * event_rate


def _integer_differences(exact: Number, held: Number) -> int:
    """How many states saturated."""
    return int(np.count_nonzero(exact != held))


def _no_differences(exact: Number, held: Number) -> int:
    return 0


shifted = either(_integer_shifted, _as_it_is)
rescaled = either(_integer_rescaled, _rescaled)
held = either(_integer_held, _same)
fraction_of = either(_integer_fraction, _fraction)
raised = either(_integer_raised, _raised)
baseline_bursts = either(_integer_baseline_bursts, _baseline_bursts)
differences = either(_integer_differences, _no_differences)

PRIMITIVES = (shifted, rescaled, held, fraction_of, raised, baseline_bursts)
"""What compiled code must choose the form of."""
