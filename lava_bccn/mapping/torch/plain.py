"""Networks of the layers of ``nn`` that have no feedback of their own, and the start of one."""

from __future__ import annotations

import math
from functools import partial
from itertools import takewhile
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import Flatten

from lava_bccn.errors import MappingError
from lava_bccn.mapping.torch.layers import mapped_layers, without_flatten
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.regimes import BURST_REGIMES
from lava_bccn.nn.comparators.backprop import FeedbackAlignmentLayer
from lava_bccn.nn.dale import DaleLayer
from lava_bccn.nn.geometry import Layer
from lava_bccn.nn.models import comparator_layers
from lava_bccn.nn.normalize import Normalize
from lava_bccn.settings import NOT_NEGATIVE, SEED, check

_PART = 2**20
"""Numbers that are drawn at a time."""


class RandomFeedback:
    """Feedback for models that have none, by a name in ``network.regimes``."""

    def __init__(self, regime: str | None, std: float, seed: int, p_baseline: float) -> None:
        self._regime = None if regime is None else BURST_REGIMES[regime]
        self._std = check("feedback_std", std, NOT_NEGATIVE)
        self.p_baseline: float = p_baseline
        self._generator = np.random.default_rng(check("seed", seed, SEED))

    def fields(
        self, module: torch.nn.Module | None, weight: NDArray[np.floating[Any]]
    ) -> dict[str, Any]:
        """The feedback fields of a layer with this weight."""
        if self._regime is None:
            return {}
        burst = self._regime.start(weight, partial(self._drawn, weight.shape, weight.dtype))
        burst = burst.astype(weight.dtype, copy=False)
        return {
            "feedback": self._regime.name,
            "feedback_burst": burst,
            "feedback_event": (self.p_baseline * burst).astype(weight.dtype, copy=False),
        }

    def _drawn(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[np.floating[Any]]:
        """Draws in a type, of which no more than a part are there in double precision."""
        drawn = np.empty(math.prod(shape), dtype)
        for first in range(0, len(drawn), _PART):
            part = drawn[first : first + _PART]
            part[:] = self._generator.normal(0, self._std, len(part))
        return drawn.reshape(shape)


def comparator_model_layers(
    model: torch.nn.Module, sample_shape: tuple[int, ...] | None, start: RandomFeedback
) -> list[MappedLayer]:
    """Layers of a network of the layers of ``nn`` of backprop or feedback alignment.

    Args:
        model: an ``nn.Sequential`` of these, with ``Flatten`` where it must be and ``Normalize``
            first.
        sample_shape: of one input, where it is known.
        start: the feedback that they get.

    Raises:
        MappingError: layers of other rules, or modules between them.
    """
    first = comparator_layers(model)[0]
    if isinstance(first, DaleLayer):
        raise MappingError(
            "a network under Dale's law is mapped with lava_bccn.mapping.dale.from_torch(model, "
            "inputs), or bccn map"
        )
    if not isinstance(first, FeedbackAlignmentLayer):
        raise MappingError(
            f"a network of {type(first).__name__} cannot be mapped: Loihi and the simulator have "
            "no form of its learning rule; of the models of bccn train, burstccn, backprop and "
            "feedback_alignment can"
        )
    modules = list(model) if isinstance(model, torch.nn.Sequential) else []
    preprocessing = list(takewhile(lambda each: isinstance(each, Flatten | Normalize), modules))
    layers = without_flatten(modules[len(preprocessing) :])
    if not layers or not all(isinstance(each, FeedbackAlignmentLayer) for each in layers):
        raise MappingError(
            f"a network of {type(first).__name__} to be mapped must be one nn.Sequential: Flatten "
            "and Normalize if any, then such layers only; got "
            + (", ".join(type(each).__name__ for each in modules) or type(model).__name__)
        )
    sources = cast(list[Layer], layers)
    return mapped_layers(preprocessing, sources, start.fields, sample_shape)
