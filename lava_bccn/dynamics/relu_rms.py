"""Rectified units divided by the root mean square of their layer, and their burst probability.

    e = a r        a = max(v, 0),  r = (mean a² + 10⁻⁵)^−½
    p = 2 p^b σ((2 / p^b) g / (e + 10⁻⁸))        g = r (u − e · mean(u e)) · clip(5 e, 0, 1)

Means run over all units of a layer, channels and places too, sample by sample. g is the gradient of
the layer with respect to v for an error u, but for the clip, which stands for the slope of the
rectifier; see ``unbounded_relu``.

Source: "Cell-type-specific cortical feedback coordinates hierarchical credit assignment", 2026
(doi 10.64898/2026.06.16.732595).
"""

from __future__ import annotations

from typing import Any

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.constants import Constants
from lava_bccn.dynamics.unbounded_relu import (
    LEAST_RATE,
    event_rate_slope,
    hidden_modulation,
    rectified,
)

Array = Any

LEAST_SQUARE = 1e-5
"""Added to the mean square of a layer, so that a silent one is not divided by 0."""

GATE_SLOPE = 5.0
"""Of the ramp that stands for the slope of the rectifier: 1 from an event rate of 1 / 5 on."""


def layer_mean(values: Array) -> Array:
    """The mean over all units of a layer, sample by sample, in a shape that broadcasts.

    ``values`` is (samples, ...), or (units,) of a single sample.
    """
    return values.mean(tuple(range(1, values.ndim)) or (0,), keepdims=True)


def layer_scale(soma: Array) -> Array:
    """r = (mean a² + 10⁻⁵)^−½ of somatic potentials."""
    active = rectified(soma)
    return (layer_mean(active * active) + LEAST_SQUARE) ** -0.5


def event_rate(soma: Array, constants: Constants) -> Array:
    """Event rate e = a r, of all units of a layer."""
    return rectified(soma) * layer_scale(soma)


def sent_through(error: Array, event_rate: Array, soma: Array) -> Array:
    """r (u − e · mean(u e)): an error in e as one in a, which r depends on."""
    return layer_scale(soma) * (error - event_rate * layer_mean(error * event_rate))


def gate(apical: Array, event_rate: Array, soma: Array) -> Array:
    """g / (e + 10⁻⁸), what reaches the burst mechanism, of u, e and v."""
    ramp = (GATE_SLOPE * event_rate).clip(0, 1)
    return sent_through(apical, event_rate, soma) * ramp / (event_rate + LEAST_RATE)


def delta(error: Array, event_rate: Array, soma: Array) -> Array:
    """Gradient of backprop with respect to v, of one with respect to e."""
    return sent_through(error, event_rate, soma) * event_rate_slope(event_rate)


RELU_RMS = Activation(
    name="relu_rms",
    summary="rectified, divided by its layer's root mean square; hidden layers in floating point",
    event_rate=event_rate,
    hidden_modulation=hidden_modulation,
    slope=event_rate_slope,
    potential=float,
    gate=gate,
    delta=delta,
    is_elementwise=False,
)
