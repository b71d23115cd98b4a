"""Units of the 7-bit traces from which the synapses of a network learn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import STATE_BITS
from lava_bccn.dynamics.integer_plasticity import MAX_TRACE
from lava_bccn.network.gains import update_gains
from lava_bccn.network.network import MappedNetwork

HIDDEN_DEVIATION_RANGE = 2.0**-5
"""Largest burst deviation of a hidden unit that its 7-bit trace tells apart. A network that learns
soon makes errors far smaller than those it starts with; a range wide enough for the first ones
would round the later ones away."""


def with_trace_units(
    network: MappedNetwork, apical: Sequence[NDArray[np.floating[Any]] | None] | None = None
) -> MappedNetwork:
    """The network with units for the traces that plasticity reads.

    Args:
        network: fixed-point; others stay as they are.
        apical: apical potentials of each layer that the traces shall hold; None for any potential.
    """
    units = network.number_format
    if units is None:
        return network
    layers = []
    own = [each.feedback_gain for each in network.layers[:-1]]
    gains = update_gains([*own, network.error_scale])
    for index, layer in enumerate(network.layers):
        gain = min(gains[index], 1.0)
        if index == len(network.layers) - 1:
            # p^b |target − e| (1 − e) e is at most p^b 4/27, at e = 1/3 or 2/3.
            largest = 1.0 if network.activation_of(index).is_readout else 4 / 27
            largest, potential = gain * units.p_baseline * largest / units.burst_unit, 0.0
        else:
            largest = gain * HIDDEN_DEVIATION_RANGE / units.burst_unit
            potential = 2.0 ** (STATE_BITS - 1)
            observed = None if apical is None else apical[index]
            if observed is not None:
                potential = float(np.abs(observed).max()) * 2.0**layer.apical_fraction_bits
        layers.append(
            replace(
                layer,
                deviation_exponent=_trace_exponent(largest),
                apical_exponent=_trace_exponent(potential),
            )
        )
    return replace(network, layers=tuple(layers))


def _trace_exponent(largest: float) -> int:
    """The finest unit, 2^exponent, of which a trace holds multiples up to one below ``largest``."""
    return max(0, math.ceil(math.log2(max(largest, 1) / (MAX_TRACE + 1))))
