"""What the layers of all comparators have in common: W and c, and Y with its regime."""

from __future__ import annotations

import math
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError

Feedback = Literal["random", "symmetric", "tied"]


class ComparatorLayer(torch.nn.Module):
    """A fully connected layer of sigmoid units; subclasses are the learning rules.

    Used as :class:`~lava_bccn.nn.BurstLinear`: a ``torch.nn.Sequential`` of them under
    :func:`~lava_bccn.nn.burst_loss` leaves the negated update, the mean over the batch, in
    ``.grad``.

    Args:
        in_features, out_features: units below, units of this layer.
        bias: learn a bias.
        feedback: regime of Y, which this layer sends down through: ``"random"`` and fixed,
            ``"symmetric"`` (starts as W and stays), ``"tied"`` (always W). None: sends nothing (a
            first layer).
        gain: of the Xavier-normal start of W.
        feedback_std: standard deviation of a random Y.
        generator: source of the random start; None is PyTorch's global one. Y is drawn in every
            regime, so one seed gives all rules the W of a BurstCCN with random feedback.
        device, dtype: as in ``torch.nn.Linear``.

    Raises:
        InvalidInputError: a regime that does not exist, a gain or deviation out of range.
    """

    is_readout = False
    bias: Tensor | None
    _feedback_weight: Tensor | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
        feedback: Feedback | None = "random",
        gain: float = 1.0,
        feedback_std: float = 0.3,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if feedback is not None and feedback not in get_args(Feedback):
            raise InvalidInputError(
                f"feedback of a {type(self).__name__} must be one of {get_args(Feedback)}, not "
                f"{feedback!r}"
            )
        if not 0 < gain < math.inf or not 0 <= feedback_std < math.inf:
            raise InvalidInputError(
                f"gain must be positive and feedback_std 0 or more, both finite; got {gain!r} and "
                f"{feedback_std!r}"
            )
        self.in_features = in_features
        self.out_features = out_features
        self.feedback = feedback
        factory: dict[str, Any] = {"device": device, "dtype": dtype}
        shape = (out_features, in_features)
        self.weight = torch.nn.Parameter(torch.empty(shape, **factory))
        torch.nn.init.xavier_normal_(self.weight, gain=gain, generator=generator)
        self.register_parameter(
            "bias", torch.nn.Parameter(torch.zeros(out_features, **factory)) if bias else None
        )
        stored: Tensor | None = None
        if feedback is not None:
            stored = torch.empty(shape, **factory).normal_(0, feedback_std, generator=generator)
        if feedback == "symmetric":
            stored = self.weight.detach().clone()
        self.register_buffer("_feedback_weight", None if feedback == "tied" else stored)

    @property
    def feedback_weight(self) -> Tensor | None:
        """Y, shape (out_features, in_features); W itself where tied; None without feedback."""
        return self.weight if self.feedback == "tied" else self._feedback_weight

    def description(self) -> dict[str, Any]:
        """Arguments that build a layer of this kind again, as plain data."""
        return {
            "in_features": self.in_features,
            "out_features": self.out_features,
            "bias": self.bias is not None,
            "feedback": self.feedback,
        }

    def extra_repr(self) -> str:
        """What ``print`` shows."""
        return ", ".join(f"{name}={value!r}" for name, value in self.description().items())

    def check_inputs(self, inputs: Tensor, leading: tuple[int, ...] = ()) -> None:
        """Refuse inputs that are not (*leading, batch, in_features)."""
        if inputs.ndim != 2 + len(leading) or inputs.shape[-1] != self.in_features:
            expected = ", ".join((*map(str, leading), "batch", str(self.in_features)))
            raise InvalidInputError(
                f"expected inputs of shape ({expected}), got {tuple(inputs.shape)}; put "
                "torch.nn.Flatten() before the first layer for images, and use layers of one rule"
            )


def sends(feedback: Tensor | None) -> Tensor:
    """Y of a layer that has one below that learns.

    Raises:
        InvalidInputError: it was built for a first layer.
    """
    if feedback is None:
        raise InvalidInputError(
            "this layer was built with feedback=None, for the first layer of a network, but the "
            "layer below it learns; give it a feedback regime"
        )
    return feedback
