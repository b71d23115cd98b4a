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
from lava_bccn.dynamics.arithmetic import Number, either, held
from lava_bccn.dynamics.fixed_point import DECAY_BITS, PROBABILITY_BITS, STATE_BITS

FRACTION_BITS = PROBABILITY_BITS
"""Width of a fraction that takes part in products: 15 × 15 bits fit a 32-bit product."""

GUARD_BITS = STATE_BITS - 1 - FRACTION_BITS
"""Bits kept below a fraction while it decays: 8, so that even a 12-bit decay of 4 / 4096 a step
does not stop short of zero."""

ONE = (1 << FRACTION_BITS) - 1
"""The largest fraction, standing for 1."""


def _integer_scaled(value: Number, fraction: Number) -> Number:
    """value · fraction; an integer fraction has 12 bits, and the product is rounded down."""
    return (value * fraction) >> DECAY_BITS


def _integer_times(value: Number, fraction: Number) -> Number:
    """value · fraction; an integer fraction has 15 bits, and the product is rounded down."""
    return (value * fraction) >> FRACTION_BITS


def _product(value: Number, fraction: Number) -> Number:
    return value * fraction


def _integer_complement(fraction: Number) -> Number:
    """1 − fraction."""
    return ONE - fraction


def _complement(fraction: Number) -> Number:
    return 1.0 - fraction


def _integer_guarded(fraction: Number) -> Number:
    """A fraction as a state that decays."""
    return fraction << GUARD_BITS


def _integer_unguarded(state: Number) -> Number:
    """The fraction that a decaying state stands for."""
    return state >> GUARD_BITS


def _same(value: Number) -> Number:
    return value


def _integer_logistic(x: Number) -> Number:
    """σ(x); integers take units of 2^−12 and give a fraction of 15 bits."""
    return fixed_point.integer_sigmoid(x)


def _logistic(x: Number) -> Number:
    return 1.0 / (1.0 + np.exp(-x))


def _integer_happens(probability: Number, random: Number) -> Number:
    """True with a probability, by the upper 15 of 32 uniform bits."""
    return (random >> (32 - FRACTION_BITS)) < probability


def _happens(probability: Number, random: Number) -> Number:
    return (random >> (32 - FRACTION_BITS)) < probability * (1 << FRACTION_BITS)


def _integer_rate_limited(state: Number) -> Number:
    """The fraction that a decaying state stands for, at most 1."""
    return np.minimum(state >> GUARD_BITS, ONE)


def _rate_limited(state: Number) -> Number:
    return np.minimum(state, 1.0)


def _integer_delivered(total: Number, scale: Number) -> Number:
    """A synaptic sum as a current: integers are shifted by their connection's exponent, floating
    point in pA is multiplied by what 1 pA does to the potential in a step."""
    return fixed_point.shift(total, scale)


scaled = either(_integer_scaled, _product, decided_by=1)
times = either(_integer_times, _product, decided_by=1)
complement = either(_integer_complement, _complement)
guarded = either(_integer_guarded, _same)
unguarded = either(_integer_unguarded, _same)
logistic = either(_integer_logistic, _logistic)
happens = either(_integer_happens, _happens)
rate_limited = either(_integer_rate_limited, _rate_limited)
delivered = either(_integer_delivered, _product)


def select(condition: Number, if_true: Number, if_false: Number) -> Number:
    """``if_true`` where the condition holds, else ``if_false``."""
    return np.where(condition, if_true, if_false)


def anywhere(condition: Number) -> bool:
    """Whether a condition holds anywhere; compiled code has a single one."""
    return bool(np.any(condition))


PRIMITIVES = (
    *(scaled, times, complement, guarded, unguarded, held, logistic, happens, rate_limited),
    delivered,
)
"""What compiled code must choose the form of."""
