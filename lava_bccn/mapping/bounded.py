"""Rectified layers without an end, or divided by their root mean square, as integers have them.

    ê = e / S,  e = R max(v, 0) within [0, S]

S is the largest event rate of a layer that integers are to hold, and R what a layer of ``relu_rms``
divides by: the mean over the calibration inputs of r = (mean a² + 10⁻⁵)^−½, which there is another
number for each sample; of ``unbounded_relu`` R = 1. With f_l = R_l S_{l−1} / S_l:

    Ŵ_l = f_l W_l,  ĉ_l = c_l R_l / S_l,  Ŷ_l = f_l Y_l,  Q̂_l = f_l Q_l
    k̂_l = k_l R_l S_{l+1}² / (R_{l+1} S_l²)        b̂ − p^b ê = (b − p^b e) / S
    ΔŴ_l is f_l² times as fast, Δĉ_l (R_l / S_l)²      R_L = S_L = 1 of a readout

so that W, Y and Q that are equal stay so, and the errors of the layers are those of before, but for
−e · mean(u e), which is left out. Gains are rounded to powers of two; learning divides by them, so
that this only changes how far bursts leave p^b.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.bounded_relu import BOUNDED_RELU
from lava_bccn.dynamics.relu_rms import RELU_RMS, layer_scale
from lava_bccn.dynamics.unbounded_relu import UNBOUNDED_RELU
from lava_bccn.mapping.rescale import best_scale, reach, somata
from lava_bccn.network.gains import MAX_ERROR_EXPONENT, gain_exponent
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork

WITHOUT_INTEGERS = (RELU_RMS, UNBOUNDED_RELU)


def is_rectified(network: MappedNetwork) -> bool:
    """Whether a network has layers that become bounded ones."""
    return any(
        network.activation_of(index) in WITHOUT_INTEGERS for index in range(len(network.layers))
    )


def bounded(
    network: MappedNetwork, inputs: NDArray[np.floating[Any]], event_bits: int
) -> MappedNetwork:
    """A network of layers that integers have, in floating point; others are given back as they are.

    Args:
        network: in floating point.
        inputs: event rates in [0, 1], (samples, inputs).
        event_bits: E.
    """
    if not is_rectified(network):
        return network
    rates: NDArray[Any] = inputs
    divided, scales = [], [1.0]
    for index, layer in enumerate(network.layers[:-1]):
        potentials = somata(network, layer, rates)
        is_rms = network.activation_of(index) == RELU_RMS
        divided.append(float(layer_scale(potentials).mean()) if is_rms else 1.0)
        rates = divided[-1] * potentials.clip(0, None)
        scales.append(best_scale(rates, reach(network.layers[index + 1]), event_bits))
        rates = rates.clip(0, scales[-1])
    divided.append(1.0)
    scales.append(1.0)
    last = len(network.layers) - 1
    layers = []
    for index, layer in enumerate(network.layers):
        below, own, factor = scales[index], scales[index + 1], divided[index]
        gain = layer.feedback_gain
        if index < last:
            above = scales[index + 2]
            gain *= factor * above**2 / (divided[index + 1] * own**2)
        scaled = _times(layer, factor * below / own, factor / own)
        kind = network.activation_of(index)
        boost = round(2 * math.log2(factor * below / own))
        layers.append(
            replace(
                scaled,
                feedback_gain=2.0 ** gain_exponent(gain),
                activation=None if kind in WITHOUT_INTEGERS else kind.name,
                rate_boost=boost,
                bias_boost=round(2 * math.log2(factor / own)) - boost,
            )
        )
    return replace(
        network,
        layers=tuple(layers),
        activation=BOUNDED_RELU.name,
        error_scale=2.0 ** min(gain_exponent(network.error_scale), MAX_ERROR_EXPONENT),
    )


def _times(layer: MappedLayer, factor: float, of_bias: float) -> MappedLayer:
    """A layer with W, Y and Q times a factor, and its biases times another."""
    arrays: dict[str, Any] = {
        name: (array * (of_bias if name == "bias" else factor)).astype(array.dtype)
        for name, array in layer.arrays.items()
    }
    return replace(layer, **arrays)
