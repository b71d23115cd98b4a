"""Weights of both signs taken apart into those that Dale's law allows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import dale
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.network.dale.layer import DaleFeedback, DaleLayer
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import check, instance, integer

Matrix = NDArray[Any]


def from_signed(network: MappedNetwork, bottleneck: int | None = None) -> DaleNetwork:
    """A network that computes the same under Dale's law, with all four types of interneurons.

    W becomes W⁺ − W⁻ with one PV for each unit below; Y and Q go down through SST, VIP and NDNF.

    Args:
        network: in floating point, of fully connected layers of sigmoid units with feedback.
        bottleneck: how many SST, and VIP, of each kind: Y is then reduced to that rank, and Q to
            p^b of it. None, or as many as a layer has units: one for each.

    Raises:
        InvalidInputError: no such network.
        MappingError: convolutions, other activations, or layers that send nothing down.
    """
    check("network", network, instance(MappedNetwork))
    check("bottleneck", bottleneck, integer(1).or_none())
    if network.number_format is not None:
        raise InvalidInputError(
            "the network is in fixed point, whose weights are rounded already; take apart a float "
            "network, and quantise it with mapping.dale.quantise"
        )
    names = {network.activation_of(index).name for index in range(len(network.layers))}
    if network.convolutions or names != {"sigmoid"}:
        raise MappingError(
            "networks under Dale's law are fully connected and of sigmoid units; this one has "
            + ("convolutions" if network.convolutions else f"activation {', '.join(sorted(names))}")
        )
    layers = [
        _layer(layer, network.p_baseline, bottleneck, is_first=index == 0)
        for index, layer in enumerate(network.layers)
    ]
    return DaleNetwork(
        tuple(layers),
        "float",
        network.p_baseline,
        error_scale=network.error_scale,
        metadata=dict(network.metadata),
    )


def _layer(
    layer: MappedLayer, p_baseline: float, bottleneck: int | None, *, is_first: bool
) -> DaleLayer:
    feedback = None
    if not is_first:
        if layer.feedback_matrices is None:
            raise MappingError(
                "a layer above the first sends nothing down; map the model with feedback='random'"
            )
        burst, event = layer.feedback_matrices
        feedback = feedback_of(burst, event, p_baseline, bottleneck)
    return DaleLayer(
        weight_exc=dale.positive_part(layer.weight),
        weight_from_pv=dale.negative_part(layer.weight),
        bias=layer.bias,
        feedback=feedback,
        feedback_gain=layer.feedback_gain,
    )


def feedback_of(
    burst: Matrix, event: Matrix, p_baseline: float, bottleneck: int | None
) -> DaleFeedback:
    """The populations that amount to Y and Q, each one-signed.

    Args:
        burst, event: Y and Q, (units, units below).
        p_baseline: p^b.
        bottleneck: see :func:`from_signed`.
    """
    if bottleneck is None or bottleneck >= len(burst):
        return DaleFeedback(
            event_exc=dale.negative_part(event),
            event_from_ndnf=dale.positive_part(event),
            from_sst_n=dale.negative_part(burst),
            from_sst_p=dale.positive_part(burst),
            apical_bias=np.zeros(burst.shape[1], burst.dtype),
            **one_to_one(len(burst), burst.dtype),
        )
    first, second = dale.factors(*np.linalg.svd(burst, full_matrices=False), bottleneck)
    event = p_baseline * first @ second
    positive, negative = dale.positive_part(first), dale.negative_part(first)
    return DaleFeedback(
        event_exc=dale.negative_part(event),
        event_from_ndnf=dale.positive_part(event),
        from_sst_n=dale.negative_part(second),
        from_sst_p=dale.positive_part(second),
        apical_bias=np.zeros(burst.shape[1], burst.dtype),
        burst_to_sst_n=positive,
        burst_to_vip_n=negative,
        burst_to_sst_p=negative,
        burst_to_vip_p=positive,
    )


def one_to_one(units: int, dtype: Any) -> dict[str, Any]:
    """What of S and V is none where each unit drives one SST of kind n and one VIP of kind p."""
    silent = np.zeros((units, units), dtype)
    return {"burst_to_vip_n": silent, "burst_to_sst_p": silent}
