"""Scales of rectified lines, chosen by what rounding to event rates costs.

A ReLU's scale s is free: W and c of its layer divided by s, and the weights that read it times s,
compute the same wherever nothing is clipped (Rueckauer et al., Front. Neurosci. 11:682, 2017,
choose s as a percentile of the activations). Here it is the one with which the activations as
integers, coarse steps against clipped peaks, have the smallest squared error in what the layer
above makes of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.relu import RELU
from lava_bccn.mapping.integers import without_feedback
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.connections import Connections

_SMALLEST_SHARE = 1 / 16
"""No scale is smaller than this share of the largest activation."""

_CANDIDATES = 33
_MAX_VALUES = 2**20
"""At most so many activations of a layer are looked at."""

_MARGIN = {"values": 0.02, "logits": 0.25}
"""Share of the outputs' range that is left free on either side of those of the calibration. Of
logits more, since two that are clipped are equal; the quarter was chosen on images that were held
out of the training of a LeNet-5."""

_SMALLEST_WIDTH = 2.0**-10
"""Of outputs that are all the same: potentials have bits left to be scaled by its inverse."""


def with_scales(
    network: MappedNetwork, inputs: NDArray[np.floating[Any]], event_bits: int
) -> MappedNetwork:
    """The same function with scales of rectified layers that suit event rates of so many bits.

    Args:
        network: in floating point.
        inputs: event rates in [0, 1], (samples, inputs).
        event_bits: E.
    """
    return taken_with_scales([network], inputs, event_bits)


def taken_with_scales(
    held: list[MappedNetwork], inputs: NDArray[np.floating[Any]], event_bits: int
) -> MappedNetwork:
    """:func:`with_scales` of the first network of a list, which is taken out of it.

    Where nothing else holds that, its layers go one by one as those in other scales come, and only
    one of them is there twice.
    """
    network = held.pop(0)
    activations = [network.activation_of(index) for index in range(len(network.layers))]
    if RELU not in activations:
        return network
    layers, output, ensembles = list(network.layers), network.output, network.all_ensembles()
    network = replace(network, layers=network.layers[:1])
    rates, received = inputs, 1.0  # by how much the rates below are smaller than they were
    for index in range(len(layers)):
        layer, is_last = layers[index], index + 1 == len(layers)
        if not is_last or (activations[index] == RELU and output is not None):
            rates = ensembles[index].event_rate(somata(network, layer, rates))
        gain, start = 1.0, 0.0
        if activations[index] == RELU and not is_last:
            gain = 1 / best_scale(rates, reach(layers[index + 1]), event_bits)
        elif activations[index] == RELU and output is not None:
            low, high = _window(rates, output.kind, event_bits)
            gain, start = 1 / (high - low), low
            offset = output.offset + output.scale * start
            output = replace(output, scale=output.scale / gain, offset=offset)
        layers[index] = _times(layer, gain / received, gain, start)
        received = gain
    return replace(network, layers=tuple(layers), output=output)


def best_scale(
    rates: NDArray[np.floating[Any]], reach: NDArray[np.floating[Any]], event_bits: int
) -> float:
    """s with which s · e, of event rates e in integers, is nearest to rates of a rectified layer.

    Args:
        rates: (samples, units), in [0, 1]; 1 may be where they are clipped.
        reach: of each unit, how much an error of its rate counts, (units,).
        event_bits: E.
    """
    largest, levels = float(rates.max()), 2**event_bits
    if largest == 0:
        return 1.0
    rates = rates[:: max(1, rates.size // _MAX_VALUES)]

    def squared_error(scale: float) -> float:
        integers = np.minimum(np.rint(rates * (levels / scale)), levels - 1)
        return float(np.square(integers * (scale / levels) - rates).sum(axis=0) @ reach)

    # The first has the largest at the last step; where that is 1, it is clipped as it was.
    candidates = np.geomspace(levels / (levels - 1), _SMALLEST_SHARE, _CANDIDATES) * largest
    return min((float(scale) for scale in candidates), key=squared_error)


def reach(above: MappedLayer) -> NDArray[np.float64]:
    """Sums of the squares of the weights by which each unit reaches the layer above it.

    So a unit with enormous rates that hardly counts does not take the steps of all others.
    """
    if above.geometry is None:
        return np.einsum("ij,ij->j", above.weight, above.weight).astype(np.float64)
    _, height, width = above.geometry.input_shape
    kernel = above.weight.reshape(above.geometry.groups, -1, *above.weight.shape[1:])
    by_channel = np.einsum("gkcyx,gkcyx->gc", kernel, kernel).ravel().astype(np.float64)
    return by_channel.repeat(height * width)


def somata(
    network: MappedNetwork, layer: MappedLayer, rates: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Somatic potentials of one layer."""
    alone = replace(network, layers=(without_feedback(layer),))
    sums = Connections(alone, is_reused=False).forward(0, rates.astype(np.float64))
    return sums + layer.bias


def _window(
    rates: NDArray[np.floating[Any]], kind: Literal["values", "logits"], event_bits: int
) -> tuple[float, float]:
    """The range of the last rates that those from 0 to 1 are to stand for, within [0, 1].

    Beyond that the layer is clipped already, which the integers do at the same ends.
    """
    if kind == "logits" and rates.shape[1] > 1:
        # A class is decided between the largest and the second: where the second lies, all steps.
        rates = np.partition(rates, -2, axis=1)[:, -2]
    lowest, highest = float(rates.min()), float(rates.max())
    margin = _MARGIN[kind] * max(highest - lowest, _SMALLEST_WIDTH)
    low, high = max(0.0, lowest - margin), min(1.0, highest + margin)
    levels = 2**event_bits
    return low, low + (high - low) * levels / (levels - 1)  # the last step is the end


def _times(layer: MappedLayer, factor: float, gain: float, start: float) -> MappedLayer:
    """A layer with W times a factor, and (c − start) times a gain."""
    return replace(
        layer,
        weight=np.multiply(layer.weight, factor, dtype=layer.weight.dtype),
        bias=((layer.bias - start) * gain).astype(layer.bias.dtype),
    )
