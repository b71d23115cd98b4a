"""The learning rules of BurstCCN in Loihi 2 integers, one synapse and one sample at a time.

What a synapse reads are traces of 7 bits, as on Loihi (Davies et al., IEEE Micro 38(1), 2018): the
event rate without a sign, the burst deviation b − p^b e and the apical potential with one, in units
of a power of two that calibration chooses. The product of two traces is shifted to the unit of the
weight, rounded stochastically, and the weight saturates at its width. The rules are those of
``plasticity``; here a learning rate is 2^−n and enters through the number of places.

Arrays are integers of any shape, elementwise over synapses, except where a function says otherwise.
"""

from __future__ import annotations

import numpy as np

from lava_bccn.dynamics.fixed_point import STATE_BITS, IntArray, rounded_shift, saturate, shift
from lava_bccn.dynamics.stochastic_rounding import (
    MAX_ROUNDED_PLACES,
    UIntArray,
    stochastic_shift,
)

TRACE_BITS = 7
"""Width of a trace that plasticity reads, without its sign. Davies et al., IEEE Micro 38(1), 2018
(7-bit presynaptic and postsynaptic traces of Loihi's learning engine)."""

MAX_TRACE = (1 << TRACE_BITS) - 1

MAX_PLACES = ((1 << MAX_ROUNDED_PLACES) - 1) // MAX_TRACE**2
"""Most places of an image that can share a synapse: the sum of so many products of two traces is
below 2^30, so it is exact in 32 bits in any order, and ``stochastic_shift`` can round it."""


def event_trace(event_rate: IntArray, event_bits: int) -> IntArray:
    """e in units of 2^−7, unsigned 7 bits."""
    return np.minimum(rounded_shift(event_rate, TRACE_BITS - event_bits), MAX_TRACE)


def signed_trace(value: IntArray, exponent: int) -> IntArray:
    """A burst deviation or apical potential in units 2^exponent coarser, before it saturates."""
    return rounded_shift(value, -exponent)


def saturated_trace(trace: IntArray) -> IntArray:
    """Sign and 7 bits of a trace."""
    return np.minimum(np.maximum(trace, -MAX_TRACE), MAX_TRACE)


def weight_change(product: IntArray, places: int, random: UIntArray) -> IntArray:
    """Δw = (product of two traces) · 2^−places, rounded stochastically.

    Of a synapse that places share, the sum of their products is rounded, once.
    ``places`` is 0 to ``MAX_ROUNDED_PLACES``.
    """
    return stochastic_shift(product, places, random)


def decay_change(weight: IntArray, places: int, random: UIntArray) -> IntArray:
    """Δw = −w · 2^−places, rounded stochastically: towards zero and never beyond."""
    return stochastic_shift(-weight, places, random)


def bias_change(trace: IntArray, places: int, random: UIntArray) -> IntArray:
    """Δc = trace · 2^−places: rounded stochastically, or exact where places ≤ 0.

    Of a channel, whose units share their changes, it is the sum of their traces.
    """
    if places > 0:
        return stochastic_shift(trace, places, random)
    return shift(trace, -places)


def saturated_weight(weight: IntArray, max_weight: int) -> IntArray:
    """A weight as the chip holds it, in −max_weight … max_weight."""
    return np.minimum(np.maximum(weight, -max_weight), max_weight)


def saturated_bias(bias: IntArray) -> IntArray:
    """A bias as the chip holds it: a 24-bit state."""
    return saturate(bias, STATE_BITS)


def synapse_index(unit: IntArray, unit_below: IntArray, units: int) -> IntArray:
    """Index of a synapse in its connection: presynaptic units in turn, each to all ``units``.

    The same for W and for the feedback between the same two layers.
    """
    return unit_below * units + unit


def shared_synapse_index(kernel_shape: tuple[int, ...]) -> IntArray:
    """:func:`synapse_index` of each weight of a kernel, in its shape.

    The channel is the unit; the units below are those that a window sees: row by row, then column
    by column, channels innermost. A kernel of 1 x 1 on images of 1 x 1 so has a matrix's indices.
    """
    channels, channels_below, height, width = kernel_shape
    unit, below, y, x = np.ogrid[:channels, :channels_below, :height, :width]
    return synapse_index(unit, (y * width + x) * channels_below + below, channels)
