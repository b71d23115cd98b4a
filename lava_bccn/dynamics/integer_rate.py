"""The rate model of BurstCCN in Loihi 2 integers: the functions of ``rate``, by the same names.

Units (E, R, k from :class:`FixedPointFormat`): event rates 2^−E, burst rates 2^−(E+R),
probabilities 2^−15, potentials 2^−fraction_bits of their layer in 24 bits. The event feedback Q is
stored in units of p^b on the scale of Y, so that Q = p^b Y means equal integers and

    u = Σ Y b − (Σ Q e) · 2^(R−k)

is exactly 0 when every unit bursts at baseline.

Arrays are NumPy integers of any shape, elementwise over a batch of ensembles.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import (
    DECAY_BITS,
    PROBABILITY_BITS,
    SIGMOID_INPUT_FRACTION_BITS,
    FixedPointFormat,
    IntArray,
    integer_sigmoid,
    rounded_shift,
    saturate,
    shift,
)


def soma(
    synaptic_input: IntArray, bias: IntArray, input_shift: int
) -> tuple[IntArray, NDArray[np.bool_]]:
    """v = (Σ W e) · 2^input_shift + c, saturated once to 24 bits; and where it saturated."""
    exact = shift(synaptic_input.astype(np.int64), input_shift) + bias
    potential = saturate(exact)
    return potential, potential != exact


def event_rate(soma: IntArray, fraction_bits: int, units: FixedPointFormat) -> IntArray:
    """e = σ(v), rounded to E bits and at most 2^E − 1."""
    activation = integer_sigmoid(shift(soma, SIGMOID_INPUT_FRACTION_BITS - fraction_bits))
    rounded = rounded_shift(activation, units.event_bits - PROBABILITY_BITS)
    return np.minimum(rounded, units.max_event)


def apical_gain(event_rate: IntArray, units: FixedPointFormat) -> IntArray:
    """h(e) = 1 − e in units of 2^−E."""
    return (1 << units.event_bits) - event_rate


def apical(
    burst_input: IntArray, event_input: IntArray, input_shift: int, units: FixedPointFormat
) -> tuple[IntArray, NDArray[np.bool_]]:
    """u = (Σ Y b − (Σ Q e) 2^(R−k)) · 2^input_shift in 24 bits; and where it saturated."""
    balance = units.burst_extra_bits - units.baseline_shift
    difference = burst_input.astype(np.int64) - shift(event_input.astype(np.int64), balance)
    exact = shift(difference, input_shift)
    potential = saturate(exact)
    return potential, potential != exact


def hidden_burst_prob(
    apical: IntArray, event_rate: IntArray, fraction_bits: int, units: FixedPointFormat
) -> IntArray:
    """p = 2 p^b σ((2 / p^b) u h(e)); exactly p^b at u = 0."""
    gated = apical.astype(np.int64) * apical_gain(event_rate, units)
    places = SIGMOID_INPUT_FRACTION_BITS - fraction_bits - units.event_bits
    argument = rounded_shift(gated, places + 1 + units.baseline_shift)
    return shift(integer_sigmoid(argument), 1 - units.baseline_shift)


def teacher_burst_prob(target: IntArray, event_rate: IntArray, units: FixedPointFormat) -> IntArray:
    """p = p^b (1 + (target − e) h(e)); exactly p^b where ``target`` is negative (no teacher)."""
    error = (target.astype(np.int64) - event_rate) * apical_gain(event_rate, units)
    change = rounded_shift(
        error, PROBABILITY_BITS - units.baseline_shift - 2 * units.event_bits
    )
    return (1 << (PROBABILITY_BITS - units.baseline_shift)) + np.where(target < 0, 0, change)


def burst_rate(burst_prob: IntArray, event_rate: IntArray, units: FixedPointFormat) -> IntArray:
    """b = p e in units of 2^−(E+R); exactly e · 2^(R−k) at baseline."""
    return rounded_shift(
        burst_prob * event_rate, units.burst_extra_bits - PROBABILITY_BITS
    )


def burst_deviation(
    burst_rate: IntArray, event_rate: IntArray, units: FixedPointFormat
) -> IntArray:
    """b − p^b e in units of 2^−(E+R), signed."""
    return burst_rate - shift(event_rate, units.burst_extra_bits - units.baseline_shift)


def relax(state: IntArray, drive: IntArray, step_fraction: int) -> IntArray:
    """One Euler step of τ dx/dt = −x + drive, for the continuous-time model.

    ``step_fraction`` is dt / τ as a 12-bit fraction, 1 to 4096; at 4096 the state becomes the
    drive exactly. The change rounds to nearest so that it has no drift.
    """
    return saturate(state + rounded_shift((drive - state) * step_fraction, -DECAY_BITS))
