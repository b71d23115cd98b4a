"""Stochastic rounding with counter-based draws: the same bits in any order and any executor.

A draw is a hash of (seed, step, connection, synapse) and of nothing else, so neither the order of
execution nor the batch nor the number of threads can change it. The arguments are NumPy arrays of
uint32 (their products wrap, as the hash wants), or scalars in compiled code.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics.fixed_point import IntArray

UIntArray = Any
"""An array of uint32."""

MAX_ROUNDED_PLACES = 30
"""Most places that one 32-bit draw rounds away, with the sum still in 32 bits."""


def hash32(x: UIntArray) -> UIntArray:
    """A 32-bit integer hash of two multiplications and three xor-shifts.

    The constants are those of "lowbias32" (C. Wellons, hash-prospector, 2018), found by a search
    for the lowest avalanche bias.
    """
    x = x ^ (x >> np.uint32(16))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = x ^ (x >> np.uint32(15))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return x ^ (x >> np.uint32(16))


def connection_key(seed: UIntArray, step: UIntArray, connection: UIntArray) -> UIntArray:
    """The key of all draws that one connection needs in one step.

    W and what follows it (a Kolen–Pollack Y, a tied Q) count as one connection, so that they round
    alike.
    """
    return hash32(hash32(hash32(np.uint32(seed + np.uint32(0x9E3779B9))) ^ step) ^ connection)


def draw(key: UIntArray, synapse: UIntArray) -> UIntArray:
    """One uniform 32-bit integer for each synapse, by its index in the connection."""
    return hash32(np.uint32(synapse + key))


def stochastic_shift(value: IntArray, places: int, random: UIntArray) -> IntArray:
    """value · 2^−places, rounded down or up at random so that its expected value is exact.

    Adds a uniform fraction and shifts toward minus infinity; ``places`` is 0 to
    ``MAX_ROUNDED_PLACES`` and |value| below 2^30. Zero stays zero.
    """
    fraction = np.int32(random & np.uint32((1 << places) - 1))
    return (value + fraction) >> places
