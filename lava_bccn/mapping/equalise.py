"""Factors between rectified channels and what reads them, with which integers lose less.

A ReLU lets a factor through: W and c of a channel times g > 0, and the weights that read it divided
by g, compute the same as long as nothing is clipped (Nagel, van Baalen, Blankevoort & Welling,
"Data-free quantization through weight equalization and bias correction", ICCV 2019,
arXiv:1906.04721, eq. 6). There g = √(range of what reads / range of W), so that no weights of a
channel drown in the rounding of another's: all of a connection share one unit. Here all event rates
of a layer share one as well, so g = 1 / (largest event rate) is worth as much: no channel drowns in
the rounding of rates. Mixtures of both are tried, and the one that errs least is taken.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.relu import RELU
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.mapping.exponents import choose_exponent, root_mean_square, rounded_weights
from lava_bccn.mapping.integers import without_feedback
from lava_bccn.mapping.rescale import with_scales
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.settled import settle

Array = NDArray[np.floating[Any]]

_SHARES = (0.0, 0.5, 1.0)
"""Shares, as powers, of either equalisation that are tried."""

_WORTH = 0.98
"""Of the error without factors, that with them must be below this part to be worth it."""

SAMPLES, CONVOLUTION_SAMPLES, FEW_OF_CONVOLUTIONS = 512, 128, 16
"""At most so many inputs tell how large event rates become; and so few what factors are worth,
where convolutions give each many places."""

_SWEEPS = 2
"""From the input up; the rows of a layer were scaled only after what it reads was, so twice."""


def equalised(
    network: MappedNetwork, inputs: NDArray[np.floating[Any]], units: FixedPointFormat
) -> MappedNetwork:
    """The same function with factors between rectified layers that suit the integers.

    No event rate of the inputs becomes larger than 1, so none is clipped that was not. Only what
    ReLU computes can be equalised: a sigmoid, or tanh, lets no factor through, and layers whose
    reader sends feedback are left as they are.

    Args:
        network: in floating point.
        inputs: event rates in [0, 1], (samples, inputs).
        units: of the integers.
    """
    inputs = inputs[: CONVOLUTION_SAMPLES if network.convolutions else SAMPLES]
    few = FEW_OF_CONVOLUTIONS if network.convolutions else len(inputs)
    for _ in range(_SWEEPS):
        below = inputs.astype(np.float64)
        for index, layer in enumerate(network.layers):
            if index + 1 < len(network.layers) and _can_be_scaled(network, index):
                network = _pair_equalised(network, index, below, few, units)
                layer = network.layers[index]
            below = _alone(network, index, layer, below).event_rate
    return network


def scaled_channels(network: MappedNetwork, index: int, factors: Array) -> MappedNetwork:
    """With somata of each channel of a layer times a factor, and what reads it undoing that.

    Args:
        network: in floating point.
        index: of the layer (0-based), not the last.
        factors: above 0, (channels,), or (units,) of a fully connected layer.
    """
    layers = list(network.layers)
    layer, reader = layers[index], layers[index + 1]
    rows = factors.reshape(-1, *(1,) * (layer.weight.ndim - 1))
    layers[index] = replace(
        layer,
        weight=(layer.weight * rows).astype(layer.weight.dtype),
        bias=(layer.bias * _of_units(layer, factors)).astype(layer.bias.dtype),
    )
    undone = reader.weight / _as_read(reader, layer, factors)
    layers[index + 1] = replace(reader, weight=undone.astype(reader.weight.dtype))
    return replace(network, layers=tuple(layers))


def _can_be_scaled(network: MappedNetwork, index: int) -> bool:
    layer, reader = network.layers[index], network.layers[index + 1]
    sends_feedback = layer.feedback_burst is not None or reader.feedback_burst is not None
    return network.activation_of(index) == RELU and not sends_feedback


def _pair_equalised(
    network: MappedNetwork, index: int, below: Array, few: int, units: FixedPointFormat
) -> MappedNetwork:
    """With the factors of one layer with which the somata of its reader err least."""
    layer, reader = network.layers[index], network.layers[index + 1]
    channels = len(layer.weight)
    state = _alone(network, index, layer, below)
    exact = _alone(network, index + 1, reader, state.event_rate[:few]).soma
    somata = state.soma.reshape(len(below), channels, -1)
    largest = somata.max(axis=(0, 2))
    # Of a silent channel, which other inputs may wake, as much as keeps it silent.
    largest = np.where(largest > 0, largest, -somata.min(axis=(0, 2)))
    written = np.abs(layer.weight).reshape(channels, -1).max(axis=1)
    read = _largest_read(reader, layer, channels)
    # What is clipped on these inputs, as ReLU6 clips, would be clipped elsewhere.
    usable = (largest > 0) & (largest <= 1) & (written > 0) & (read > 0)

    def error(scaled: MappedNetwork) -> float:
        return root_mean_square(_rounded_somata(scaled, index, below[:few], units) - exact)

    least, best = _WORTH * error(network), network
    for by_weights, by_rates in product(_SHARES, _SHARES):
        if by_weights == by_rates == 0:
            continue
        factors = np.ones(channels)
        ranges = np.sqrt(read[usable] / written[usable])
        factors[usable] = ranges**by_weights * largest[usable] ** -by_rates
        # One factor of all is the layer's scale, which is chosen later.
        factors[usable] *= (1 / (factors[usable] * largest[usable])).min(initial=np.inf)
        candidate = scaled_channels(network, index, factors)
        cost = error(candidate)
        if cost < least:
            least, best = cost, candidate
    return best


def _rounded_somata(
    network: MappedNetwork, index: int, below: Array, units: FixedPointFormat
) -> Array:
    """Somata of the reader of a layer, with weights and event rates as integers hold them."""
    pair = replace(network, layers=tuple(_bare(network, each) for each in (index, index + 1)))
    layers = with_scales(replace(pair, output=None), below, units.event_bits).layers
    layer, reader = (_with_rounded(each, units) for each in layers)
    rates = _alone(network, index, layer, below).event_rate
    held = np.minimum(np.rint(rates / units.event_unit), units.max_event) * units.event_unit
    return _alone(network, index + 1, reader, held).soma


def _with_rounded(layer: MappedLayer, units: FixedPointFormat) -> MappedLayer:
    exponent = choose_exponent([layer.weight], units.max_weight)
    weight = rounded_weights(layer.weight, exponent, units.max_weight) * 2.0**exponent
    return replace(layer, weight=weight)


def _bare(network: MappedNetwork, index: int) -> MappedLayer:
    """A layer without feedback, and with its own activation."""
    layer = without_feedback(network.layers[index])
    return replace(layer, activation=network.activation_of(index).name)


def _alone(network: MappedNetwork, index: int, layer: MappedLayer, below: Array) -> LayerStates:
    """States of a layer that takes the place of one, on what it receives."""
    layer = replace(layer, activation=network.activation_of(index).name)
    one = replace(network, layers=(without_feedback(layer),), output=None)
    return settle(one, below)[0][0]


def _of_units(layer: MappedLayer, factors: Array) -> Array:
    """Factors of channels for all of their units."""
    return factors.repeat(layer.units // len(factors))


def _by_group(reader: MappedLayer, factors: Array) -> Array:
    """Factors of the channels below for the kernel of a convolution."""
    assert reader.geometry is not None
    groups = reader.geometry.groups
    of_groups = factors.reshape(groups, -1).repeat(len(reader.weight) // groups, axis=0)
    return of_groups[:, :, None, None]


def _as_read(reader: MappedLayer, layer: MappedLayer, factors: Array) -> Array:
    """Factors of the channels of a layer, to be multiplied with what reads it."""
    if reader.geometry is None:
        return _of_units(layer, factors)[None, :]
    return _by_group(reader, factors)


def _largest_read(reader: MappedLayer, layer: MappedLayer, channels: int) -> Array:
    """The largest weight that reads each channel of a layer."""
    sizes = np.abs(reader.weight).astype(np.float64)
    if reader.geometry is None:
        return sizes.max(axis=0).reshape(channels, -1).max(axis=1)
    groups = reader.geometry.groups
    by_group = sizes.max(axis=(2, 3)).reshape(groups, len(sizes) // groups, -1)
    return by_group.max(axis=1).ravel()
