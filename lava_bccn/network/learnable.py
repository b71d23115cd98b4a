"""Whether the integers of a layer have room for what it may learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lava_bccn.dynamics.integer_plasticity import MAX_PLACES
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.checks import check_sums
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork


def check_same_scale(layer: MappedLayer, number: int, network: MappedNetwork) -> None:
    """That a Y that follows W is in its units.

    Raises:
        InvalidInputError: it is not, and could not round alike.
    """
    if network.number_format is None or layer.weight_exponent == layer.feedback_exponent:
        return
    raise InvalidInputError(
        f"feedback of layer {number} follows W, but its weights are in units of "
        f"2^{layer.feedback_exponent} and those of W in units of 2^{layer.weight_exponent}, so "
        "they cannot round alike; map the model again with this feedback regime"
    )


def check_places(layer: MappedLayer, number: int) -> None:
    """That what the places of a kernel learn together fits its sum.

    Raises:
        InvalidInputError: there are too many of them.
    """
    if layer.places > MAX_PLACES:
        raise InvalidInputError(
            f"{layer.places:,} places share the kernel of layer {number}, and the sum of what it "
            f"learns is proven to fit 32 bits for at most {MAX_PLACES:,}; take smaller images or a "
            "larger stride, or learn with precision='float'"
        )


def check_growth(layer: MappedLayer, number: int, network: MappedNetwork) -> None:
    """Prove that no sum leaves 32 bits whatever the weights become.

    Raises:
        InvalidInputError: one could.
    """
    assert network.number_format is not None
    full = np.full(layer.weight.shape, network.number_format.max_weight, dtype=np.int8)
    feedback = None if layer.feedback_burst is None else full
    grown = replace(layer, weight=full, feedback_burst=feedback, feedback_event=feedback)
    check_sums(grown, number, network.number_format)
