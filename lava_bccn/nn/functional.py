"""The burst-dependent learning rule of a layer, and as a PyTorch autograd function.

What autograd passes from a layer to the one below is the negated apical potential, −u_below (from
the loss to the output layer: event_rate − target). What it leaves in ``.grad`` is the negated
plasticity, averaged over the batch, so that any optimizer applies the learning rule.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.nn.bursts import BurstRule, Needs, Sent, burst_deviation, events, plastic_changes
from lava_bccn.nn.loss import check_error


class _BurstLayer(torch.autograd.Function):
    """Forward: e = f(W x + c). Backward: bursts, plasticity and the apical potential below."""

    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        feedback_burst: Tensor | None,
        feedback_event: Tensor | None,
        shown: Tensor | None,
        rule: BurstRule,
    ) -> Tensor:
        seen = inputs if shown is None else shown
        event_rate, soma, ctx.product_dtype = events(seen, weight, bias, rule)
        ctx.rule = rule
        if rule.is_readout and not torch.compiler.is_compiling():
            ctx.word_of_error = []
        kept = (inputs, weight, event_rate, soma, feedback_burst, feedback_event, shown)
        ctx.save_for_backward(*kept)
        return event_rate

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        rule: BurstRule = ctx.rule
        if rule.is_readout:
            check_error(ctx, grad_output)
        below, weight, event_rate, soma, burst, event, shown = ctx.saved_tensors
        seen = below if shown is None else shown
        sent = Sent(below, weight, event_rate, soma, burst, event, ctx.product_dtype, seen)
        deviation = burst_deviation(rule, grad_output, sent.event_rate, sent.soma)
        needs = Needs(*ctx.needs_input_grad[:5])
        apical_below, changes = plastic_changes(rule, sent, deviation, needs)
        return apical_below, *changes, None, None


def burst_linear(
    inputs: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    feedback_burst: Tensor | None,
    feedback_event: Tensor | None,
    rule: BurstRule,
    shown: Tensor | None = None,
) -> Tensor:
    """Event rates of a layer; its backward pass is the learning rule.

    Args:
        inputs: event rates below, (batch, in_features) or (batch, channels, height, width).
        weight: W, in the shape that ``rule.connection`` takes.
        bias: c, (units,) or (channels,), or None.
        feedback_burst: Y, shaped as ``weight``; None for a first layer.
        feedback_event: Q, shaped as ``weight``; may be None where ``rule.balanced``.
        rule: the layer's constants.
        shown: what W sees of the inputs, where it is not the same: with noise.

    Returns:
        Event rates in [0, 1], (batch, out_features) or (batch, channels, height, width).
    """
    return _BurstLayer.apply(inputs, weight, bias, feedback_burst, feedback_event, shown, rule)
