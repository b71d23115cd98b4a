"""Error-encoding dendritic networks (EDN) as layers under the training loop of BurstCCN.

What autograd passes down is the negated apical potential −a of the layer below. The interneurons of
a layer have the states and the matrix shapes of the layer above, so that layer holds them, beside
Y: it has both sides of what they learn from, and a first layer has none.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.dynamics import error_dendrites
from lava_bccn.dynamics.sigmoid import sigmoid, sigmoid_change
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.comparators import products
from lava_bccn.nn.comparators.layer import ComparatorLayer, Feedback, sends
from lava_bccn.nn.connections import Connection
from lava_bccn.nn.geometry import FullyConnected


class _DendriticLayer(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        feedback: Tensor | None,
        to_interneuron: Tensor | None,
        interneuron_bias: Tensor | None,
        from_interneuron: Tensor | None,
        nudging: float,
        is_readout: bool,
        connection: Connection,
    ) -> Tensor:
        soma = products.up(connection, inputs, weight, bias)
        event_rate = sigmoid(soma)
        # Of the layer below; here, so that both products round alike under autocast and cancel.
        inter_soma = None
        if to_interneuron is not None:
            inter_soma = products.up(connection, inputs, to_interneuron, interneuron_bias)
        ctx.nudging, ctx.is_readout, ctx.connection = nudging, is_readout, connection
        ctx.save_for_backward(
            inputs, weight, soma, event_rate, feedback, inter_soma, from_interneuron
        )
        return event_rate

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        below, weight, soma, event_rate, feedback, inter_soma, from_interneuron = ctx.saved_tensors
        needs, connection = ctx.needs_input_grad, ctx.connection
        if ctx.is_readout:
            teaching = error_dendrites.target_potential(event_rate - grad_output)
            shift = error_dendrites.somatic_nudge(soma, teaching, ctx.nudging)
            # The loss sends exactly 0 to a unit without a teacher.
            shift = shift * (grad_output != 0)
        else:
            shift = error_dendrites.apical_nudge(-grad_output, ctx.nudging)
        change = sigmoid_change(event_rate, shift)
        grads: list[Tensor | None] = [None] * len(needs)
        if needs[1]:
            grads[1] = -products.mean_outer(connection, change, below, weight)
        if needs[2]:
            grads[2] = -products.mean_bias(change)
        if not needs[0]:
            return tuple(grads)

        feedback = sends(feedback)
        # Interneurons of the layer below follow this layer's somata.
        inter_rate = sigmoid(inter_soma)
        inter_shift = error_dendrites.somatic_nudge(inter_soma, soma + shift, ctx.nudging)
        inter_change = sigmoid_change(inter_rate, inter_shift)
        inter_rate_taught = inter_rate + inter_change
        apical = error_dendrites.apical(
            connection.down((event_rate - inter_rate) + (change - inter_change), feedback, below),
            connection.down(inter_rate_taught, from_interneuron - feedback, below),
        )
        grads[0] = -apical
        if needs[4]:
            below_shift = error_dendrites.apical_nudge(apical, ctx.nudging)
            below_taught = below + sigmoid_change(below, below_shift)
            grads[4] = -products.mean_outer(connection, inter_change, below_taught, weight)
        if needs[5]:
            grads[5] = -products.mean_bias(inter_change)
        if needs[6]:
            grads[6] = -products.mean_outer(connection, inter_rate_taught, apical, weight)
        return tuple(grads)


class DendriticLayer(ComparatorLayer):
    """A hidden layer of an error-encoding dendritic network.

    It holds Y, and P, c^I and N of the interneurons of the layer below, which start ideal (P = W,
    c^I = c, N = Y) and learn; a first layer holds none of them.

    Args:
        shape, connection: as for :class:`ComparatorLayer`.
        nudging: λ, how strongly the teacher, the apical dendrite and the layer above move a
            somatic potential, in (0, 1].
        feedback: regime of Y, which this layer sends its rates down through.
        options: of :class:`ComparatorLayer`.
    """

    to_interneuron: Tensor | None
    interneuron_bias: Tensor | None
    from_interneuron: Tensor | None

    def __init__(
        self,
        shape: tuple[int, ...],
        connection: Connection,
        *,
        nudging: float = 0.1,
        feedback: Feedback | None = "random",
        **options: Any,
    ) -> None:
        super().__init__(shape, connection, feedback=feedback, **options)
        if not 0 < nudging <= 1 or math.isnan(nudging):
            raise InvalidInputError(f"nudging must be in (0, 1], not {nudging!r}")
        self.nudging = nudging
        start = {
            "to_interneuron": self.weight,
            "interneuron_bias": self.bias,
            "from_interneuron": self.feedback_weight,
        }
        for name, value in start.items():
            copied = None
            if feedback is not None and value is not None:
                copied = torch.nn.Parameter(value.detach().clone())
            self.register_parameter(name, copied)

    def description(self) -> dict[str, Any]:
        """As :meth:`ComparatorLayer.description`."""
        return {**super().description(), "nudging": self.nudging}

    def forward(self, inputs: Tensor) -> Tensor:
        """Rates in [0, 1], (batch, out_features), of inputs (batch, in_features)."""
        feedback = self.feedback_weight
        return _DendriticLayer.apply(
            inputs,
            self.weight,
            self.bias,
            None if feedback is None else feedback.detach(),
            self.to_interneuron,
            self.interneuron_bias,
            self.from_interneuron,
            self.nudging,
            self.is_readout,
            self.connection,
        )


class DendriticLinear(FullyConnected, DendriticLayer):
    """A fully connected hidden layer of an EDN."""


class DendriticReadout(DendriticLinear):
    """The output layer of an EDN, which the teacher nudges.

    An error of exactly 0 is taken for no teacher, since that is what the loss sends then.
    """

    is_readout = True
