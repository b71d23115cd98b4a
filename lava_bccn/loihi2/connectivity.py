"""Who reaches whom, counted the same way for dense and convolutional layers.

A weight of shape (channels, ...) belongs to ``units / channels`` positions that share it. A dense
layer is one position with a channel a unit. Counts at the border of an image, where fewer
connections exist, are upper bounds.
"""

from __future__ import annotations

import math

from lava_bccn.network.layer import MappedLayer


def fan_in(layer: MappedLayer) -> int:
    """Connections that reach one unit from below."""
    return int(layer.weight[0].size)


def connections(layer: MappedLayer) -> int:
    """Connections from below, each counted, whether or not it shares its weight."""
    return layer.units * fan_in(layer)


def fan_out(layer: MappedLayer) -> int:
    """Connections with which one unit, or input, below reaches the layer: the average."""
    return math.ceil(connections(layer) / layer.units_below)


def is_shared(layer: MappedLayer) -> bool:
    """Whether several units have the same weights."""
    return layer.units > layer.weight.shape[0]


def positions(layer: MappedLayer, units: int) -> int:
    """Positions that so many neighbouring units cover."""
    return math.ceil(units / layer.weight.shape[0])


def senders_below(layer: MappedLayer, units: int) -> int:
    """Units below that reach so many neighbouring units of the layer."""
    return min(layer.units_below, positions(layer, units) * fan_in(layer))


def senders_above(layer: MappedLayer, units: int, above: MappedLayer) -> int:
    """Units of the layer above that send feedback to so many neighbouring units."""
    return min(above.units, positions(layer, units) * fan_out(above))
