"""Scales of rectified lines, chosen by what rounding to event rates costs.

A ReLU's scale s is free: W and c of its layer divided by s, and the weights that read it times s,
compute the same wherever nothing is clipped (Rueckauer et al., Front. Neurosci. 11:682, 2017,
choose s as a percentile of the activations). Here it is the one with the smallest squared error of
the activations as integers: coarse steps against clipped peaks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.relu import RELU
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.settled import settle

_SMALLEST_SHARE = 1 / 16
"""No scale is smaller than this share of the largest activation."""

_CANDIDATES = 33
_MAX_VALUES = 2**20
"""At most so many activations of a layer are looked at."""

_MARGIN = 0.02
"""Share of the outputs' range that is left free on either side of those of the calibration."""

_DECIDING = (0.005, 0.995)
"""Quantiles of the second largest output between which outputs of classes are told apart."""


def with_scales(
    network: MappedNetwork, inputs: NDArray[np.floating[Any]], event_bits: int
) -> MappedNetwork:
    """The same function with scales of rectified layers that suit event rates of so many bits.

    Args:
        network: in floating point.
        inputs: event rates in [0, 1], (samples, inputs).
        event_bits: E.
    """
    last = len(network.layers) - 1
    for index in range(last + 1):
        if network.activation_of(index) != RELU:
            continue
        # What a layer before became is what this one receives, so the states are those of now.
        soma = settle(network, inputs)[0][index].soma
        if index < last:
            network = _rescaled(network, index, 1 / best_scale(soma, event_bits), 0.0)
        elif network.output is not None:
            low, high = _window(soma, network.output.kind)
            network = _rescaled(network, index, 1 / (high - low), low)
    return network


def best_scale(values: NDArray[np.floating[Any]], event_bits: int) -> float:
    """s with which s · e, of event rates e in integers, is nearest to the rectified values."""
    rectified = np.maximum(np.ravel(values), 0)
    rectified = rectified[:: max(1, len(rectified) // _MAX_VALUES)]
    largest = float(rectified.max())
    if largest == 0:
        return 1.0
    levels = 2**event_bits

    def squared_error(scale: float) -> float:
        rates = np.minimum(np.rint(rectified * (levels / scale)), levels - 1)
        return float(np.square(rates * (scale / levels) - rectified).sum())

    # Just above the largest, so that it is no step below what it should be.
    candidates = np.geomspace(levels / (levels - 1), _SMALLEST_SHARE, _CANDIDATES) * largest
    return min((float(scale) for scale in candidates), key=squared_error)


def _window(
    soma: NDArray[np.floating[Any]], kind: Literal["values", "logits"]
) -> tuple[float, float]:
    """The range of outputs that event rates from 0 to 1 stand for.

    Within [0, 1]: what is clipped there is so in the model, or lies outside the calibration.
    """
    soma = soma.clip(0, 1)
    if kind == "logits" and soma.shape[1] > 1:
        # A class is decided between the largest and the second: where the second lies, all steps.
        low, high = map(float, np.quantile(np.partition(soma, -2, axis=1)[:, -2], _DECIDING))
    else:
        low, high = float(soma.min()), float(soma.max())
    width = max(high - low, 1e-6 * float(np.abs(soma).max()), 1e-12)
    return max(low - _MARGIN * width, 0.0), min(low + (1 + _MARGIN) * width, 1.0)


def _rescaled(network: MappedNetwork, index: int, gain: float, start: float) -> MappedNetwork:
    """With somata (v − start) · gain in layer ``index``, and what reads it undoing that."""
    layers = list(network.layers)
    layer = layers[index]
    layers[index] = replace(
        layer,
        weight=(layer.weight * gain).astype(layer.weight.dtype),
        bias=((layer.bias - start) * gain).astype(layer.bias.dtype),
    )
    output = network.output
    if index + 1 < len(layers):
        above = layers[index + 1]
        layers[index + 1] = replace(above, weight=(above.weight / gain).astype(above.weight.dtype))
    elif output is not None:
        offset = output.offset + output.scale * start
        output = replace(output, scale=output.scale / gain, offset=offset)
    return replace(network, layers=tuple(layers), output=output)
