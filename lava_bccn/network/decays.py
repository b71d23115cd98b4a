"""Time constants as 12-bit decays hold them."""

from __future__ import annotations

import math
from collections.abc import Callable

from lava_bccn.dynamics.fixed_point import DECAY_BITS
from lava_bccn.errors import InvalidInputError

MAX_TIME_CONSTANT_ERROR = 0.05
"""Relative error beyond which a time constant is refused. Up to 390 steps it never is; of longer
ones 12 bits hold 4096, 2048, 1365, … steps, and what is near one of them."""

_ONE = 1 << DECAY_BITS
_SURE_STEPS = 390.0

Held = Callable[[int, float], float]
"""The time constant of a state that loses n / 4096 in a step, of n and dt."""


def exponential(lost: int, step: float) -> float:
    """−dt / ln(1 − n / 4096), of a state that is multiplied by exp(−dt / τ)."""
    return -step / math.log1p(-lost / _ONE)


def euler(lost: int, step: float) -> float:
    """4096 dt / n, of a state that moves by dt / τ of its distance."""
    return step * _ONE / lost


def check_time_constant(
    name: str, wanted: float, lost: int, step: float, unit: str, held: Held = exponential
) -> None:
    """That integers make of a time constant what it should be.

    Args:
        name: of the time constant, for errors.
        wanted: the time constant.
        lost: n, what a state loses in a step, in units of 1 / 4096.
        step: dt.
        unit: of times, for errors.
        held: what n makes of the time constant.

    Raises:
        InvalidInputError: it is off by more than ``MAX_TIME_CONSTANT_ERROR``.
    """

    made, off = "no decay at all", math.inf
    if lost > 0:
        time = held(lost, step)
        off = abs(time / wanted - 1)
        made = f"{time:.5g} {unit}, {off:.0%} off"
    if off <= MAX_TIME_CONSTANT_ERROR:
        return
    around = [held(n, step) for n in range(max(lost - 1, 1), lost + 2)]  # from the longest
    above, below = [t for t in around if t >= wanted], [t for t in around if t < wanted]
    near = " or ".join(f"{time:.5g}" for time in (*below[:1], *above[-1:]))
    raise InvalidInputError(
        f"{name} is {wanted:g} {unit}; in steps of {step:g} {unit} {DECAY_BITS}-bit decays make of "
        f"it {made}; take {near} {unit} (the longest is {held(1, step):.5g}), steps of at least "
        f"{wanted / _SURE_STEPS:.3g} {unit}, or floating point"
    )
