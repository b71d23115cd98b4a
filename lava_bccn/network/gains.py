"""Gains of errors and of dendrites: how far bursts leave p^b, and not how fast anything learns.

    G_L = s        G_l = k_l G_{l+1}        learning rate of layer l: 2^−n / G_l

The error of a layer has passed all gains above it, so to first order the update that is divided by
them is the same for any gains. Source: the 2026 follow-up (doi 10.64898/2026.06.16.732595).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.layer import MappedLayer
from lava_bccn.settings import NOT_NEGATIVE, POSITIVE, check

MAX_GAIN_EXPONENT = 12
"""Of gains in integers: beyond it errors are lost in rounding, or saturate, in any format."""

MAX_ERROR_EXPONENT = 0
"""Of the error scale there: more would need burst probabilities above 2 p^b, which no sum is proved
to hold."""


def gain_exponent(gain: float) -> int:
    """n of a gain 2^n, as integers have them; of others the nearest."""
    return round(math.log2(gain))


def update_gains(gains: Sequence[float]) -> list[float]:
    """G of each layer, what its error has been multiplied by, of k of hidden ones and last s."""
    return [*accumulate(reversed(gains), mul)][::-1]


def check_gains(
    error_scale: float,
    activity_shift: float,
    layers: Sequence[MappedLayer],
    units: FixedPointFormat | None,
    readout: Activation,
) -> None:
    """That gains are such as the arithmetic has.

    Raises:
        InvalidInputError: they are not positive, or in integers no powers of two; with the nearest.
            Or the readout is a softmax without the tonic rate that it has in integers.
    """
    check("activity_shift", activity_shift, NOT_NEGATIVE)
    if units is not None and readout.taught_deviation is not None and activity_shift != 1:
        raise InvalidInputError(
            f"activity_shift is {activity_shift:g}, and in integers the tonic event rate of a "
            f"{readout.name} readout is 1; take 1"
        )
    named = {"error_scale": (error_scale, MAX_ERROR_EXPONENT)}
    named |= {
        f"feedback_gain of layer {index}": (layer.feedback_gain, MAX_GAIN_EXPONENT)
        for index, layer in enumerate(layers, start=1)
    }
    for name, (gain, most) in named.items():
        check(name, gain, POSITIVE)
        exponent = gain_exponent(gain)
        if units is None or (gain == 2.0**exponent and -MAX_GAIN_EXPONENT <= exponent <= most):
            continue
        nearest = max(-MAX_GAIN_EXPONENT, min(exponent, most))
        raise InvalidInputError(
            f"{name} is {gain:g}, and in integers it is a power of two from "
            f"2^-{MAX_GAIN_EXPONENT} to {2**most}; take {2.0**nearest:g}"
        )
