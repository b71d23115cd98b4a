"""The burst-dependent learning rule as PyTorch autograd functions.

What autograd passes from a layer to the one below is the negated apical potential, −u_below (from
the loss to the output layer: event_rate − target). What it leaves in ``.grad`` is the negated
plasticity, averaged over the batch, so that any optimizer applies the learning rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.dynamics import plasticity, rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.constants import Constants, floating_constants
from lava_bccn.dynamics.sigmoid import SIGMOID
from lava_bccn.nn.connections import Couple, Dense, LinearMap, sent_through
from lava_bccn.nn.loss import check_error


@dataclass(frozen=True)
class BurstRule:
    """How one layer bursts. Which of its weights learn is for autograd to know.

    Attributes:
        p_baseline: burst probability without a teacher, in (0, 0.5].
        is_readout: True for the output layer, whose bursts follow the teacher.
        balanced: True if Q is p^b Y by construction; then one product gives the apical potential.
        kolen_pollack: True if Y, where it learns, gets W's own update; else it is homeostatic.
        event_follows: True if Q, where it learns, gets p^b times that; else it is homeostatic.
        activation: of its units.
        connection: how W, Y and Q connect the layer to the one below.
    """

    p_baseline: float
    is_readout: bool
    balanced: bool
    kolen_pollack: bool
    event_follows: bool = False
    activation: Activation = SIGMOID
    connection: LinearMap = Dense()

    @property
    def constants(self) -> Constants:
        """What the equations need to know of the layer."""
        return floating_constants(self.p_baseline)


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
        rule: BurstRule,
    ) -> Tensor:
        # rate.soma with the bias added inside the matrix product. Under autocast only products are
        # in the lower precision: there rates would be too coarse for small deviations.
        potential = rule.connection.up(inputs, weight, bias)
        event_rate = rule.activation.event_rate(potential.to(weight.dtype), rule.constants)
        ctx.rule = rule
        if rule.is_readout and not torch.compiler.is_compiling():
            ctx.word_of_error = []
        ctx.product_dtype = potential.dtype
        ctx.save_for_backward(inputs, weight, event_rate, feedback_burst, feedback_event)
        return event_rate

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        rule: BurstRule = ctx.rule
        below, weight, event_rate, feedback_burst, feedback_event = ctx.saved_tensors
        needs_input, needs_weight, needs_bias, needs_burst, needs_event, *_ = ctx.needs_input_grad
        # Modulation and deviation are odd in the apical potential (and in the error), so the
        # negated one that comes down gives both of them negated, which is what .grad wants.
        if rule.is_readout:
            check_error(ctx, grad_output)
            grad_output = -rule.activation.reachable_error(-grad_output, event_rate)
        modulation = rate.gated_apical(grad_output, event_rate)
        if not rule.is_readout:
            modulation = rule.activation.hidden_modulation(modulation, rule.constants)
        deviation = rate.deviation_of_modulation(modulation, event_rate, rule.p_baseline)

        def factors(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
            return first.to(ctx.product_dtype), second.to(ctx.product_dtype)

        per_sample = 1.0 / event_rate.shape[0]
        mean_deviation = deviation * per_sample
        kolen_pollack = needs_burst and rule.kolen_pollack
        homeostatic_burst = needs_burst and not kolen_pollack
        event_follows = needs_event and rule.event_follows
        homeostatic_event = needs_event and not event_follows
        learns_as_weight = needs_weight or kolen_pollack or event_follows
        homeostatic = homeostatic_event or homeostatic_burst
        changes = []
        grad_weight = grad_bias = grad_burst = grad_event = grad_input = None
        if learns_as_weight:
            changes.append(plasticity.burst_dependent(mean_deviation, below, factors))
        if needs_bias:
            grad_bias = plasticity.burst_dependent_bias(mean_deviation)
        if needs_input or homeostatic:
            above, feedback = factors(deviation, event_rate), (feedback_burst, feedback_event)
            grad_input = _apical_below(rule, above, feedback, below)
        if homeostatic:
            changes.append(plasticity.homeostatic(event_rate * per_sample, grad_input, factors))
        products = iter(rule.connection.outers(changes, weight))
        if learns_as_weight:
            grad_weight = next(products)
            grad_burst = grad_weight.clone() if kolen_pollack else None
            grad_event = rule.p_baseline * grad_weight if event_follows else None
        if homeostatic:
            change = next(products)
            grad_event = change if homeostatic_event else grad_event
            grad_burst = -change if homeostatic_burst else grad_burst
        return (
            grad_input if needs_input else None,
            grad_weight if needs_weight else None,
            grad_bias,
            grad_burst,
            grad_event,
            None,
        )


def _apical_below(
    rule: BurstRule, above: Couple, feedback: tuple[Tensor | None, Tensor], below: Tensor
) -> Tensor:
    """Yᵀ b − Qᵀ e = Yᵀ (b − p^b e) − (Q − p^b Y)ᵀ e, without large sums that cancel.

    Args:
        rule: of the layer that sends.
        above: its deviation b − p^b e and its event rate.
        feedback: its Y and Q.
        below: event rates of the layer that receives, for their shape.
    """
    burst, event = sent_through(feedback[0]), feedback[1]
    if rule.balanced:
        return rule.connection.down(above[0], burst.to(above[0].dtype), below)
    return rule.connection.down_both(
        above,
        (burst, event),
        lambda burst, event: torch.sub(event, burst, alpha=rule.p_baseline),
        below,
    )


def burst_linear(
    inputs: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    feedback_burst: Tensor | None,
    feedback_event: Tensor | None,
    rule: BurstRule,
) -> Tensor:
    """Event rates of a layer; its backward pass is the learning rule.

    Args:
        inputs: event rates below, (batch, in_features) or (batch, channels, height, width).
        weight: W, in the shape that ``rule.connection`` takes.
        bias: c, (units,) or (channels,), or None.
        feedback_burst: Y, shaped as ``weight``; None for a first layer.
        feedback_event: Q, shaped as ``weight``; may be None where ``rule.balanced``.
        rule: the layer's constants.

    Returns:
        Event rates in [0, 1], (batch, out_features) or (batch, channels, height, width).
    """
    return _BurstLayer.apply(inputs, weight, bias, feedback_burst, feedback_event, rule)
