"""The operations in which floating point and Loihi 2 integers differ.

Each has two forms of one name, and the type of one argument decides which of them is meant, never a
flag. Neurons, synapses and plasticity are written once, in terms of these. Units of integers:

- potentials and currents: signed states of 24 bits, in units of 2^−12 mV (a current as the change
  of potential that it makes in one step);
- retentions, rates and gains: 12-bit fractions, as Loihi's decays;
- probabilities and other fractions in [0, 1): 15 bits, so that a product fits 31;
- fractions that decay slowly: the same with 8 guard bits below, a state of 23 bits.
"""

from __future__ import annotations

import numpy as np

from lava_bccn.dynamics import fixed_point
from lava_bccn.dynamics.arithmetic import Number, either
from lava_bccn.dynamics.fixed_point import DECAY_BITS, PROBABILITY_BITS, STATE_BITS

FRACTION_BITS = PROBABILITY_BITS
"""Width of a fraction that takes part in products: 15 × 15 bits fit a 32-bit product."""

GUARD_BITS = STATE_BITS - 1 - FRACTION_BITS
"""Bits kept below a fraction while it decays: 8, so that even a 12-bit decay of 4 / 4096 a step
does not stop short of zero."""

ONE = (1 << FRACTION_BITS) - 1
"""The largest fraction, standing for 1."""


@either(lambda value, fraction: value * fraction, decided_by=1)
def scaled(value: Number, fraction: Number) -> Number:
    """value · fraction; an integer fraction has 12 bits, and the product is rounded down."""
    return (value * fraction) >> DECAY_BITS


@either(lambda value, fraction: value * fraction, decided_by=1)
def times(value: Number, fraction: Number) -> Number:
    """value · fraction; an integer fraction has 15 bits, and the product is rounded down."""
    return (value * fraction) >> FRACTION_BITS


@either(lambda fraction: 1.0 - fraction)
def complement(fraction: Number) -> Number:
    """1 − fraction."""
    return ONE - fraction


@either(lambda fraction: fraction)
def guarded(fraction: Number) -> Number:
    """A fraction as a state that decays."""
    return fraction << GUARD_BITS


@either(lambda state: state)
def unguarded(state: Number) -> Number:
    """The fraction that a decaying state stands for."""
    return state >> GUARD_BITS


_SIGMOID_RANGE = 600.0
"""Beyond it σ stays: at 1, and below 10^−260."""

_LOG2_E = 1.4426950408889634
_LN2_UPPER = float.fromhex("0x1.62e42fee00000p-1")
_LN2_LOWER = float.fromhex("0x1.a39ef35793c76p-33")
"""ln 2 in two parts, of which the upper one times a small integer is exact."""

_TO_INTEGER = 1.5 * 2.0**52
"""Added to a small number, it leaves the nearest integer in the lowest bits of the sum."""


def sigmoid(x: Number) -> Number:
    """σ(x) = 1 / (1 + exp(−x)) in double precision, to a relative error of ``SIGMOID_ERROR``.

    The same bits for arrays and single numbers, and nothing that keeps a compiler from doing many
    at once (an exponential of a library does): exp(−x) = 2^k exp(r) with |r| ≤ ln 2 / 2, and
    exp(r) = (even + odd) / (even − odd), the Padé approximant of order 5.
    """
    x = select(x > -_SIGMOID_RANGE, x, -_SIGMOID_RANGE)
    x = select(x < _SIGMOID_RANGE, x, _SIGMOID_RANGE)
    shifted = _TO_INTEGER - x * _LOG2_E
    power = shifted - _TO_INTEGER
    rest = -x - power * _LN2_UPPER - power * _LN2_LOWER
    square = rest * rest
    odd = rest * (15120.0 + square * (420.0 + square))
    even = 30240.0 + square * (3360.0 + square * 30.0)
    below = even - odd
    return below / (below + power_of_two(shifted) * (even + odd))


SIGMOID_ERROR = 2e-15


def power_of_two(shifted: Number) -> Number:
    """2^k of the k in the lowest bits of ``shifted``, which become the exponent of a double."""
    exponent = (np.asarray(shifted).view(np.int64) << 52) + (1023 << 52)
    return exponent.view(np.float64)


@either(sigmoid)
def logistic(x: Number) -> Number:
    """σ(x); integers take units of 2^−12 and give a fraction of 15 bits."""
    return fixed_point.integer_sigmoid(x)


@either(
    lambda probability, random: (
        (random >> (32 - FRACTION_BITS)) < probability * (1 << FRACTION_BITS)
    )
)
def happens(probability: Number, random: Number) -> Number:
    """True with a probability, by the upper 15 of 32 uniform bits."""
    return (random >> (32 - FRACTION_BITS)) < probability


@either(lambda state: np.minimum(state, 1.0))
def rate_limited(state: Number) -> Number:
    """The fraction that a decaying state stands for, at most 1."""
    return np.minimum(state >> GUARD_BITS, ONE)


@either(lambda total, scale: total * scale)
def delivered(total: Number, scale: Number) -> Number:
    """A synaptic sum as a current: integers are shifted by their connection's exponent, floating
    point in pA is multiplied by what 1 pA does to the potential in a step."""
    return fixed_point.shift(total, scale)


def select(condition: Number, if_true: Number, if_false: Number) -> Number:
    """``if_true`` where the condition holds, else ``if_false``."""
    return np.where(condition, if_true, if_false)


def anywhere(condition: Number) -> bool:
    """Whether a condition holds anywhere; compiled code has a single one."""
    return bool(np.any(condition))
