"""The rectified activation without an upper end, e = max(v, 0), and its burst probability.

    p = 2 p^b σ((2 / p^b) g / (e + 10⁻⁸))        g = u clip(e, 0, 1)

The error that a unit sends, b − p^b e, is g to first order for p^b = ½ and stays below p^b e, so it
is bounded by the unit's own rate; a silent unit bursts at p^b. The clip stands for the slope of f,
which is 0 or 1, and goes to 0 with e: else u / e would saturate the bursts of nearly silent units.

Source: "Cell-type-specific cortical feedback coordinates hierarchical credit assignment", 2026
(doi 10.64898/2026.06.16.732595), which has p in (0, 1) and so p^b = ½ only; here it is in
(0, 2 p^b), as everywhere in this package.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.constants import Constants
from lava_bccn.dynamics.sigmoid import tanh

Array = Any

LEAST_RATE = 1e-8
"""Added to event rates that something is divided by."""


def rectified(soma: Array) -> Array:
    """max(v, 0)."""
    return soma.clip(0, None) if isinstance(soma, np.ndarray | np.generic) else soma.clamp_min(0)


def event_rate(soma: Array, constants: Constants) -> Array:
    """Event rate e = f(v) = max(v, 0)."""
    return rectified(soma)


def gate(apical: Array, event_rate: Array, soma: Array) -> Array:
    """g / (e + 10⁻⁸), what reaches the burst mechanism, of u, e and v."""
    return apical * event_rate.clip(0, 1) / (event_rate + LEAST_RATE)


def hidden_modulation(gated_apical: Array, constants: Constants) -> Array:
    """Change of the burst probability of a hidden unit relative to p^b: tanh(gated / p^b)."""
    return tanh(gated_apical * (1.0 / constants.p_baseline))


def event_rate_slope(event_rate: Array) -> Array:
    """f′ of backprop, from the event rate: 1 where a unit is active, else 0."""
    return 1.0 * (event_rate > 0)


UNBOUNDED_RELU = Activation(
    name="unbounded_relu",
    summary="max(v, 0), learns; hidden layers in floating point",
    event_rate=event_rate,
    hidden_modulation=hidden_modulation,
    slope=event_rate_slope,
    potential=float,
    gate=gate,
)
