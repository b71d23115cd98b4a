"""A step of training laid out as the published code lays it out, to time against.

From its description and results, for the time that the layout takes (neuralml/BurstCCN at 694a618):
layers keep what they saw in attributes; Q and Y are matrices of their own with the layer that
receives; on the way down every layer calculates its update by bursts, by backprop and by feedback
alignment; a hand-written Adam makes new tensors of all updates; a tied Q is copied from Y after
each; and the loss and the number of correct answers are read out of every batch.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

P_BASELINE = 0.5
BETAS = (0.9, 0.999)
EPSILON = 1e-8


class Layer:
    """One layer: its weights, and the Y and Q that come to it from the layer above."""

    def __init__(self, below: int, units: int, above: int | None) -> None:
        self.weight = torch.nn.init.xavier_normal_(torch.empty(units, below))
        self.bias = torch.zeros(units)
        if above is not None:
            self.feedback_burst = torch.randn(above, units) * 0.3
            self.feedback_event = P_BASELINE * self.feedback_burst

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates."""
        self.inputs = inputs
        self.event_rate = torch.sigmoid(torch.nn.functional.linear(inputs, self.weight, self.bias))
        return self.event_rate

    def teach(self, target: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The way down of the output layer; returns what goes to the layer below."""
        error = target - self.event_rate
        self.burst_prob = P_BASELINE * (error * (1 - self.event_rate) + 1)
        backprop = -(target - self.event_rate) * self.event_rate * (1 - self.event_rate)
        alignment = -(target - self.event_rate) * self.event_rate * (1 - self.event_rate)
        return self._updates(backprop, alignment)

    def receive(
        self,
        burst_rate: Tensor,
        event_rate: Tensor,
        backprop: Tensor,
        alignment: Tensor,
        learns: bool,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The way down of a hidden layer; returns what goes to the layer below."""
        apical = burst_rate.mm(self.feedback_burst) - event_rate.mm(self.feedback_event)
        self.burst_prob = torch.sigmoid(4.0 * apical * (1 - self.event_rate))
        backprop = backprop * self.event_rate * (1 - self.event_rate)
        alignment = alignment.mm(self.feedback_burst) * self.event_rate * (1 - self.event_rate)
        if learns:
            self.feedback_change = -event_rate.transpose(0, 1).mm(apical) / len(apical)
        return self._updates(backprop, alignment)

    def _updates(
        self, backprop: Tensor, alignment: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        rest, bursts = P_BASELINE * self.event_rate, self.burst_prob * self.event_rate
        self.changes, self.biases = [], []
        for delta in (-(bursts - rest), backprop, alignment):
            self.changes.append(delta.transpose(0, 1).mm(self.inputs) / len(delta))
            self.biases.append(torch.sum(delta, dim=0) / len(delta))
        return bursts, self.event_rate, backprop.mm(self.weight), alignment


class PublishedStructure:
    """A network that trains in that layout, with random Y and Q tied to it or learning.

    Args:
        sizes: units from the input to the output.
        learning_rate: of the weights.
        feedback_rate: of Q; 0 ties it.
    """

    def __init__(
        self, sizes: Sequence[int], learning_rate: float, feedback_rate: float = 0.0
    ) -> None:
        above = [*sizes[2:], None]
        self.layers = [
            Layer(*pair, units) for pair, units in zip(pairwise(sizes), above, strict=True)
        ]
        self.learning_rate, self.feedback_rate, self.steps = learning_rate, feedback_rate, 0
        arrays = [array for layer in self.layers for array in (layer.weight, layer.bias)]
        self.means = [torch.zeros_like(array) for array in arrays]
        self.squares = [torch.zeros_like(array) for array in arrays]

    def step(self, inputs: Tensor, labels: Tensor) -> tuple[float, int]:
        """One update; returns the loss and how many answers were right."""
        target = torch.nn.functional.one_hot(labels, num_classes=10).float()
        rates = inputs.flatten(1)
        for layer in self.layers:
            rates = layer.forward(rates)
        sent = self.layers[-1].teach(target)
        for layer in self.layers[-2::-1]:
            sent = layer.receive(*sent, learns=self.feedback_rate > 0)
        loss = torch.nn.functional.mse_loss(rates, target).item()
        self._update()
        return loss, int(rates.max(1)[1].eq(labels).sum().item())

    def _update(self) -> None:
        changes = [each for layer in self.layers for each in (layer.changes[0], layer.biases[0])]
        for mean, square, change in zip(self.means, self.squares, changes, strict=True):
            mean.mul_(BETAS[0]).add_(change, alpha=1 - BETAS[0])
            square.mul_(BETAS[1]).addcmul_(change, change, value=1 - BETAS[1])
        self.steps += 1
        corrections = [1 - beta**self.steps for beta in BETAS]
        updates = []
        for mean, square in zip(self.means, self.squares, strict=True):
            denominator = (square.sqrt() / math.sqrt(corrections[1])).add_(EPSILON)
            updates.append(-(self.learning_rate / corrections[0]) * mean / denominator)
        for index, layer in enumerate(self.layers):
            layer.weight += updates[2 * index] - 0.0 * layer.weight
            layer.bias += updates[2 * index + 1] - 0.0 * layer.bias
            if layer is not self.layers[-1]:
                if self.feedback_rate > 0:
                    layer.feedback_event += -self.feedback_rate * layer.feedback_change
                else:
                    layer.feedback_event = P_BASELINE * copy.deepcopy(layer.feedback_burst)
