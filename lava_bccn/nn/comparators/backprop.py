"""Backprop and feedback alignment as layers under the training loop of BurstCCN."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.dynamics import backprop, rate
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.comparators import products
from lava_bccn.nn.comparators.layer import ComparatorLayer, Feedback, sends


class _DeltaLinear(torch.autograd.Function):
    """Forward: e = σ(W x + c). Backward: δ, and Yᵀ δ for the layer below."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor | None, feedback: Tensor | None
    ) -> Tensor:
        event_rate = rate.event_rate(products.up(inputs, weight, bias))
        ctx.save_for_backward(inputs, event_rate, feedback)
        return event_rate

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, error: Tensor) -> tuple[Tensor | None, ...]:
        below, event_rate, feedback = ctx.saved_tensors
        needs_input, needs_weight, needs_bias, _ = ctx.needs_input_grad
        delta = backprop.delta(error, event_rate)
        return (
            products.down(delta, sends(feedback)) if needs_input else None,
            products.mean_outer(delta, below) if needs_weight else None,
            delta.mean(0) if needs_bias else None,
            None,
        )


def delta_linear(
    inputs: Tensor, weight: Tensor, bias: Tensor | None, feedback: Tensor | None
) -> Tensor:
    """Event rates whose backward pass sends δ down through ``feedback``.

    Args:
        inputs: (batch, in_features).
        weight: W, (out_features, in_features).
        bias: c, (out_features,), or None.
        feedback: Y, shaped as ``weight``; W itself for backprop; None for a first layer.

    Returns:
        Event rates in [0, 1], (batch, out_features).
    """
    return _DeltaLinear.apply(inputs, weight, bias, feedback)


class FeedbackAlignmentLinear(ComparatorLayer):
    """A layer that learns by feedback alignment: δ goes down through Y instead of W."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates in [0, 1], (batch, out_features), of inputs (batch, in_features)."""
        self.check_inputs(inputs)
        # Detached where it is W: what W learns is not for its role as Y.
        feedback = self.feedback_weight
        detached = None if feedback is None else feedback.detach()
        return delta_linear(inputs, self.weight, self.bias, detached)


class BackpropLinear(FeedbackAlignmentLinear):
    """A layer that learns by backprop: Y is W."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        feedback: Feedback | None = "tied",
        **options: Any,
    ) -> None:
        if feedback not in (None, "tied"):
            raise InvalidInputError(
                f"backprop sends errors down through W, so feedback must be 'tied' (or None), not "
                f"{feedback!r}; other feedback is feedback alignment"
            )
        super().__init__(in_features, out_features, feedback=feedback, **options)
