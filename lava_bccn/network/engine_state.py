"""The synapses of a layer that learned inside Loihi's learning engine, to the bit.

Every executor runs a layer's weights of ``weight_bits`` bits. The engine has more: weights of 9
bits, which can be between two of these, tags that are the fraction of a weight, and the synapses of
inputs that are always on. These are kept beside the weights, so that learning goes on where it was;
where weights were changed by something else in between, they count and not what is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.engine import EngineSynapses
from lava_bccn.dynamics.engine_rule import FACTOR_BITS
from lava_bccn.errors import InvalidInputError
from lava_bccn.settings import check_fields, integer
from lava_bccn.validation import plain_array

ENGINE_WEIGHT_BITS = FACTOR_BITS["w"]
"""Of a weight in the engine, with its sign: it holds weights of 8 bits and halves of their step."""

_ENDS = -(2**ENGINE_WEIGHT_BITS) // 2 - 1, 2**ENGINE_WEIGHT_BITS // 2 - 1
"""Of weights and tags, as far as any arithmetic lets them go."""


_TAGS = {"weight": "tag", "feedback": "feedback_tag"}


@dataclass(frozen=True, eq=False)
class EngineState:
    """Weights and tags of one layer in the engine's units.

    Attributes:
        half: tags are fractions of a step of a weight, which is twice this.
        weight: of W, (units, units below + constants); the constants' come last.
        tag: likewise.
        feedback: of a Y that learns, (units, units below); None of one that stays.
        feedback_tag: likewise.

    Raises:
        InvalidInputError: shapes that do not fit each other, or values that no synapse has.
    """

    half: int
    weight: NDArray[np.int16]
    tag: NDArray[np.int16]
    feedback: NDArray[np.int16] | None = None
    feedback_tag: NDArray[np.int16] | None = None

    def __post_init__(self) -> None:
        check_fields(self, half=integer(1, 64))
        for name, array in self.arrays.items():
            plain = plain_array(array, f"engine.{name}")
            if plain.dtype.kind not in "iu" or plain.ndim != 2:
                raise InvalidInputError(f"engine.{name} must be a matrix of integers")
            if plain.size and not _ENDS[0] <= plain.min() <= plain.max() <= _ENDS[1]:
                raise InvalidInputError(
                    f"engine.{name} reaches from {plain.min()} to {plain.max()}, and synapses hold "
                    f"{_ENDS[0]} to {_ENDS[1]}"
                )
            object.__setattr__(self, name, plain.astype(np.int16))
        shapes = {name: array.shape for name, array in self.arrays.items()}
        if any(shapes.get(name) != shapes.get(tag) for name, tag in _TAGS.items()):
            raise InvalidInputError("the engine's tags must have the shapes of their weights")

    @property
    def arrays(self) -> dict[str, NDArray[np.int16]]:
        """Those it has, by name."""
        names = ("weight", "tag", "feedback", "feedback_tag")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def check_fits(self, shape: tuple[int, ...], layer: int) -> None:
        """That it is of a layer with a W of this shape.

        Raises:
            InvalidInputError: it is not.
        """
        units, below = self.weight.shape
        fits = len(shape) == 2 and units == shape[0] and below >= shape[1]
        if not fits or (self.feedback is not None and self.feedback.shape != shape):
            raise InvalidInputError(
                f"what the learning engine has of layer {layer} is not of its weight, {shape}"
            )


def widened(weight: NDArray[Any], weight_bits: int) -> EngineSynapses:
    """Weights as the engine has them, with empty tags.

    Args:
        weight: integers of ``weight_bits`` bits with the sign.
        weight_bits: at most 8.
    """
    places = ENGINE_WEIGHT_BITS - weight_bits
    return EngineSynapses(weight.astype(np.int64) << places, np.zeros(weight.shape, dtype=np.int64))


def nearest(synapses: EngineSynapses, weight_bits: int) -> NDArray[np.int64]:
    """The nearest weights of so many bits, of one magnitude at both ends.

    One in the middle between two goes where its tag points, and to the even one without.
    """
    step = 1 << (ENGINE_WEIGHT_BITS - weight_bits)
    weight, largest = synapses.weight.astype(np.int64), (1 << (weight_bits - 1)) - 1
    lower, rest = np.divmod(weight, step)
    tag = synapses.tag
    goes_up = np.where(tag == 0, lower & 1 == 1, tag > 0)
    up = (2 * rest > step) | ((2 * rest == step) & goes_up)
    return np.clip(lower + up, -largest, largest)


def continued(
    weight: NDArray[Any], kept: EngineSynapses, half: int, kept_half: int, weight_bits: int
) -> EngineSynapses:
    """The engine's synapses for a network's weights: those kept, where they are still its.

    Args:
        weight: integers of ``weight_bits`` bits.
        kept: what the engine had.
        half: of tags from now on.
        kept_half: of the tags that were kept.
        weight_bits: of the network.
    """
    fresh = widened(weight, weight_bits)
    same = nearest(kept, weight_bits) == weight
    tag = kept.tag.astype(np.int64)
    if half != kept_half:
        tag = np.clip(np.rint(tag * half / kept_half).astype(np.int64), -255, 255)
    return EngineSynapses(
        np.where(same, kept.weight.astype(np.int64), fresh.weight), np.where(same, tag, fresh.tag)
    )
