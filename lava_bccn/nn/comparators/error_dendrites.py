"""Error-encoding dendritic networks (EDN) as layers under the training loop of BurstCCN.

What autograd passes down is the negated apical potential −a of the layer below. The interneurons of
a layer have the states and the matrix shapes of the layer above, so that layer holds them, beside
Y: it has both sides of what they learn from, and a first layer has none.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.dynamics import error_dendrites
from lava_bccn.dynamics.sigmoid import sigmoid, sigmoid_change
from lava_bccn.nn.comparators.layer import ComparatorLayer
from lava_bccn.nn.connections import LinearMap, mean_bias, sent_through
from lava_bccn.nn.geometry import FullyConnected
from lava_bccn.settings import check, number


class _DendriticLayer(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        feedback_weight: Tensor | None,
        to_interneuron: Tensor | None,
        interneuron_bias: Tensor | None,
        from_interneuron: Tensor | None,
        layer: DendriticLayer,
    ) -> Tensor:
        connection = layer.connection
        soma = connection.potential(inputs, weight, bias)
        event_rate = sigmoid(soma)
        # Of the layer below; here, so that both products round alike under autocast and cancel.
        inter_soma = None
        if to_interneuron is not None:
            inter_soma = connection.potential(inputs, to_interneuron, interneuron_bias)
        ctx.layer = layer
        ctx.save_for_backward(
            inputs, weight, soma, event_rate, feedback_weight, inter_soma, from_interneuron
        )
        return event_rate

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        below, weight, soma, event_rate, feedback_weight, inter_soma, from_interneuron = (
            ctx.saved_tensors
        )
        layer: DendriticLayer = ctx.layer
        needs, connection, nudging = ctx.needs_input_grad, layer.connection, layer.nudging
        if layer.is_readout:
            teaching = error_dendrites.target_potential(event_rate - grad_output)
            shift = error_dendrites.somatic_nudge(soma, teaching, nudging)
            # The loss sends exactly 0 to a unit without a teacher.
            shift = shift * (grad_output != 0)
        else:
            shift = error_dendrites.apical_nudge(-grad_output, nudging)
        change = sigmoid_change(event_rate, shift)
        grads: list[Tensor | None] = [None] * len(needs)
        if needs[1]:
            grads[1] = -connection.mean_outer(change, below, weight)
        if needs[2]:
            grads[2] = -mean_bias(change)
        if not needs[0]:
            return tuple(grads)

        feedback_weight = sent_through(feedback_weight)
        # Interneurons of the layer below follow this layer's somata.
        inter_rate = sigmoid(inter_soma)
        inter_shift = error_dendrites.somatic_nudge(inter_soma, soma + shift, nudging)
        inter_change = sigmoid_change(inter_rate, inter_shift)
        inter_rate_taught = inter_rate + inter_change
        differences = (event_rate - inter_rate) + (change - inter_change)
        apical = error_dendrites.apical(
            connection.down(differences, feedback_weight, below),
            connection.down(inter_rate_taught, from_interneuron - feedback_weight, below),
        )
        grads[0] = -apical
        if needs[4]:
            below_shift = error_dendrites.apical_nudge(apical, nudging)
            below_taught = below + sigmoid_change(below, below_shift)
            grads[4] = -connection.mean_outer(inter_change, below_taught, weight)
        if needs[5]:
            grads[5] = -mean_bias(inter_change)
        if needs[6]:
            grads[6] = -connection.mean_outer(inter_rate_taught, apical, weight)
        return tuple(grads)


class DendriticLayer(ComparatorLayer):
    """A hidden layer of an error-encoding dendritic network.

    It holds Y, and P, c^I and N of the interneurons of the layer below, which start ideal (P = W,
    c^I = c, N = Y) and learn; a first layer holds none of them.

    Args:
        shape, connection: as for :class:`ComparatorLayer`.
        nudging: λ, how strongly the teacher, the apical dendrite and the layer above move a
            somatic potential, in (0, 1].
        options: of :class:`ComparatorLayer`.
    """

    to_interneuron: Tensor | None
    interneuron_bias: Tensor | None
    from_interneuron: Tensor | None

    def __init__(
        self,
        shape: tuple[int, ...],
        connection: LinearMap,
        *,
        nudging: float = 0.1,
        **options: Any,
    ) -> None:
        super().__init__(shape, connection, **options)
        self.nudging: float = check("nudging", nudging, number("(0, 1]"))
        start = {
            "to_interneuron": self.weight,
            "interneuron_bias": self.bias,
            "from_interneuron": self.feedback_weight,
        }
        for name, value in start.items():
            copied = None
            if self.feedback is not None and value is not None:
                copied = torch.nn.Parameter(value.detach().clone())
            self.register_parameter(name, copied)

    def description(self) -> dict[str, Any]:
        """As :meth:`ComparatorLayer.description`."""
        return {**super().description(), "nudging": self.nudging}

    def forward(self, inputs: Tensor) -> Tensor:
        """Rates in [0, 1], (batch, out_features), of inputs (batch, in_features)."""
        return _DendriticLayer.apply(
            inputs,
            self.weight,
            self.bias,
            self.sent_feedback,
            self.to_interneuron,
            self.interneuron_bias,
            self.from_interneuron,
            self,
        )


class DendriticLinear(FullyConnected, DendriticLayer):
    """A fully connected hidden layer of an EDN."""


class DendriticReadout(DendriticLinear):
    """The output layer of an EDN, which the teacher nudges.

    An error of exactly 0 is taken for no teacher, since that is what the loss sends then.
    """

    is_readout = True
