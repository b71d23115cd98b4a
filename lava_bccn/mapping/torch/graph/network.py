"""The network of what was read of a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.errors import MappingError
from lava_bccn.mapping.torch.graph.reading import Reading
from lava_bccn.mapping.torch.plain import RandomFeedback
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.output import Output


def network_of(reading: Reading, start: RandomFeedback, notes: Mapping[str, Any]) -> MappedNetwork:
    """The floating-point network of a reading.

    Args:
        reading: of a model.
        start: the feedback that it gets, if it can learn.
        notes: its metadata.
    """
    names = [layer.activation for layer in reading.layers]
    usual = Counter(names).most_common(1)[0][0] or "sigmoid"
    can_learn = len(set(names)) == 1 and ACTIVATIONS[usual].learns
    layers = []
    for index, layer in enumerate(reading.layers):
        fields = start.fields(None, layer.weight) if can_learn and index else {}
        own = None if layer.activation == usual else layer.activation
        layers.append(replace(layer, activation=own, **fields))
    stands_for_itself = (reading.scale, reading.offset) == (1, 0)
    output = Output(reading.kind, reading.scale, reading.offset)
    return MappedNetwork(
        layers=tuple(layers),
        precision="float",
        p_baseline=start.p_baseline,
        metadata={**notes, "origins": list(reading.origins)},
        activation=usual,
        output=None if stands_for_itself else output,
    )


def first_size(model: torch.nn.Module) -> tuple[int, ...]:
    """The shape of a sample, of a model whose first layer is a Linear.

    Raises:
        MappingError: it is not, so only samples tell.
    """
    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            return (module.in_features,)
        if next(module.parameters(recurse=False), None) is not None:
            break
    raise MappingError(
        "nothing says of which shape the samples of the model are; pass inputs, (samples, ...)"
    )
