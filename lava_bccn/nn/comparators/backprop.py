"""Backprop and feedback alignment as layers under the training loop of BurstCCN."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.dynamics import backprop
from lava_bccn.dynamics.sigmoid import sigmoid
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.comparators import products
from lava_bccn.nn.comparators.layer import ComparatorLayer, Feedback, sends
from lava_bccn.nn.connections import Connection
from lava_bccn.nn.geometry import Convolutional, FullyConnected


class _DeltaLayer(torch.autograd.Function):
    """Forward: e = σ(W x + c). Backward: δ, and Yᵀ δ for the layer below."""

    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        feedback: Tensor | None,
        connection: Connection,
    ) -> Tensor:
        event_rate = sigmoid(products.up(connection, inputs, weight, bias))
        ctx.connection = connection
        ctx.save_for_backward(inputs, weight, event_rate, feedback)
        return event_rate

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, error: Tensor) -> tuple[Tensor | None, ...]:
        connection: Connection = ctx.connection
        below, weight, event_rate, feedback = ctx.saved_tensors
        needs_input, needs_weight, needs_bias, *_ = ctx.needs_input_grad
        delta = backprop.delta(error, event_rate)
        return (
            connection.down(delta, sends(feedback), below) if needs_input else None,
            products.mean_outer(connection, delta, below, weight) if needs_weight else None,
            products.mean_bias(delta) if needs_bias else None,
            None,
            None,
        )


def delta_layer(
    inputs: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    feedback: Tensor | None,
    connection: Connection,
) -> Tensor:
    """Event rates whose backward pass sends δ down through ``feedback``.

    Args:
        inputs: (batch, in_features) or (batch, channels, height, width).
        weight: W, in the shape that ``connection`` takes.
        bias: c, (units,) or (channels,), or None.
        feedback: Y, shaped as ``weight``; W itself for backprop; None for a first layer.
        connection: how W and Y connect the layer to the one below.

    Returns:
        Event rates in [0, 1], (batch, out_features) or (batch, channels, height, width).
    """
    return _DeltaLayer.apply(inputs, weight, bias, feedback, connection)


class FeedbackAlignmentLayer(ComparatorLayer):
    """A layer that learns by feedback alignment: δ goes down through Y instead of W."""

    def forward(self, inputs: Tensor) -> Tensor:
        """As :meth:`ComparatorLayer.forward`."""
        # Detached where it is W: what W learns is not for its role as Y.
        feedback = self.feedback_weight
        detached = None if feedback is None else feedback.detach()
        return delta_layer(inputs, self.weight, self.bias, detached, self.connection)


class FeedbackAlignmentLinear(FullyConnected, FeedbackAlignmentLayer):
    """Feedback alignment, fully connected."""


class FeedbackAlignmentConv2d(Convolutional, FeedbackAlignmentLayer):
    """Feedback alignment in a convolution: δ goes down through the kernels Y."""


class BackpropLayer(FeedbackAlignmentLayer):
    """A layer that learns by backprop: Y is W."""

    def __init__(self, *sizes: Any, feedback: Feedback | None = "tied", **options: Any) -> None:
        if feedback not in (None, "tied"):
            raise InvalidInputError(
                f"backprop sends errors down through W, so feedback must be 'tied' (or None), not "
                f"{feedback!r}; other feedback is feedback alignment"
            )
        super().__init__(*sizes, feedback=feedback, **options)


class BackpropLinear(BackpropLayer, FeedbackAlignmentLinear):
    """Backprop, fully connected."""


class BackpropConv2d(BackpropLayer, FeedbackAlignmentConv2d):
    """Backprop in a convolution."""
