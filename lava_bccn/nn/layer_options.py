"""The options of burst layers, by their types, and which of them go together."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.learning_rules import Presynaptic
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.options import check_branches
from lava_bccn.nn.connections import Convolution, LinearMap
from lava_bccn.nn.geometry import ConvolutionOptions, LayerOptions
from lava_bccn.nn.homeostasis import Homeostasis
from lava_bccn.settings import NOT_NEGATIVE, check


class BurstOptions(LayerOptions, total=False):
    """The options of :class:`BurstLayer`, by their types."""

    p_baseline: float
    feedback: str | None
    feedback_event: str
    learn_feedback_burst: bool
    learn_feedback_event: bool
    branches: int
    homeostatic_factor: Presynaptic
    forward_noise: float
    feedback_std: float
    activation: str
    feedback_gain: float
    error_scale: float
    activity_shift: float | None
    generator: torch.Generator | None


class BurstConv2dOptions(BurstOptions, ConvolutionOptions, total=False):
    """The options of :class:`BurstConv2d`, by their types."""


def homeostasis_of(
    shape: tuple[int, ...],
    connection: LinearMap,
    branches: int,
    factor: Presynaptic,
    learns: Mapping[str, bool],
) -> Homeostasis:
    """What the homeostatic rules see; refuses options that would change nothing."""
    check_branches(branches, factor, learns)
    if branches > shape[0]:
        raise InvalidInputError(
            f"branches is {branches}, but only {shape[0]} units of the layer send to them; take at "
            f"most {shape[0]}"
        )
    if branches > 1 and isinstance(connection, Convolution) and connection.groups > 1:
        raise InvalidInputError(
            f"branches is {branches}, which a convolution of {connection.groups} groups has no "
            "form of; take branches=1 or groups=1"
        )
    return Homeostasis(branches, factor == "burst_rate")


def shift_of(activation: str, given: float | None) -> float:
    """The tonic event rate of a layer's units."""
    is_softmax = activation == "softmax"
    shift = check("activity_shift", given, NOT_NEGATIVE.or_none())
    if shift and not is_softmax:
        raise InvalidInputError(
            f"activity_shift is for softmax readouts, not for activation {activation!r}; leave it "
            "out"
        )
    return float(is_softmax) if shift is None else shift


def check_dtype(activation: str, dtype: torch.dtype) -> None:
    """Refuse half precision where burst probabilities divide by event rates.

    What is added to those, so that a silent unit is not divided by 0, is 0 in float16.
    """
    kind = ACTIVATIONS[activation]
    if dtype == torch.float16 and (kind.gate is not None or kind.is_readout):
        raise InvalidInputError(
            f"activation {activation!r} divides by event rates, which float16 is too coarse for; "
            "take dtype=torch.bfloat16, or float32"
        )


def check_place(
    layer: str, is_readout: bool, activation: str, feedback_gain: float, error_scale: float
) -> None:
    """Refuse what is of readouts in other layers, and the other way round."""
    kind = ACTIVATIONS[activation]
    if not is_readout and (kind.is_readout or error_scale != 1):
        what = f"activation {activation!r}" if kind.is_readout else "error_scale"
        raise InvalidInputError(f"{what} is for the readout, not for a {layer}")
    if is_readout and (kind.gate is not None or feedback_gain != 1):
        what = "feedback_gain" if kind.gate is None else f"activation {activation!r}"
        raise InvalidInputError(
            f"{what} is for hidden layers; a readout takes error_scale and an activation of its "
            "own (readout_activation of a network), such as 'softmax' or 'sigmoid'"
        )
