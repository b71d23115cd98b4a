"""Straight lines instead of sigmoids, which stock neurons of Loihi 2 can draw. Not published.

    e = ½ + v / 4 within [2^−5, 1 − 2^−5],  p = p^b + u h(e) within [0, 2 p^b]

In integers probabilities are in 2^−12 and somatic potentials in 2^−(E−2), so that a unit of the
soma is a unit of the event rate. What each needs of the chip, with ⌊x⌋₊ = max(x, 0), e₀ the
smallest event rate and e₁ the largest:

    e = e₀ + ⌊2^E / 2 + v − e₀⌋₊ − ⌊2^E / 2 + v − e₁⌋₊          two rectified neurons, subtracted
    u h(e), (target − e) h(e), p e                              product neurons
    p = ⌊p^b + u h⌋₊ − ⌊p^b + u h − 2 p^b⌋₊                     two rectified neurons, subtracted

Products are shifted to the right, toward minus infinity, and never rounded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import either
from lava_bccn.dynamics.constants import Constants, IntegerForm, Line, StockForm

Array = Any

MIN_EVENT_RATE = 2.0**-5
"""Event rate of a unit that is driven as low as it goes. Not 0: what has no events has no bursts,
and would never learn to be active again."""

MAX_EVENT_RATE = 1 - MIN_EVENT_RATE
"""Event rate of a unit that is driven as high as it goes. Not 1: there h(e) is 0, and a unit that
is wrongly active would never learn to be less so."""

PROBABILITY_BITS = 12
"""Fraction bits of ``burst_prob``: with them p e needs 20 bits, and b is a shift of it."""

SOMA_BITS_BELOW_EVENTS = 2
"""A slope of ¼ makes the unit of somatic potentials that of event rates."""

MIN_EVENT_BITS = 6
"""Fewest bits of an event rate: with them e₀ is 2 units, and no product is shifted to the left."""


def min_event_rate(event_bits: int) -> int:
    """e₀, ``MIN_EVENT_RATE`` in units of event rates."""
    return round(MIN_EVENT_RATE * 2**event_bits)


def max_event_rate(event_bits: int) -> int:
    """e₁, ``MAX_EVENT_RATE`` in units of event rates."""
    return (1 << event_bits) - min_event_rate(event_bits)


@either(lambda soma, constants: (0.5 + 0.25 * soma).clip(MIN_EVENT_RATE, MAX_EVENT_RATE))
def event_rate(soma: Array, constants: Constants) -> Array:
    """Event rate e = f(v) = ½ + v / 4 within [2^−5, 1 − 2^−5]: σ with its slope at 0 as a line."""
    one = constants.event_one
    lowest = one >> 5
    return np.minimum(np.maximum((one >> 1) + soma, lowest), one - lowest)


@either(lambda gated_apical, constants: (gated_apical * (1.0 / constants.p_baseline)).clip(-1, 1))
def hidden_modulation(gated_apical: Array, constants: Constants) -> Array:
    """u h within [−p^b, p^b]: that of ``sigmoid`` as a straight line.

    In floating point relative to p^b.
    """
    largest = constants.p_baseline
    return np.minimum(np.maximum(gated_apical, -largest), largest)


def event_rate_slope(event_rate: Array) -> Array:
    """f′ of :func:`event_rate`, from the event rate: ¼ inside its range, else 0."""
    return 0.25 * ((event_rate > MIN_EVENT_RATE) & (event_rate < MAX_EVENT_RATE))


def reachable_target(target: Array) -> Array:
    """A target beyond what :func:`event_rate` reaches is taken for the nearest that it does.

    Else a unit that does all it can would be driven on for ever. Negative targets (no teacher)
    stay.
    """
    within = target.clip(MIN_EVENT_RATE, MAX_EVENT_RATE)
    has_teacher = target >= 0
    return within * has_teacher + target * ~has_teacher


def reachable_error(error: Array, event_rate: Array) -> Array:
    """:func:`reachable_target` less e, of an error target − e; 0 without a teacher."""
    return error.clip(MIN_EVENT_RATE - event_rate, MAX_EVENT_RATE - event_rate)


HARD_SIGMOID = Activation(
    name="hard_sigmoid",
    summary="straight lines, for the hardware form",
    event_rate=event_rate,
    hidden_modulation=hidden_modulation,
    slope=event_rate_slope,
    potential=lambda event_rate: 4 * (float(reachable_target(np.float64(event_rate))) - 0.5),
    integers=IntegerForm(
        probability_bits=PROBABILITY_BITS,
        is_relative=False,
        rounds=False,
        soma_bits_below_events=SOMA_BITS_BELOW_EVENTS,
        min_event_bits=MIN_EVENT_BITS,
        stock=StockForm(
            SOMA_BITS_BELOW_EVENTS,
            lambda event_bits: Line(
                1 << (event_bits - 1), min_event_rate(event_bits), max_event_rate(event_bits)
            ),
        ),
    ),
    reachable_target=reachable_target,
    reachable_error=reachable_error,
)
