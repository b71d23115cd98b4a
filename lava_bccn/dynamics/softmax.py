"""The softmax readout, whose errors are those of cross entropy.

    e = exp(v) / Σ exp(v)
    p = 2 p^b σ(4 p^b s (target − e) / (e + a)),  b = p (e + a) − p^b a        a > 0
    p = 2 p^b σ(4 s (target − e) / (e + 10⁻⁸)),   b = p e                      a = 0

a is a tonic event rate added to every unit, so that a class with e near 0 can still burst; what is
sent down are the events without it. s scales errors. To first order b − p^b e is
2 (p^b)² s (target − e), and with a = 0 it is 2 p^b s (target − e), which for p^b = ½ is twice as
much: minus the gradient of cross entropy with respect to v, times p^b s.

Source: "Cell-type-specific cortical feedback coordinates hierarchical credit assignment", 2026
(doi 10.64898/2026.06.16.732595).
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.constants import Constants
from lava_bccn.dynamics.sigmoid import tanh
from lava_bccn.dynamics.unbounded_relu import LEAST_RATE

Array = Any


def event_rate(soma: Array, constants: Constants) -> Array:
    """Event rates exp(v) / Σ exp(v) of the units of a layer, along the last axis."""
    if not isinstance(soma, np.ndarray | np.generic):
        return soma.softmax(-1)
    exponential = np.exp(soma - soma.max(-1, keepdims=True))
    return exponential / exponential.sum(-1, keepdims=True)


def teacher_modulation(error: Array, event_rate: Array, constants: Constants) -> Array:
    """Change of the burst probability relative to p^b, of an error target − e times s."""
    if constants.activity_shift == 0:
        return tanh(2.0 * error / (event_rate + LEAST_RATE))
    return tanh(2.0 * constants.p_baseline * error / (event_rate + constants.activity_shift))


def hidden_modulation(gated_apical: Array, constants: Constants) -> Array:
    """Change of the burst probability of a hidden unit: none, since it is for readouts."""
    return gated_apical * 0


def event_rate_slope(event_rate: Array) -> Array:
    """f′ of one unit, from its event rate: e (1 − e)."""
    return event_rate * (1 - event_rate)


def delta(error: Array, event_rate: Array, soma: Array) -> Array:
    """The gradient of cross entropy with respect to v, e − target, is the error itself."""
    return error


SOFTMAX = Activation(
    name="softmax",
    summary="exp(v) / Σ exp(v), a readout that learns by cross entropy; in floating point",
    event_rate=event_rate,
    hidden_modulation=hidden_modulation,
    slope=event_rate_slope,
    potential=log,
    teacher_modulation=teacher_modulation,
    delta=delta,
    is_elementwise=False,
    is_readout=True,
)
