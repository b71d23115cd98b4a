"""What the layers of all comparators have in common: W and c, and Y with its regime."""

from __future__ import annotations

from typing import Any, Literal, get_args

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.connections import Connection
from lava_bccn.nn.geometry import Layer

Feedback = Literal["random", "symmetric", "tied"]


class ComparatorLayer(Layer):
    """A layer of sigmoid units; subclasses are the learning rules.

    Used as :class:`~lava_bccn.nn.BurstLinear`: a ``torch.nn.Sequential`` of them under
    :func:`~lava_bccn.nn.burst_loss` leaves the negated update, the mean over the batch, in
    ``.grad``.

    Args:
        shape: of W and Y; the first axis are the units, or channels, of this layer.
        connection: how they connect it to the layer below.
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
    _feedback_weight: Tensor | None

    def __init__(
        self,
        shape: tuple[int, ...],
        connection: Connection,
        *,
        bias: bool = True,
        feedback: Feedback | None = "random",
        gain: float = 1.0,
        feedback_std: float = 0.3,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            shape, connection, bias=bias, gain=gain, generator=generator, device=device, dtype=dtype
        )
        if feedback is not None and feedback not in get_args(Feedback):
            raise InvalidInputError(
                f"feedback of a {type(self).__name__} must be one of {get_args(Feedback)}, not "
                f"{feedback!r}"
            )
        self.feedback = feedback
        stored: Tensor | None = None
        if feedback is not None:
            stored = self.random_like_weight(feedback_std, generator)
        if feedback == "symmetric":
            stored = self.weight.detach().clone()
        self.register_buffer("_feedback_weight", None if feedback == "tied" else stored)

    @property
    def feedback_weight(self) -> Tensor | None:
        """Y, shaped as W; W itself where tied; None without feedback."""
        return self.weight if self.feedback == "tied" else self._feedback_weight

    def description(self) -> dict[str, Any]:
        """As :meth:`Layer.description`."""
        return {**super().description(), "feedback": self.feedback}

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates in [0, 1], (batch, ...), of inputs (batch, ...)."""
        raise NotImplementedError


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
