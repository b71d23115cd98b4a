"""Burstprop as layers under the training loop of BurstCCN.

The layer below needs two quantities from above: its burst input g without the teacher, and the
change ĝ − g with it. A gradient has the shape of what it is a gradient of, so hidden layers hand on
their event rates once per phase, (2, batch, units): the same memory seen twice, whose gradient has
room for both. Between convolutional and fully connected layers put ``torch.nn.Flatten(-3)``, which
leaves the phases alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.dynamics import burstprop, rate
from lava_bccn.dynamics.sigmoid import sigmoid
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.comparators.layer import ComparatorLayer
from lava_bccn.nn.connections import Dense, LinearMap, mean_bias, sent_through
from lava_bccn.nn.geometry import Convolutional, FullyConnected
from lava_bccn.settings import check, number

PHASES = 2


@dataclass(frozen=True)
class Bursts:
    """What a layer of Burstprop computes in its two phases, all (batch, units)
    or (batch, channels, height, width).

    Attributes:
        burst_rate: b, without the teacher, in [0, 1].
        change: b̂ − b.
        apical: u, without the teacher; None for the output layer.
        recurrent_rate: r; None without R.
    """

    burst_rate: Tensor
    change: Tensor
    apical: Tensor | None = None
    recurrent_rate: Tensor | None = None


def output_bursts(error: Tensor, event_rate: Tensor, p_baseline: float) -> Bursts:
    """Of the output layer, from ``error`` = target − e (0 without a teacher)."""
    modulation = rate.gated_apical(error, event_rate)
    return Bursts(
        rate.burst_rate(p_baseline, event_rate),
        rate.deviation_of_modulation(modulation, event_rate, p_baseline),
    )


def hidden_bursts(burst_inputs: Tensor, event_rate: Tensor, recurrent: Tensor | None) -> Bursts:
    """Of a hidden layer with R ``recurrent``, from g and ĝ − g stacked, (2, batch, units).

    Without R, u = g h(e).
    """
    burst_input, burst_input_change = burst_inputs
    if recurrent is None:
        sent = None
        apical = rate.gated_apical(burst_input, event_rate)
    else:
        sent = burstprop.recurrent_rate(burst_input, event_rate)
        apical = burstprop.apical(burst_input, event_rate, sent @ recurrent.T)
    prob = burstprop.burst_prob(apical)
    change = burstprop.burst_prob_change(prob, burst_input_change, event_rate)
    return Bursts(
        rate.burst_rate(prob, event_rate), rate.burst_rate(change, event_rate), apical, sent
    )


class _BurstpropLayer(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        below: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        feedback_weight: Tensor | None,
        recurrent: Tensor | None,
        layer: BurstpropLayer,
    ) -> Tensor:
        if layer.leading_axes(below):
            below = below[0]
        event_rate = sigmoid(layer.connection.potential(below, weight, bias))
        ctx.layer = layer
        ctx.save_for_backward(below, weight, event_rate, feedback_weight, recurrent)
        return event_rate if layer.is_readout else event_rate.expand(PHASES, *event_rate.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        layer: BurstpropLayer = ctx.layer
        connection = layer.connection
        below, weight, event_rate, feedback_weight, recurrent = ctx.saved_tensors
        needs_input, needs_weight, needs_bias, _, needs_recurrent, _ = ctx.needs_input_grad
        if layer.is_readout:
            bursts = output_bursts(-grad_output, event_rate, layer.p_baseline)
        else:
            bursts = hidden_bursts(grad_output, event_rate, recurrent)
        grad_input = grad_weight = grad_bias = grad_recurrent = None
        if needs_input:
            # Both phases as one batch; of the layer below only the shape matters.
            both = torch.cat((bursts.burst_rate, bursts.change))
            place = below[:1].expand(len(both), *below.shape[1:])
            down = connection.down(both, sent_through(feedback_weight), place)
            grad_input = down.view(PHASES, *below.shape)
        if needs_weight:
            grad_weight = -connection.mean_outer(bursts.change, below, weight)
        if needs_bias:
            grad_bias = -mean_bias(bursts.change)
        if needs_recurrent and bursts.apical is not None and bursts.recurrent_rate is not None:
            grad_recurrent = -Dense().mean_outer(bursts.apical, bursts.recurrent_rate, recurrent)
        return grad_input, grad_weight, grad_bias, None, grad_recurrent, None


class BurstpropLayer(ComparatorLayer):
    """A hidden layer of Burstprop.

    Where it is fully connected it has a recurrent matrix R onto its own apical dendrites, which
    starts at 0 and learns to keep the dendrites in their linear range. A convolutional layer has
    none, since R is no convolution: there u = g h(e).

    Args:
        shape, connection: as for :class:`ComparatorLayer`.
        p_baseline: of the output layer, in (0, 0.5]; kept by all layers of a network.
        options: of :class:`ComparatorLayer`.
    """

    recurrent: Tensor | None

    def __init__(
        self,
        shape: tuple[int, ...],
        connection: LinearMap,
        *,
        p_baseline: float = 0.2,
        **options: Any,
    ) -> None:
        super().__init__(shape, connection, **options)
        self.p_baseline: float = check("p_baseline", p_baseline, number("(0, 0.5]"))
        recurrent = None
        if not self.is_readout and isinstance(connection, Dense):
            recurrent = torch.nn.Parameter(self.weight.new_zeros(shape[0], shape[0]))
        self.register_parameter("recurrent", recurrent)

    def leading_axes(self, inputs: Tensor) -> int:
        """One, the phases, for rates of a hidden layer; none for the inputs of a network."""
        return int(inputs.ndim % 2)

    def description(self) -> dict[str, Any]:
        """As :meth:`ComparatorLayer.description`."""
        return {**super().description(), "p_baseline": self.p_baseline}

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates in [0, 1], once per phase, (2, batch, ...); of a readout only once.

        ``inputs`` are the rates of a hidden layer, (2, batch, ...), or those of the first layer of
        a network, (batch, ...).
        """
        if self.leading_axes(inputs) and len(inputs) != PHASES:
            raise InvalidInputError(
                f"expected rates of a hidden layer of Burstprop, (2, batch, ...), got "
                f"{tuple(inputs.shape)}; use layers of one rule"
            )
        return _BurstpropLayer.apply(
            inputs, self.weight, self.bias, self.sent_feedback, self.recurrent, self
        )


class BurstpropLinear(FullyConnected, BurstpropLayer):
    """A fully connected hidden layer of Burstprop, with R."""


class BurstpropConv2d(Convolutional, BurstpropLayer):
    """A convolutional layer of Burstprop, without R."""


class BurstpropReadout(BurstpropLinear):
    """The output layer of Burstprop, whose bursts follow the teacher; it has no R."""

    is_readout = True
