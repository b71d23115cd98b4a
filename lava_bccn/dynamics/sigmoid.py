"""The published activation: e = σ(v), p = 2 p^b σ((2 / p^b) u h(e)).

Source: Greedy et al., NeurIPS 2022 (arXiv 2206.11769).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics import backprop, logistic
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import either
from lava_bccn.dynamics.constants import Constants, IntegerForm
from lava_bccn.dynamics.fixed_point import (
    PROBABILITY_BITS,
    integer_sigmoid,
    rounded_shift,
    saturate,
    shift,
)

Array = Any


def sigmoid(x: Array) -> Array:
    """σ(x) = 1 / (1 + exp(−x)), without overflow for any finite x."""
    if not isinstance(x, np.ndarray | np.generic):
        return x.sigmoid()
    return logistic.expit(x)


def logit(x: Array) -> Array:
    """The inverse of σ, for x in (0, 1)."""
    if not isinstance(x, np.ndarray | np.generic):
        return x.logit()
    return logistic.logit(x)


def tanh(x: Array) -> Array:
    """Hyperbolic tangent."""
    return np.tanh(x) if isinstance(x, np.ndarray | np.generic) else x.tanh()


def sigmoid_change(sigmoid: Array, shift: Array) -> Array:
    """σ(x + shift) − σ(x), from σ(x) alone.

    With t = tanh(shift / 2) it is 2 σ (1 − σ) t / (1 + (2σ − 1) t), which keeps its full relative
    precision for small shifts and cannot overflow.
    """
    t = tanh(0.5 * shift)
    # The addend matters only where σ is exactly 0 or 1 and the shift as large: 0 / 0.
    return 2 * sigmoid * (1 - sigmoid) * t / (1 + (2 * sigmoid - 1) * t + 1e-30)


@either(lambda soma, constants: sigmoid(soma))
def event_rate(soma: Array, constants: Constants) -> Array:
    """Event rate e = f(v) = σ(v), in [0, 1]; in integers rounded to E bits, at most 2^E − 1."""
    activation = integer_sigmoid(shift(soma, constants.event_places))
    rounded = rounded_shift(activation, constants.event_bits - PROBABILITY_BITS)
    return saturate(rounded, constants.event_bits + 1)


@either(lambda gated_apical, constants: tanh(gated_apical * (1.0 / constants.p_baseline)))
def hidden_modulation(gated_apical: Array, constants: Constants) -> Array:
    """Change of the burst probability of a hidden unit.

    In floating point relative to p^b: tanh(u h / p^b), so that p = p^b (1 + tanh(u h / p^b))
    = 2 p^b σ((2 / p^b) u h); this form keeps full relative precision for small u. In integers
    2 p^b σ((2 / p^b) u h) − p^b, which is exactly 0 at u = 0.
    """
    burst_prob = shift(integer_sigmoid(gated_apical), 1 - constants.baseline_shift)
    return burst_prob - constants.p_baseline


def event_rate_slope(event_rate: Array) -> Array:
    """f′ of backprop, from the event rate: e (1 − e)."""
    return event_rate * (1 - event_rate)


SIGMOID = Activation(
    name="sigmoid",
    summary="as published",
    event_rate=event_rate,
    hidden_modulation=hidden_modulation,
    slope=event_rate_slope,
    potential=lambda event_rate: float(logit(np.float64(event_rate))),
    delta=lambda error, event_rate, soma: backprop.delta(error, event_rate),
    integers=IntegerForm(probability_bits=PROBABILITY_BITS, is_relative=True, rounds=True),
)
