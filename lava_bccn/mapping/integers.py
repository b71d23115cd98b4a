"""A layer in integers of chosen exponents, and what it does alone or beside the one above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.exponents import held_bias, integer_weights
from lava_bccn.network.checks import SUM_LIMIT, largest_sums
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.connections import Connections


def run_alone(
    network: MappedNetwork,
    units: FixedPointFormat,
    layer: MappedLayer,
    below: NDArray[np.int64] | None,
) -> LayerStates | None:
    """Somata and event rates of a layer; None where it cannot be run or receives nothing."""
    if below is None:
        return None
    try:
        alone = fixed_network(network, units, [without_feedback(layer)])
    except InvalidInputError:
        return None
    connections, ensembles = Connections(alone, is_reused=False), alone.ensembles(0)
    soma, _ = ensembles.soma(connections.forward(0, below), connections.bias[0])
    return LayerStates(soma, ensembles.event_rate(soma))


def receive(
    network: MappedNetwork,
    units: FixedPointFormat,
    layer: MappedLayer,
    states: LayerStates,
    above: LayerStates,
    sender: MappedLayer,
) -> LayerStates:
    """The states of a layer with the feedback of the one above it.

    Raises:
        InvalidInputError: one of them cannot be run.
    """
    below = without_feedback(layer) if sender.geometry else _without_inputs(layer, sender)
    pair = fixed_network(network, units, [below, sender])
    feedback = Connections(pair, is_reused=False).feedback(1, above.burst_rate, above.event_rate)
    ensembles = pair.ensembles(0)
    apical, _ = ensembles.apical(*feedback, states.event_rate)
    return ensembles.hidden(states.soma, states.event_rate, apical)


def _without_inputs(layer: MappedLayer, sender: MappedLayer) -> MappedLayer:
    """The units of a layer that a matrix sends to, with one silent synapse each."""
    received = sender.units_below
    silent, biases = np.zeros((received, 1), np.int8), np.zeros(received, np.int32)
    return replace(without_feedback(layer), weight=silent, bias=biases, geometry=None)


def fixed_network(
    network: MappedNetwork, units: FixedPointFormat, layers: Sequence[MappedLayer]
) -> MappedNetwork:
    """A network of layers of integers."""
    return replace(
        network, layers=tuple(layers), precision="fixed", number_format=units, metadata={}
    )


def rounded_layer(
    layer: MappedLayer,
    units: FixedPointFormat,
    soma_fraction_bits: int,
    apical_fraction_bits: int,
    weight_exponent: int,
    feedback_exponent: int = 0,
) -> MappedLayer:
    """A layer in integers."""
    max_weight = units.max_weight
    rounded = replace(
        layer,
        weight=integer_weights(layer.weight, weight_exponent, max_weight),
        bias=held_bias(layer.bias, soma_fraction_bits).astype(np.int32),
        weight_exponent=weight_exponent,
        soma_fraction_bits=soma_fraction_bits,
        apical_fraction_bits=apical_fraction_bits,
    )
    return with_feedback(rounded, sent_down(layer, units), max_weight, feedback_exponent)


def with_feedback(
    layer: MappedLayer,
    sent: Sequence[NDArray[np.floating[Any]]],
    max_weight: int,
    exponent: int,
) -> MappedLayer:
    """A layer with the integers of Y and Q; of none where it sends nothing."""
    integers = [integer_weights(matrix, exponent, max_weight) for matrix in sent]
    burst, event = integers or (None, None)
    return replace(layer, feedback_burst=burst, feedback_event=event, feedback_exponent=exponent)


def without_feedback(layer: MappedLayer) -> MappedLayer:
    """A layer that sends nothing down."""
    return replace(layer, feedback_burst=None, feedback_event=None)


def fitting(
    units: FixedPointFormat, rounded: Callable[[int], MappedLayer], exponent: int
) -> MappedLayer:
    """A layer in this exponent, or in the next coarser one in which no sum can leave its bits.

    Args:
        units: of the integers.
        rounded: the layer in an exponent.
        exponent: the one that rounds best.
    """
    layer = rounded(exponent)
    while max(largest_sums(layer, units).values()) >= SUM_LIMIT:
        exponent += 1
        layer = rounded(exponent)
    return layer


def is_elementwise(network: MappedNetwork, layer: MappedLayer) -> bool:
    """Whether the units of a layer, of its own activation or the network's, are independent."""
    return ACTIVATIONS[layer.activation or network.activation].is_elementwise


def is_grouped(layer: MappedLayer) -> bool:
    """Whether its channels read different ones below, so that some of them are no layer."""
    return layer.geometry is not None and layer.geometry.groups > 1


def some_units(layer: MappedLayer, rows: NDArray[np.int64] | slice) -> MappedLayer:
    """Some units of a layer, or some channels, without feedback."""
    bias = by_row(layer, layer.bias[None])[:, rows].ravel()
    return replace(without_feedback(layer), weight=layer.weight[rows], bias=bias)


def some_inputs(layer: MappedLayer, columns: NDArray[np.int64] | slice) -> MappedLayer:
    """A layer, if it is a matrix, between some of the units below and its own; without feedback."""
    return replace(without_feedback(layer), weight=layer.weight[:, columns])


def by_row(layer: MappedLayer, values: NDArray[Any]) -> NDArray[Any]:
    """(samples, units) by the rows of the weights, (samples, rows, units of one)."""
    return values.reshape(len(values), len(layer.weight), -1)


def shares_scale(layer: MappedLayer) -> bool:
    """Whether Y has W's exponent: pairs that get the same update must round it alike."""
    return layer.burst_regime is not None and layer.burst_regime.shares_scale


def sent_down(layer: MappedLayer, units: FixedPointFormat) -> list[NDArray[np.floating[Any]]]:
    """Y and Q on one scale: Q in units of p^b."""
    if layer.feedback_matrices is None:
        return []
    burst, event = layer.feedback_matrices
    return [burst, event / units.p_baseline]
