"""The rate model of BurstCCN in Loihi 2 integers: the functions of ``rate``, by the same names.

Units (E, R, k from :class:`~lava_bccn.dynamics.fixed_point.FixedPointFormat`): event rates 2^−E,
burst rates 2^−(E+R), probabilities 2^−15, potentials 2^−fraction_bits of their layer in 24 bits.
The event feedback Q is stored in units of p^b on the scale of Y, so that Q = p^b Y means equal
integers and

    u = Σ Y b − (Σ Q e) · 2^(R−k)

is exactly 0 when every unit bursts at baseline.

Arrays are int64 of any shape, elementwise over a batch of ensembles.
"""

from __future__ import annotations

from lava_bccn.dynamics.fixed_point import (
    PROBABILITY_BITS,
    SIGMOID_INPUT_FRACTION_BITS,
    STATE_BITS,
    IntArray,
    integer_sigmoid,
    rounded_shift,
    saturate,
    select,
    shift,
)


def soma(synaptic_input: IntArray, bias: IntArray, input_shift: int) -> IntArray:
    """v = (Σ W e) · 2^input_shift + c, before it saturates."""
    return shift(synaptic_input, input_shift) + bias


def potential(exact: IntArray) -> IntArray:
    """A somatic or apical potential as the chip holds it: saturated once to 24 bits."""
    return saturate(exact, STATE_BITS)


def event_rate(soma: IntArray, fraction_bits: int, event_bits: int) -> IntArray:
    """e = σ(v), rounded to E bits and at most 2^E − 1."""
    activation = integer_sigmoid(shift(soma, SIGMOID_INPUT_FRACTION_BITS - fraction_bits))
    rounded = rounded_shift(activation, event_bits - PROBABILITY_BITS)
    return saturate(rounded, event_bits + 1)


def apical_gain(event_rate: IntArray, event_bits: int) -> IntArray:
    """h(e) = 1 − e in units of 2^−E."""
    return (1 << event_bits) - event_rate


def apical(
    burst_input: IntArray,
    event_input: IntArray,
    input_shift: int,
    burst_extra_bits: int,
    baseline_shift: int,
) -> IntArray:
    """u = (Σ Y b − (Σ Q e) 2^(R−k)) · 2^input_shift, before it saturates."""
    balanced = burst_input - shift(event_input, burst_extra_bits - baseline_shift)
    return shift(balanced, input_shift)


def gated_apical(
    apical: IntArray, event_rate: IntArray, fraction_bits: int, event_bits: int, baseline_shift: int
) -> IntArray:
    """(2 / p^b) u h(e), the argument of the sigmoid, in units of 2^−12.

    u h(e) is the widest product of the model: 24 bits by E + 1.
    """
    places = SIGMOID_INPUT_FRACTION_BITS - fraction_bits - event_bits + 1 + baseline_shift
    return rounded_shift(apical * apical_gain(event_rate, event_bits), places)


def hidden_burst_prob(gated_apical: IntArray, baseline_shift: int) -> IntArray:
    """p = 2 p^b σ((2 / p^b) u h(e)); exactly p^b at u = 0."""
    return shift(integer_sigmoid(gated_apical), 1 - baseline_shift)


def teacher_burst_prob(
    target: IntArray, event_rate: IntArray, event_bits: int, baseline_shift: int
) -> IntArray:
    """p = p^b (1 + (target − e) h(e)); exactly p^b where ``target`` is negative (no teacher)."""
    error = (target - event_rate) * apical_gain(event_rate, event_bits)
    change = rounded_shift(error, PROBABILITY_BITS - baseline_shift - 2 * event_bits)
    return (1 << (PROBABILITY_BITS - baseline_shift)) + select(target < 0, 0 * change, change)


def burst_rate(burst_prob: IntArray, event_rate: IntArray, burst_extra_bits: int) -> IntArray:
    """b = p e in units of 2^−(E+R); exactly e · 2^(R−k) at baseline."""
    return rounded_shift(burst_prob * event_rate, burst_extra_bits - PROBABILITY_BITS)


def burst_deviation(
    burst_rate: IntArray, event_rate: IntArray, burst_extra_bits: int, baseline_shift: int
) -> IntArray:
    """b − p^b e in units of 2^−(E+R), signed."""
    return burst_rate - shift(event_rate, burst_extra_bits - baseline_shift)
