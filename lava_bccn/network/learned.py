"""A network with what it has learned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from lava_bccn.network.learning import Pathway
from lava_bccn.network.network import MappedNetwork


def with_weights(
    network: MappedNetwork, weights: list[dict[Pathway, NDArray[Any]]]
) -> MappedNetwork:
    """The network with other weights and biases; None stays None.

    Integers keep the dtypes they have; floats become what the network calculates in, so that
    learning in parts loses nothing between them.
    """
    is_float = network.number_format is None
    layers = []
    for layer, arrays in zip(network.layers, weights, strict=True):
        kept: dict[str, Any] = {
            name: array.astype(network.compute_dtype if is_float else getattr(layer, name).dtype)
            for name, array in arrays.items()
            if getattr(layer, name) is not None
        }
        layers.append(replace(layer, **kept))
    return replace(network, layers=tuple(layers))
