"""A rectified line within the range of event rates, for networks that were trained with ReLU.

    e = v within [0, 1]

So a ReLU with a scale of its own, s max(v, 0) up to s, is this with W and c divided by s and what
reads it multiplied by s (Rueckauer et al., Front. Neurosci. 11:682, 2017). ``mapping`` chooses s.
Burst probabilities stay at p^b: nothing is taught through it, and what has it cannot learn.

In integers v is rounded to the nearest event rate. Stock neurons draw the line exactly where a unit
of the soma is one of the event rate:

    e = ⌊v⌋₊ − ⌊v − (2^E − 1)⌋₊          two rectified neurons, subtracted
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import either
from lava_bccn.dynamics.constants import Constants, IntegerForm, Line, StockForm
from lava_bccn.dynamics.fixed_point import SIGMOID_INPUT_FRACTION_BITS, rounded_shift

Array = Any

PROBABILITY_BITS = 12
"""Fraction bits of ``burst_prob``, as stock neurons hold it."""


@either(lambda soma, constants: soma.clip(0, 1))
def event_rate(soma: Array, constants: Constants) -> Array:
    """Event rate e = f(v) = v within [0, 1]; in integers rounded to E bits, at most 2^E − 1."""
    places = constants.event_places + constants.event_bits - SIGMOID_INPUT_FRACTION_BITS
    return np.minimum(np.maximum(rounded_shift(soma, places), 0), constants.event_one - 1)


def hidden_modulation(gated_apical: Array, constants: Constants) -> Array:
    """Change of the burst probability of a hidden unit: none."""
    return gated_apical * 0


def event_rate_slope(event_rate: Array) -> Array:
    """f′ of :func:`event_rate`, from the event rate: 1 inside its range, else 0."""
    return 1.0 * ((event_rate > 0) & (event_rate < 1))


RELU = Activation(
    name="relu",
    summary="a rectified line, for networks trained with ReLU; infers only",
    event_rate=event_rate,
    hidden_modulation=hidden_modulation,
    slope=event_rate_slope,
    potential=float,
    integers=IntegerForm(
        probability_bits=PROBABILITY_BITS,
        is_relative=False,
        rounds=False,
        stock=StockForm(0, lambda event_bits: Line(0, 0, (1 << event_bits) - 1)),
    ),
    learns=False,
)
