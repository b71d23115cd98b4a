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


@either(lambda x: 1.0 / (1.0 + np.exp(-x)))
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
