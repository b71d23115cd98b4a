"""The rate model with hard sigmoids in Loihi 2 integers, as stock neurons of the chip compute it.

Units as in ``integer_rate``, but probabilities are in 2^−12 and somatic potentials in 2^−(E−2), so
that a unit of the soma is a unit of the event rate. What each function needs of the chip:

    e = e₀ + ⌊2^E / 2 + v − e₀⌋₊ − ⌊2^E / 2 + v − e₁⌋₊          two rectified neurons, subtracted
    u h(e)                                                      a product neuron
    p = ⌊p^b + u h⌋₊ − ⌊p^b + u h − 2 p^b⌋₊                     two rectified neurons, subtracted
    b = p e                                                     a product neuron

with ⌊x⌋₊ = max(x, 0), e₀ = 2^(E−5) the smallest event rate and e₁ = 2^E − e₀ the largest; targets
must be within these too. Products are shifted to the right, toward minus infinity, and never
rounded. Arrays are int64 of any shape, elementwise over a batch of ensembles.
"""

from __future__ import annotations

import numpy as np

from lava_bccn.dynamics.fixed_point import IntArray, select, shift
from lava_bccn.dynamics.integer_rate import apical_gain
from lava_bccn.dynamics.rate import HARD_MIN_EVENT_RATE

HARD_PROBABILITY_BITS = 12
"""Fraction bits of ``burst_prob``: with them p e needs 20 bits, and b is a shift of it."""

MIN_HARD_BITS = 6
"""Fewest bits of an event rate: with them e₀ is 2 units, and no product is shifted to the left."""


def soma_fraction_bits(event_bits: int) -> int:
    """Fraction bits of a somatic potential: its slope of ¼ makes its unit that of event rates."""
    return event_bits - 2


def rectified(value: IntArray) -> IntArray:
    """⌊x⌋₊ = max(x, 0)."""
    return np.maximum(value, 0)


def min_event_rate(event_bits: int) -> int:
    """e₀, ``rate.HARD_MIN_EVENT_RATE`` in units of event rates."""
    return round(HARD_MIN_EVENT_RATE * 2**event_bits)


def max_event_rate(event_bits: int) -> int:
    """e₁, ``rate.HARD_MAX_EVENT_RATE`` in units of event rates."""
    return (1 << event_bits) - min_event_rate(event_bits)


def event_rate(soma: IntArray, event_bits: int) -> IntArray:
    """e = ½ + v / 4 within [2^−5, 1 − 2^−5], from the difference of two rectified values."""
    lowest, largest = min_event_rate(event_bits), max_event_rate(event_bits)
    rising = (1 << (event_bits - 1)) + soma
    return lowest + rectified(rising - lowest) - rectified(rising - largest)


def gated_apical(
    apical: IntArray, event_rate: IntArray, fraction_bits: int, event_bits: int
) -> IntArray:
    """u h(e) in units of 2^−12."""
    product = apical * apical_gain(event_rate, event_bits)
    return product >> gate_shift(fraction_bits, event_bits)


def gate_shift(fraction_bits: int, event_bits: int) -> int:
    """Places by which u h(e) is shifted to the right into units of probabilities."""
    return fraction_bits + event_bits - HARD_PROBABILITY_BITS


def hidden_burst_prob(gated_apical: IntArray, baseline_shift: int) -> IntArray:
    """p = p^b + u h within [0, 2 p^b]; exactly p^b at u = 0."""
    baseline = 1 << (HARD_PROBABILITY_BITS - baseline_shift)
    rising = baseline + gated_apical
    return rectified(rising) - rectified(rising - 2 * baseline)


def teacher_burst_prob(
    target: IntArray, event_rate: IntArray, event_bits: int, baseline_shift: int
) -> IntArray:
    """p = p^b (1 + (target − e) h(e)); exactly p^b where ``target`` is negative (no teacher)."""
    error = (target - event_rate) * apical_gain(event_rate, event_bits)
    change = error >> teacher_shift(event_bits, baseline_shift)
    return (1 << (HARD_PROBABILITY_BITS - baseline_shift)) + select(target < 0, 0 * change, change)


def teacher_shift(event_bits: int, baseline_shift: int) -> int:
    """Places by which (target − e) h(e) is shifted to the right into p^b of it."""
    return 2 * event_bits + baseline_shift - HARD_PROBABILITY_BITS


def burst_rate(burst_prob: IntArray, event_rate: IntArray, burst_extra_bits: int) -> IntArray:
    """b = p e in units of 2^−(E+R); exactly e · 2^(R−k) at baseline."""
    return shift(burst_prob * event_rate, burst_extra_bits - HARD_PROBABILITY_BITS)
