"""From the published code's networks to mapped layers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lava_bccn.errors import MappingError
from lava_bccn.mapping.torch.layers import as_numpy
from lava_bccn.network.layer import MappedLayer
from lava_bccn.nn.stored import IN_PROGRAM

_INSTEAD = (
    "of a plain network of Linear layers, each followed by a sigmoid, say so with --activation "
    f"sigmoid; map any other model where a program has it: {IN_PROGRAM}, or write a checkpoint of "
    "a BurstCCN there with lava_bccn.nn.save_checkpoint"
)


def published_layers(state: Mapping[str, Any], p_baseline: float) -> list[MappedLayer]:
    """Layers from a state_dict of the published code, where Y and Q are with their receiver.

    Names end in ``INDEX.weight``, ``INDEX.bias``, ``INDEX.weight_Y``, ``INDEX.weight_Q``
    (github.com/neuralml/BurstCCN, ``BurstCCN`` network).

    Raises:
        MappingError: anything else.
    """
    pattern = re.compile(r"(?:.*\.)?(\d+)\.(weight|bias|weight_Y|weight_Q)")
    found: dict[int, dict[str, NDArray[np.floating[Any]]]] = {}
    for name, value in state.items():
        match = pattern.fullmatch(str(name))
        if match and isinstance(value, torch.Tensor):
            found.setdefault(int(match[1]), {})[match[2]] = as_numpy(value, str(name))
        elif not re.search(r"\.delta_(weight|bias)(_[YQ])?$", str(name)):
            raise MappingError(
                f"{name} is not of the published code's fully connected network; {_INSTEAD}"
            )
    receivers = [found[index] for index in sorted(found)]
    complete = {"weight", "bias", "weight_Y", "weight_Q"}
    if (
        not receivers
        or set(receivers[-1]) != {"weight", "bias"}
        or any(set(layer) != complete for layer in receivers[:-1])
        or any(layer["weight"].ndim != 2 for layer in receivers)
        # Without hidden layers only the stored updates tell it from any other state_dict.
        or (len(receivers) == 1 and not any("delta_weight" in str(name) for name in state))
    ):
        raise MappingError(
            "this state_dict is not of the published code's fully connected network (INDEX.weight, "
            ".bias, .weight_Y, .weight_Q for hidden layers, .weight and .bias for the output); "
            + _INSTEAD
        )
    layers = []
    for below, layer in zip([None, *receivers[:-1]], receivers, strict=True):
        fields: dict[str, Any] = {}
        if below is not None:
            tied = np.array_equal(below["weight_Q"], p_baseline * below["weight_Y"])
            fields = {
                "feedback": "random",
                "feedback_event_regime": "tied" if tied else "random",
                "feedback_burst": below["weight_Y"],
                "feedback_event": below["weight_Q"],
            }
        layers.append(MappedLayer(weight=layer["weight"], bias=layer["bias"], **fields))
    return layers
