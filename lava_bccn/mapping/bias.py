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
from lava_bccn.mapping.integers import run_alone
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork

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
    below: NDArray[np.int64] | None = units.quantise_event_rate(sample)
    corrected: list[MappedLayer] = []
    states: list[LayerStates] = []
    for layer, expected in zip(layers, exact, strict=True):
        state = run_alone(network, units, layer, below)
        if state is not None:
            other = _corrected(layer, state, expected)
            other_state = run_alone(network, units, other, below)
            if other_state is not None:
                errors = [
                    _error_by_channel(layer, each.event_rate * units.event_unit, expected)
                    for each in (state, other_state)
                ]
                better = (errors[1] < errors[0]).repeat(layer.units // len(layer.weight))
                layer = replace(layer, bias=np.where(better, other.bias, layer.bias))
                state = run_alone(network, units, layer, below)
        corrected.append(layer)
        below = None if state is None else state.event_rate
        states += [] if state is None else [state]
    return corrected, states


def _corrected(layer: MappedLayer, state: LayerStates, expected: LayerStates) -> MappedLayer:
    """With biases less the mean error of somata."""
    one = 2.0**layer.soma_fraction_bits
    error = (state.soma - expected.soma * one).mean(axis=0)
    error = error.reshape(len(layer.weight), -1).mean(axis=1)
    limit = 2 ** (STATE_BITS - 2)  # as held_bias
    bias = np.rint(layer.bias - error.repeat(layer.units // len(error)))
    kept = np.clip(bias, -limit, limit).astype(layer.bias.dtype)
    return replace(layer, bias=kept)


def _error_by_channel(layer: MappedLayer, rates: Array, expected: LayerStates) -> Array:
    squares = np.square(rates - expected.event_rate).reshape(len(rates), len(layer.weight), -1)
    return squares.mean(axis=(0, 2))
