"""Homeostasis of a feedback channel: each synapse takes from the current that it finds.

    Δw = − η r I        when the synapse releases r

with I the synaptic current of the postsynaptic dendrite (teacher and background included), which is
0 at rest. It is the least-mean-squares rule (Widrow & Hoff, 1960) with the dendrite's current as
the error, and local: its fixed point is the balance at which what the channels release predicts
nothing of the current. In the rate model Q learns so, by burst rates (Greedy et al., NeurIPS 2022).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_bccn.dynamics.arithmetic import Number, either
from lava_bccn.dynamics.stochastic_rounding import UIntArray, stochastic_shift

RELEASE_BITS = 10
"""Of a release with short-term plasticity, as an integer rule reads it: the rest of its 15 bits is
dropped."""

CURRENT_BITS = 16
"""Of a current, its sign included, as an integer rule reads it: larger ones count as the largest,
so that the product is below the 2^30 of a stochastic shift."""

_MOST_CURRENT = (1 << (CURRENT_BITS - 1)) - 1


class HomeostasisConstants(NamedTuple):
    """Constants of one connection's homeostasis, in floating point or integers."""

    rate: Number
    """η, weight per release and current; as an integer, places by which their product is
    shifted."""
    dropped: int
    """Bits of an integer release that are not read."""
    low: Number
    high: Number
    """Ends of the range of a weight."""


@either(lambda released, current, rate, dropped, random: -rate * released * current)
def homeostatic_change(
    released: Number, current: Number, rate: Number, dropped: int, random: UIntArray
) -> Number:
    """Δw = − η r I; integers are rounded stochastically."""
    read = np.minimum(np.maximum(current, -_MOST_CURRENT), _MOST_CURRENT)
    return stochastic_shift(-(released >> dropped) * read, rate, random)
