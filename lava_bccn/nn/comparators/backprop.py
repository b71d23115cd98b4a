"""Backprop and feedback alignment as layers under the training loop of BurstCCN."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.constants import FLOATING
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.comparators.layer import ComparatorLayer
from lava_bccn.nn.connections import LinearMap, mean_bias, sent_through
from lava_bccn.nn.geometry import Convolutional, FullyConnected
from lava_bccn.settings import one_of


class _DeltaLayer(torch.autograd.Function):
    """Forward: e = f(W x + c). Backward: δ, and Yᵀ δ for the layer below."""

    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        feedback_weight: Tensor | None,
        connection: LinearMap,
        activation: Activation,
    ) -> Tensor:
        soma = connection.potential(inputs, weight, bias)
        event_rate = activation.event_rate(soma, FLOATING)
        ctx.connection, ctx.activation = connection, activation
        read = event_rate if activation.is_elementwise else soma
        ctx.save_for_backward(inputs, weight, event_rate, read, feedback_weight)
        return event_rate

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, error: Tensor) -> tuple[Tensor | None, ...]:
        connection: LinearMap = ctx.connection
        below, weight, event_rate, soma, feedback_weight = ctx.saved_tensors
        needs_input, needs_weight, needs_bias, *_ = ctx.needs_input_grad
        delta = ctx.activation.backprop(error, event_rate, soma)
        return (
            connection.down(delta, sent_through(feedback_weight), below) if needs_input else None,
            connection.mean_outer(delta, below, weight) if needs_weight else None,
            mean_bias(delta) if needs_bias else None,
            None,
            None,
            None,
        )


def delta_rates(layer: ComparatorLayer, inputs: Tensor, weight: Tensor) -> Tensor:
    """Event rates of a layer whose backward pass sends δ down through its Y, whatever its rule.

    Args:
        layer: with its bias, Y and connection.
        inputs: (batch, in_features) or (batch, channels, height, width).
        weight: W, the layer's own or one to learn in its place.

    Returns:
        Event rates, (batch, out_features) or (batch, channels, height, width).
    """
    activation = ACTIVATIONS[layer.activation]
    return _DeltaLayer.apply(
        inputs, weight, layer.bias, layer.sent_feedback, layer.connection, activation
    )


class FeedbackAlignmentLayer(ComparatorLayer):
    """A layer that learns by feedback alignment: δ goes down through Y instead of W.

    Args:
        shape, connection, options: as of :class:`ComparatorLayer`.
        activation: a name in ``dynamics.activations.ACTIVATIONS``; ``"softmax"`` is for the last
            layer, under :func:`~lava_bccn.nn.burst_cross_entropy`.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        connection: LinearMap,
        *,
        activation: str = "sigmoid",
        **options: Any,
    ) -> None:
        super().__init__(shape, connection, **options)
        self.activation = ACTIVATIONS[activation].name

    def description(self) -> dict[str, Any]:
        """As :meth:`Layer.description`."""
        return {**super().description(), "activation": self.activation}

    def forward(self, inputs: Tensor) -> Tensor:
        """As :meth:`ComparatorLayer.forward`."""
        return delta_rates(self, inputs, self.weight)


class FeedbackAlignmentLinear(FullyConnected, FeedbackAlignmentLayer):
    """Feedback alignment, fully connected."""


class FeedbackAlignmentConv2d(Convolutional, FeedbackAlignmentLayer):
    """Feedback alignment in a convolution: δ goes down through the kernels Y."""


class BackpropLayer(FeedbackAlignmentLayer):
    """A layer that learns by backprop: Y is W."""

    def __init__(
        self,
        shape: tuple[int, ...],
        connection: LinearMap,
        *,
        feedback: str | None = "tied",
        **options: Any,
    ) -> None:
        if not one_of("tied").or_none().allows(feedback):
            raise InvalidInputError(
                f"backprop sends errors down through W, so feedback must be 'tied' (or None), not "
                f"{feedback!r}; other feedback is feedback alignment"
            )
        super().__init__(shape, connection, feedback=feedback, **options)


class BackpropLinear(FullyConnected, BackpropLayer):
    """Backprop, fully connected."""


class BackpropConv2d(Convolutional, BackpropLayer):
    """Backprop in a convolution."""
