"""From networks of ordinary layers, which have no feedback, to mapped layers that have."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lava_bccn.errors import MappingError
from lava_bccn.mapping.torch.layers import Weighted, mapped_layers, without_flatten
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.regimes import BURST_REGIMES
from lava_bccn.nn.comparators.backprop import FeedbackAlignmentLayer
from lava_bccn.nn.layers import Normalize
from lava_bccn.nn.models import comparator_layers, is_comparator
from lava_bccn.settings import NOT_NEGATIVE, SEED, check


class RandomFeedback:
    """Feedback for models that have none, by a name in ``network.regimes``."""

    def __init__(self, regime: str | None, std: float, seed: int, p_baseline: float) -> None:
        self._regime = None if regime is None else BURST_REGIMES[regime]
        self._std = check("feedback_std", std, NOT_NEGATIVE)
        self.p_baseline: float = p_baseline
        self._generator = np.random.default_rng(check("seed", seed, SEED))

    def fields(self, module: torch.nn.Module, weight: NDArray[np.floating[Any]]) -> dict[str, Any]:
        """The feedback fields of a layer with this weight."""
        if self._regime is None:
            return {}
        draw = partial(self._generator.normal, 0, self._std, weight.shape)
        burst = self._regime.start(weight, draw).astype(weight.dtype)
        return {
            "feedback": self._regime.name,
            "feedback_burst": burst,
            "feedback_event": (self.p_baseline * burst).astype(weight.dtype),
        }


def plain_layers(
    model: torch.nn.Module, sample_shape: tuple[int, ...] | None, start: RandomFeedback
) -> list[MappedLayer]:
    """Layers of an ``nn.Sequential`` of Linear (or Conv2d) and Sigmoid, alternating.

    Or of the layers of ``nn`` that are both in one: those of backprop and feedback alignment.

    Args:
        model: of these, with ``Flatten`` where it must be and ``Normalize`` first.
        sample_shape: of one input, where it is known.
        start: the feedback that they get.

    Raises:
        MappingError: anything else.
    """
    if is_comparator(model):
        first = comparator_layers(model)[0]
        if not isinstance(first, FeedbackAlignmentLayer):
            raise MappingError(
                f"a network of {type(first).__name__} cannot be mapped: Loihi and the simulator "
                "have no form of its learning rule; of the models of bccn train, burstccn, "
                "backprop and feedback_alignment can"
            )
    if not isinstance(model, torch.nn.Sequential):
        raise MappingError(
            f"cannot map a {_kind(model)}; expected a BurstCCN or an nn.Sequential of "
            "Linear (or Conv2d) and Sigmoid"
        )
    modules = [module for module in model if not isinstance(module, torch.nn.Dropout)]
    preprocessing = []
    while modules and isinstance(modules[0], torch.nn.Flatten | Normalize):
        preprocessing.append(modules.pop(0))
    linear = _with_sigmoids(without_flatten(modules))
    return mapped_layers(preprocessing, linear, start.fields, sample_shape)


def _kind(module: torch.nn.Module) -> str:
    """The name of a module's class, in full where it is that of another one in torch.nn."""
    kind = type(module)
    name = kind.__name__
    return f"{kind.__module__}.{name}" if getattr(torch.nn, name, kind) is not kind else name


def _with_sigmoids(modules: list[torch.nn.Module]) -> list[Weighted]:
    """The modules that have weights, which a sigmoid follows or is part of."""
    layers: list[Weighted] = []
    remaining = iter(modules)
    for position, linear in enumerate(remaining, start=1):
        if isinstance(linear, FeedbackAlignmentLayer):
            layers.append(linear)
            continue
        if not isinstance(linear, torch.nn.Linear | torch.nn.Conv2d):
            raise MappingError(
                f"layer {position} is a {_kind(linear)}, which has no mapping; expected "
                "torch.nn.Linear or Conv2d"
            )
        activation = next(remaining, None)
        if not isinstance(activation, torch.nn.Sigmoid):
            came = "nothing" if activation is None else type(activation).__name__
            raise MappingError(
                f"layer {position} is followed by {came}, which has no mapping: ensembles have the "
                "activation torch.nn.Sigmoid(); train with it (after a last Linear it can be "
                "appended without changing the predicted class)"
            )
        layers.append(linear)
    if not layers:
        raise MappingError(
            "the model has no layer; expected an nn.Sequential of Linear and Sigmoid"
        )
    return layers
