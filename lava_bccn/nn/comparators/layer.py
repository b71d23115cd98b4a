"""What the layers of all comparators have in common: W and c, and Y with its regime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.connections import LinearMap
from lava_bccn.nn.geometry import Layer, LayerOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack

Feedback = Literal["random", "symmetric", "tied"]


class ComparatorLayer(Layer):
    """A layer of sigmoid units; subclasses are the learning rules.

    Used as :class:`~lava_bccn.nn.BurstLinear`: a ``torch.nn.Sequential`` of them under
    :func:`~lava_bccn.nn.burst_loss` leaves the negated update, the mean over the batch, in
    ``.grad``.

    Args:
        shape: of W and Y; the first axis are the units, or channels, of this layer.
        connection: how they connect it to the layer below.
        feedback: regime of Y, which this layer sends down through: ``"random"`` and fixed,
            ``"symmetric"`` (starts as W and stays), ``"tied"`` (always W). None: sends nothing (a
            first layer).
        feedback_std: standard deviation of a random Y.
        generator: source of the random start; None is PyTorch's global one. Y is drawn in every
            regime, so one seed gives all rules the W of a BurstCCN with random feedback.
        options: of :class:`Layer`.

    Raises:
        InvalidInputError: a regime that does not exist, a gain or deviation out of range.
    """

    is_readout = False
    _feedback_weight: Tensor | None

    def __init__(
        self,
        shape: tuple[int, ...],
        connection: LinearMap,
        *,
        feedback: Feedback | None = "random",
        feedback_std: float = 0.3,
        generator: torch.Generator | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(shape, connection, generator=generator, **options)
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

    @property
    def sent_feedback(self) -> Tensor | None:
        """Y without its gradient: where it is W, what W learns is not for its role as Y."""
        return None if self.feedback_weight is None else self.feedback_weight.detach()

    def description(self) -> dict[str, Any]:
        """As :meth:`Layer.description`."""
        return {**super().description(), "feedback": self.feedback}

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates in [0, 1], (batch, ...), of inputs (batch, ...)."""
        raise NotImplementedError
