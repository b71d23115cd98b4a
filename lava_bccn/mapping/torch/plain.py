"""From networks of ordinary layers, which have no feedback, to mapped layers that have."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.torch.layers import (
    as_numpy,
    geometry_of,
    images_below,
    mapped_layer,
    without_flatten,
)
from lava_bccn.mapping.torch.normalize import fold
from lava_bccn.network.layer import MappedLayer
from lava_bccn.nn.comparators import FeedbackAlignmentConv2d, FeedbackAlignmentLinear
from lava_bccn.nn.layers import Normalize
from lava_bccn.nn.models import comparator_layers


class RandomFeedback:
    """Feedback for models that have none, by the regimes' names in ``nn``."""

    def __init__(self, regime: str | None, std: float, seed: int, p_baseline: float) -> None:
        if regime not in (None, "random", "symmetric", "tied", "kolen_pollack"):
            raise InvalidInputError(
                "feedback must be 'random', 'symmetric', 'tied', 'kolen_pollack' or None, not "
                f"{regime!r}"
            )
        if not 0 <= std < math.inf:
            raise InvalidInputError(f"feedback_std must be 0 or more and finite, not {std!r}")
        self.regime, self.std, self.p_baseline = regime, std, p_baseline
        self._generator = np.random.default_rng(seed)

    def fields(self, weight: NDArray[np.floating]) -> dict[str, Any]:
        """The feedback fields of a layer with this weight."""
        if self.regime is None:
            return {}
        burst = weight.copy()
        if self.regime in ("random", "kolen_pollack"):
            burst = self._generator.normal(0, self.std, weight.shape).astype(weight.dtype)
        return {
            "feedback": self.regime,
            "feedback_burst": burst,
            "feedback_event": (self.p_baseline * burst).astype(weight.dtype),
        }


def plain_form(model: torch.nn.Module) -> torch.nn.Sequential:
    """A network trained by backprop or feedback alignment, as Linear or Conv2d and Sigmoid.

    Raises:
        MappingError: a network of another rule.
    """
    layers = comparator_layers(model)
    if not isinstance(layers[0], FeedbackAlignmentLinear | FeedbackAlignmentConv2d):
        raise MappingError(
            f"a network of {type(layers[0]).__name__} cannot be mapped: Loihi and the simulator "
            "have no form of its learning rule; of the models of bccn train, burstccn, backprop "
            "and feedback_alignment can"
        )
    modules: list[torch.nn.Module] = []
    for module in model.children():
        if isinstance(module, FeedbackAlignmentLinear | FeedbackAlignmentConv2d):
            modules += [_ordinary(module), torch.nn.Sigmoid()]
        else:
            modules.append(module)
    return torch.nn.Sequential(*modules)


def _ordinary(
    layer: FeedbackAlignmentLinear | FeedbackAlignmentConv2d,
) -> torch.nn.Linear | torch.nn.Conv2d:
    """PyTorch's own layer with the same weight and bias."""
    has_bias = layer.bias is not None
    module: torch.nn.Linear | torch.nn.Conv2d
    if isinstance(layer, FeedbackAlignmentLinear):
        module = torch.nn.Linear(layer.in_features, layer.out_features, has_bias, device="meta")
    else:
        module = torch.nn.Conv2d(
            layer.in_channels,
            layer.out_channels,
            layer.kernel_size,
            layer.stride,
            layer.padding,
            groups=layer.groups,
            bias=has_bias,
            device="meta",
        )
    module.weight = layer.weight
    if has_bias:
        module.bias = layer.get_parameter("bias")
    return module


def plain_layers(
    model: torch.nn.Module, sample_shape: tuple[int, ...] | None, start: RandomFeedback
) -> list[MappedLayer]:
    """Layers of an ``nn.Sequential`` of Linear (or Conv2d) and Sigmoid, alternating.

    Args:
        model: of these, with ``Flatten`` where it must be and ``Normalize`` first.
        sample_shape: of one input, where it is known.
        start: the feedback that they get.

    Raises:
        MappingError: anything else.
    """
    if not isinstance(model, torch.nn.Sequential):
        raise MappingError(
            f"cannot map a {type(model).__name__}; expected a BurstCCN or an nn.Sequential of "
            "Linear (or Conv2d) and Sigmoid"
        )
    modules = [module for module in model if not isinstance(module, torch.nn.Dropout)]
    preprocessing = []
    while modules and isinstance(modules[0], torch.nn.Flatten | Normalize):
        preprocessing.append(modules.pop(0))
    modules = without_flatten(modules)
    layers: list[MappedLayer] = []
    for position, (linear, activation) in enumerate(
        zip(modules[::2], [*modules[1::2], None], strict=False), start=1
    ):
        if not isinstance(linear, torch.nn.Linear | torch.nn.Conv2d):
            raise MappingError(
                f"layer {position} is a {type(linear).__name__}, which has no mapping; expected "
                "torch.nn.Linear or Conv2d"
            )
        if not isinstance(activation, torch.nn.Sigmoid):
            came = "nothing" if activation is None else type(activation).__name__
            raise MappingError(
                f"layer {position} is followed by {came}, which has no mapping: ensembles have the "
                "activation torch.nn.Sigmoid(); train with it (after a last Linear it can be "
                "appended without changing the predicted class)"
            )
        weight = as_numpy(linear.weight)
        fields = start.fields(weight) if layers else {}
        geometry = None
        if isinstance(linear, torch.nn.Conv2d):
            geometry = geometry_of(linear, images_below(layers, sample_shape))
        layers.append(mapped_layer(weight, linear.bias, geometry, **fields))
    if not layers:
        raise MappingError(
            "the model has no layer; expected an nn.Sequential of Linear and Sigmoid"
        )
    layers[0] = fold(preprocessing, layers[0], sample_shape)
    return layers
