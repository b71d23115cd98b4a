"""Background noise from counter-based draws: a run is reproducible, whatever executes it.

A neuron's draws depend on (seed, step, population, neuron) and on nothing else.
"""

from __future__ import annotations

import numpy as np

from lava_bccn.dynamics.arithmetic import Number
from lava_bccn.dynamics.stochastic_rounding import UIntArray, connection_key, draw

DRAWS = 3
"""Draws of a neuron in a step: for the soma's noise, the dendrite's and a burst-Poisson choice."""

GAUSSIAN_MEAN = 510
GAUSSIAN_STD = float(np.sqrt(4 * (256**2 - 1) / 12))
"""Mean and standard deviation of the sum of four uniform bytes."""

NEURON_STREAM = 1 << 16
"""Added to the number of a population, so that its draws are none of a connection's."""

BIAS_STREAM = 1 << 17
"""The same for the draws by which changes of biases are rounded."""


def background_key(seed: UIntArray, step: int, population: int) -> UIntArray:
    """Key of all draws of a population in a time step (counted from 0)."""
    return connection_key(
        np.uint32(seed), np.uint32(step & 0xFFFFFFFF), np.uint32(population + NEURON_STREAM)
    )


def neuron_draw(key: UIntArray, neuron: UIntArray, number: int) -> UIntArray:
    """One of the ``DRAWS`` uniform 32-bit integers of each neuron."""
    return draw(key, np.uint32(neuron * np.uint32(DRAWS) + np.uint32(number)))


def bias_key(seed: UIntArray, step: int, population: int) -> UIntArray:
    """Key of the draws, one for each neuron, that round the changes of a population's biases."""
    return connection_key(
        np.uint32(seed), np.uint32(step & 0xFFFFFFFF), np.uint32(population + BIAS_STREAM)
    )


def gaussian(random: UIntArray) -> Number:
    """A nearly Gaussian integer of mean 0 and standard deviation ``GAUSSIAN_STD``.

    The sum of the four bytes of a draw; it ends at ±510, 3.45 standard deviations.
    """
    byte = np.uint32(255)
    total = (
        (random & byte)
        + ((random >> np.uint32(8)) & byte)
        + ((random >> np.uint32(16)) & byte)
        + (random >> np.uint32(24))
    )
    return np.int64(total) - GAUSSIAN_MEAN
