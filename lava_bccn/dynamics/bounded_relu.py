"""A rectified line within the range of event rates, which bursts teach: ``relu_rms`` on a chip.

    e = v within [0, 1]
    b = p^b e + g,  |g| ≤ p^b e        g = u · clip(32 e, 0, 1)

The error that a unit sends, b − p^b e, is its apical potential as far as its own event rate allows:
what σ((2 / p^b) g / e) is to first order, in straight lines, so that nothing is divided. The ramp
stands for the slope of the rectifier, as in ``unbounded_relu``; it is that of ``relu_rms``,
clip(5 e, 0, 1), where the largest event rate of a layer is some 6 and becomes 1.

``mapping`` makes layers of it out of ``relu_rms`` and ``unbounded_relu``, which have no integers:
it divides by one number a layer, from calibration, what those divide by the root mean square of
each sample, and scales the largest event rates to 1. The term −e · mean(u e) of ``relu_rms``, which
only that division has a use for, is left out: errors are those of the network as it runs.

Source of what it approximates: "Cell-type-specific cortical feedback coordinates hierarchical
credit assignment", 2026 (doi 10.64898/2026.06.16.732595). The straight lines are not published.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import baseline_bursts
from lava_bccn.dynamics.constants import Constants, IntegerForm
from lava_bccn.dynamics.fixed_point import (
    PROBABILITY_BITS,
    SIGMOID_INPUT_FRACTION_BITS,
    rounded_shift,
)
from lava_bccn.dynamics.relu import event_rate, event_rate_slope
from lava_bccn.dynamics.unbounded_relu import LEAST_RATE

Array = Any

RAMP_BITS = 5
"""n of the ramp clip(2^n e, 0, 1)."""


def gate(apical: Array, event_rate: Array, soma: Array) -> Array:
    """g / (e + 10⁻⁸), what reaches the burst mechanism, of u and e, in floating point."""
    return apical * (2.0**RAMP_BITS * event_rate).clip(0, 1) / (event_rate + LEAST_RATE)


def hidden_modulation(gated_apical: Array, constants: Constants) -> Array:
    """Change of the burst probability of a hidden unit relative to p^b, in floating point."""
    return (gated_apical * (1.0 / constants.p_baseline)).clip(-1, 1)


def deviation(apical: Array, event_rate: Array, constants: Constants) -> Array:
    """b − p^b e = g within ± p^b e, in integers, in units of burst rates."""
    ramp = np.minimum(event_rate, constants.event_one >> RAMP_BITS)
    fraction_bits = SIGMOID_INPUT_FRACTION_BITS - constants.argument_places
    burst_bits = constants.event_bits + constants.balance_places + constants.baseline_shift
    places = burst_bits - fraction_bits - constants.event_bits + RAMP_BITS
    largest = baseline_bursts(event_rate, constants.p_baseline, constants.balance_places)
    return np.minimum(np.maximum(rounded_shift(apical * ramp, places), -largest), largest)


BOUNDED_RELU = Activation(
    name="bounded_relu",
    summary="a rectified line that learns; what becomes of relu_rms in integers",
    event_rate=event_rate,
    hidden_modulation=hidden_modulation,
    slope=event_rate_slope,
    potential=float,
    integers=IntegerForm(
        probability_bits=PROBABILITY_BITS,
        is_relative=False,
        rounds=True,
        min_event_bits=RAMP_BITS,
    ),
    gate=gate,
    deviation=deviation,
)
