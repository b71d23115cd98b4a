"""What the reader of a graph finds: a model as layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lava_bccn.network.layer import MappedLayer

OutputKind = Literal["auto", "values", "logits", "sigmoid"]
"""What a model that ends in no activation gives (``from_torch``)."""


@dataclass(frozen=True)
class Reading:
    """What a model is as layers.

    Attributes:
        layers: in floating point, each with the activation that it has.
        scale, offset: of the model's output in terms of the last event rates.
        origins: of each layer, the operations that it came from, in their order.
        kind: whether all outputs count, or the largest only.
        last: softmax or log_softmax, if one stands at the end.
        adds_sigmoid: the last layer ends in one that the model has not.
    """

    layers: tuple[MappedLayer, ...]
    scale: float
    offset: float
    origins: tuple[str, ...]
    kind: Literal["values", "logits"]
    last: str | None
    adds_sigmoid: bool
