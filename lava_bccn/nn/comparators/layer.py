"""What the layers of all comparators have in common: W and c, and Y with its regime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.network.regimes import BURST_REGIMES
from lava_bccn.nn.connections import LinearMap
from lava_bccn.nn.geometry import Layer, LayerOptions
from lava_bccn.nn.model_options import comparator_feedback
from lava_bccn.nn.tied import Y_IS_W, TiedMatrix

if TYPE_CHECKING:
    from typing_extensions import Unpack


class ComparatorLayer(Layer):
    """A layer of units, sigmoid unless it says otherwise; subclasses are the learning rules.

    Used as :class:`~lava_bccn.nn.BurstLinear`: a ``torch.nn.Sequential`` of them under
    :func:`~lava_bccn.nn.burst_loss` leaves the negated update, the mean over the batch, in
    ``.grad``.

    Args:
        shape: of W and Y; the first axis are the units, or channels, of this layer.
        connection: how they connect it to the layer below.
        feedback: regime of Y, which this layer sends down through: ``"random"`` and fixed,
            ``"symmetric"`` (starts as W and stays), ``"tied"`` (always W), or another of
            ``network.regimes.BURST_REGIMES`` without learning. None: sends nothing (a first layer).
        feedback_std: standard deviation of a random Y.
        generator: source of the random start; None is PyTorch's global one. Y is drawn in every
            regime, so one seed gives all rules the W of a BurstCCN with random feedback.
        options: of :class:`Layer`.

    Raises:
        InvalidInputError: a regime that does not exist, a gain or deviation out of range.
    """

    is_readout = False
    activation = "sigmoid"
    _feedback_weight: Tensor | None

    def __init__(
        self,
        shape: tuple[int, ...],
        connection: LinearMap,
        *,
        feedback: str | None = "random",
        feedback_std: float = 0.3,
        generator: torch.Generator | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(shape, connection, generator=generator, **options)
        regime = None if feedback is None else BURST_REGIMES[feedback]
        if regime is not None and regime.name not in comparator_feedback():
            raise InvalidInputError(
                f"feedback of a {type(self).__name__} must be one of "
                f"{', '.join(comparator_feedback())}, not {feedback!r}"
            )
        self.feedback = feedback
        stored: Tensor | None = None
        if regime is not None:
            drawn, weight = self.random_like_weight(feedback_std, generator), self.weight.detach()
            stored = None if regime.follows == "reference" else regime.start(weight, lambda: drawn)
            stored = weight.clone() if stored is weight else stored
        self.register_buffer("_feedback_weight", stored)

    @property
    def feedback_weight(self) -> Tensor | None:
        """Y, shaped as W; None without feedback. Where tied it is W, and cannot be written into."""
        if self._feedback_weight is None and self.feedback is not None:
            return TiedMatrix.of(self.weight, Y_IS_W.format(self.feedback))
        return self._feedback_weight

    @property
    def sent_feedback(self) -> Tensor | None:
        """Y without its gradient: where it is W, what W learns is not for its role as Y."""
        if self.feedback is None:
            return None
        return self.weight.detach() if self._feedback_weight is None else self._feedback_weight

    def weight_gradient(self) -> Tensor:
        """Minus the plasticity of W, as the last backward pass left it."""
        gradient = self.weight.grad
        return torch.zeros_like(self.weight) if gradient is None else gradient

    def decayed(self) -> list[Tensor]:
        """What weight decay is for."""
        return [self.weight]

    def plain_steps(self) -> list[Tensor]:
        """What learns in plain steps, at the feedback rate."""
        return []

    def description(self) -> dict[str, Any]:
        """As :meth:`Layer.description`."""
        return {**super().description(), "feedback": self.feedback}

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates in [0, 1], (batch, ...), of inputs (batch, ...)."""
        raise NotImplementedError
