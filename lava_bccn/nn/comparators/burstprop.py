"""Burstprop as layers under the training loop of BurstCCN.

The layer below needs two quantities from above: its burst input g without the teacher, and the
change ĝ − g with it. A gradient has the shape of what it is a gradient of, so hidden layers hand on
their event rates once per phase, (2, batch, units): the same memory seen twice, whose gradient has
room for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.dynamics import burstprop, rate
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.comparators import products
from lava_bccn.nn.comparators.layer import ComparatorLayer, Feedback, sends

PHASES = 2


@dataclass(frozen=True)
class Bursts:
    """What a layer of Burstprop computes in its two phases, all (batch, units).

    Attributes:
        burst_rate: b, without the teacher, in [0, 1].
        change: b̂ − b.
        apical: u, without the teacher; None for the output layer.
        recurrent_rate: r; None for the output layer.
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
        rate.burst_deviation(modulation, event_rate, p_baseline),
    )


def hidden_bursts(feedback: Tensor, event_rate: Tensor, recurrent: Tensor) -> Bursts:
    """Of a hidden layer with R ``recurrent``, from g and ĝ − g stacked, (2, batch, units)."""
    burst_input, burst_input_change = feedback
    sent = burstprop.recurrent_rate(burst_input, event_rate)
    apical = burstprop.apical(burst_input, event_rate, sent @ recurrent.T)
    prob = burstprop.burst_prob(apical)
    change = burstprop.burst_prob_change(prob, burst_input_change, event_rate)
    return Bursts(
        rate.burst_rate(prob, event_rate), rate.burst_rate(change, event_rate), apical, sent
    )


class _BurstpropLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        feedback: Tensor | None,
        recurrent: Tensor | None,
        p_baseline: float,
    ) -> Tensor:
        below = inputs[0] if inputs.ndim == 3 else inputs
        event_rate = rate.event_rate(products.up(below, weight, bias))
        ctx.p_baseline = p_baseline
        ctx.save_for_backward(below, event_rate, feedback, recurrent)
        return event_rate if recurrent is None else event_rate.expand(PHASES, *event_rate.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        below, event_rate, feedback, recurrent = ctx.saved_tensors
        needs_input, needs_weight, needs_bias, _, needs_recurrent, _ = ctx.needs_input_grad
        if recurrent is None:
            bursts = output_bursts(-grad_output, event_rate, ctx.p_baseline)
        else:
            bursts = hidden_bursts(grad_output, event_rate, recurrent)
        grad_input = grad_weight = grad_bias = grad_recurrent = None
        if needs_input:
            both = torch.stack((bursts.burst_rate, bursts.change))
            grad_input = products.down(both, sends(feedback))
        if needs_weight:
            grad_weight = -products.mean_outer(bursts.change, below)
        if needs_bias:
            grad_bias = -bursts.change.mean(0)
        if needs_recurrent and bursts.apical is not None and bursts.recurrent_rate is not None:
            grad_recurrent = -products.mean_outer(bursts.apical, bursts.recurrent_rate)
        return grad_input, grad_weight, grad_bias, None, grad_recurrent, None


class BurstpropLinear(ComparatorLayer):
    """A hidden layer of Burstprop, with a recurrent matrix R onto its own apical dendrites.

    Args:
        p_baseline: of the output layer, in (0, 0.5]; kept by all layers of a network.
        feedback: regime of Y, which this layer sends bursts down through.
        options: of :class:`ComparatorLayer`.

    R starts at 0 and learns to keep the dendrites in their linear range.
    """

    recurrent: Tensor | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        p_baseline: float = 0.2,
        feedback: Feedback | None = "random",
        **options: Any,
    ) -> None:
        super().__init__(in_features, out_features, feedback=feedback, **options)
        if not 0 < p_baseline <= 0.5:
            raise InvalidInputError(f"p_baseline must be in (0, 0.5], not {p_baseline!r}")
        self.p_baseline = p_baseline
        recurrent = None
        if not self.is_readout:
            recurrent = torch.nn.Parameter(self.weight.new_zeros(out_features, out_features))
        self.register_parameter("recurrent", recurrent)

    def description(self) -> dict[str, Any]:
        """As :meth:`ComparatorLayer.description`."""
        return {**super().description(), "p_baseline": self.p_baseline}

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates in [0, 1], once per phase, (2, batch, out_features); of a readout only once.

        ``inputs`` are the rates of a hidden layer, (2, batch, in_features), or those of the first
        layer of a network, (batch, in_features).
        """
        self.check_inputs(inputs, () if inputs.ndim == 2 else (PHASES,))
        feedback = self.feedback_weight
        return _BurstpropLinear.apply(
            inputs,
            self.weight,
            self.bias,
            None if feedback is None else feedback.detach(),
            self.recurrent,
            self.p_baseline,
        )


class BurstpropReadout(BurstpropLinear):
    """The output layer of Burstprop, whose bursts follow the teacher; it has no R."""

    is_readout = True
