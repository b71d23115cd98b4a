"""Biases that take back what rounding adds to potentials on average.

Rounded weights and event rates do not only scatter the potentials of a unit, they move their mean:
E[v of integers] − E[v], over the calibration inputs, is subtracted from its bias (Nagel et al.,
arXiv:1906.04721, section 4.2; Banner, Nahshan & Soudry, NeurIPS 2019, arXiv:1810.05723, section
4.3), layer by layer from the input up, each with what the corrected ones below it send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import STATE_BITS, FixedPointFormat
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.integers import fixed_network, without_feedback
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.connections import Connections

Array = NDArray[np.floating[Any]]


def with_corrected_biases(
    network: MappedNetwork,
    units: FixedPointFormat,
    layers: Sequence[MappedLayer],
    exact: Sequence[LayerStates],
    sample: NDArray[np.floating[Any]],
) -> tuple[list[MappedLayer], list[LayerStates]]:
    """The layers with other biases where event rates then err less, and their states.

    Units of a convolution are corrected by channel. A channel whose event rates would not come
    nearer to what they should be keeps its biases.

    Args:
        network: in floating point.
        units: of the integers.
        layers: in integers.
        exact: states of the network on the sample.
        sample: event rates, (samples, inputs).

    Returns:
        As :func:`lava_bccn.mapping.upward.upward`.
    """
    rates = units.quantise_event_rate(sample)
    corrected: list[MappedLayer] = []
    states: list[LayerStates] = []
    for layer, expected in zip(layers, exact, strict=True):
        try:
            better, state = _corrected(network, units, layer, expected, rates)
        except InvalidInputError:  # it cannot be run, and nothing above it either
            return [*corrected, *layers[len(corrected) :]], states
        corrected.append(better)
        states.append(state)
        rates = state.event_rate
    return corrected, states


def _corrected(
    network: MappedNetwork,
    units: FixedPointFormat,
    layer: MappedLayer,
    expected: LayerStates,
    rates: NDArray[np.int64],
) -> tuple[MappedLayer, LayerStates]:
    """A layer with the better biases, and its states on the event rates below.

    Raises:
        InvalidInputError: it cannot be run.
    """
    alone = fixed_network(network, units, [without_feedback(layer)])
    ensembles = alone.ensembles(0)
    sums = Connections(alone, is_reused=False).forward(0, rates)
    channels = len(layer.weight)

    def by_unit(values: NDArray[Any]) -> NDArray[Any]:
        return values.repeat(layer.units // channels)

    def errors(soma: NDArray[np.int64]) -> Array:
        found = ensembles.event_rate(soma) * units.event_unit - expected.event_rate
        return np.square(found).reshape(len(found), channels, -1).mean(axis=(0, 2))

    soma, _ = ensembles.soma(sums, layer.bias.astype(np.int64))
    added = (soma - expected.soma * 2.0**layer.soma_fraction_bits).mean(axis=0)
    moved = layer.bias - by_unit(added.reshape(channels, -1).mean(axis=1))
    limit = 2 ** (STATE_BITS - 2)  # as of held_bias
    bias = np.clip(np.rint(moved), -limit, limit).astype(np.int64)
    other, _ = ensembles.soma(sums, bias)
    is_better = by_unit(errors(other) < errors(soma))
    bias = np.where(is_better, bias, layer.bias).astype(layer.bias.dtype)
    soma = np.where(is_better, other, soma)
    return replace(layer, bias=bias), LayerStates(soma, ensembles.event_rate(soma))
