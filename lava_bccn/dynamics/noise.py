"""Noise in what a layer receives while it learns: W sees it, feedback and dendrites do not.

    x_l = e_{l−1} + σ ξ_l        v_l = W_l x_l + c_l        ΔW_l ∝ (b_l − p^b e_l) x_lᵀ

It makes events vary in all directions, so that only a Q near p^b Y silences dendrites. Everything
else, Kolen–Pollack and the homeostatic rules among it, sees the clean e.

ξ is the sum of the four bytes of a hash of (seed, sample, layer, unit), less its mean and divided
by its standard deviation: within ±3.45, and as close to a Gaussian as a sum of four is (Irwin 1927,
Hall 1927). It takes shifts, masks and additions, so it is the same bits everywhere. In integers x
is an event rate again, clipped at 0 and at the largest.

Source: "Cell-type-specific cortical feedback coordinates hierarchical credit assignment", 2026
(doi 10.64898/2026.06.16.732595), with Gaussian noise and without clipping.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.arithmetic import is_integer
from lava_bccn.dynamics.fixed_point import FixedPointFormat, IntArray, rounded_shift
from lava_bccn.dynamics.stochastic_rounding import UIntArray, connection_key, draw

MEAN_OF_BYTES = 510
"""Of the sum of four bytes that are as often one number as another."""

STD_OF_BYTES = math.sqrt(4 * (256**2 - 1) / 12)

AMPLITUDE_BITS = 16
"""Fraction bits of an integer amplitude."""

CONNECTIONS_A_LAYER = 8
STREAM = 3
"""Number of a layer's draws among those of its connections (``network.plasticity``)."""


def centred_bytes(random: UIntArray) -> IntArray:
    """The sum of the four bytes of each draw, less its mean: from −510 to 510."""
    byte = np.uint32(0xFF)
    low = (random & byte) + ((random >> np.uint32(8)) & byte)
    high = ((random >> np.uint32(16)) & byte) + (random >> np.uint32(24))
    return np.int64(low + high) - MEAN_OF_BYTES


def integer_amplitude(sigma: float, event_bits: int) -> int:
    """σ of event rates, by which sums of bytes are multiplied, in units 2^−(E + 16)."""
    return round(sigma * 2 ** (event_bits + AMPLITUDE_BITS) / STD_OF_BYTES)


def noisy(rate: IntArray, centred: IntArray, amplitude: int, event_one: int) -> IntArray:
    """e + σ ξ in integers, at least 0 and at most the largest event rate."""
    noise = rounded_shift(centred * amplitude, -AMPLITUDE_BITS)
    return np.minimum(np.maximum(rate + noise, 0), event_one - 1)


@dataclass(frozen=True)
class ForwardNoise:
    """The noise of a network's layers while it learns.

    Attributes:
        sigma: standard deviation, in event rates.
        seed: that keys the draws, with the sample.
        units: of integers; None in floating point.
    """

    sigma: float
    seed: int
    units: FixedPointFormat | None

    def heard(self, rates: NDArray[Any], layer: int, sample: int) -> NDArray[Any]:
        """x of layer ``layer`` (0-based), from the event rates (..., units below) of one sample."""
        words = ([self.seed], [sample % 2**32], [CONNECTIONS_A_LAYER * layer + STREAM])
        key = connection_key(*(np.array(word, dtype=np.uint32) for word in words))
        centred = centred_bytes(draw(key, np.arange(rates.shape[-1], dtype=np.uint32)))
        if self.units is None or not is_integer(rates):
            return rates + self.sigma / STD_OF_BYTES * centred
        amplitude = integer_amplitude(self.sigma, self.units.event_bits)
        return noisy(rates, centred, amplitude, 1 << self.units.event_bits)
