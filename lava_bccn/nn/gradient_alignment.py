"""How the update of any learning rule compares with backprop, from what it leaves in ``.grad``."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor

from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.constants import FLOATING
from lava_bccn.metrics import angle_degrees
from lava_bccn.nn.comparators import ComparatorLayer
from lava_bccn.nn.comparators.backprop import delta_rates
from lava_bccn.nn.loss import burst_loss, error_of
from lava_bccn.nn.models import comparator_layers
from lava_bccn.nn.samples import first_layer_inputs


def gradient_angles(
    model: torch.nn.Sequential, inputs: Tensor, targets: Tensor
) -> list[tuple[float, float]]:
    """Angles, in degrees, of each layer's update to backprop and to feedback alignment.

    Backprop is PyTorch's own gradient of ½‖e − target‖² at the same weights, and feedback alignment
    the same with errors sent down through the model's Y; in float64, since errors deep in a network
    are small.

    Args:
        model: a comparator.
        inputs: (batch, ...), as the model takes them.
        targets: (batch, classes) in [0, 1], negative for no teacher.
    """
    model, inputs, targets = copy.deepcopy(model).double(), inputs.double(), targets.double()
    layers = comparator_layers(model)
    model.zero_grad(set_to_none=True)
    with torch.enable_grad():
        burst_loss(model(inputs), targets).backward()
        below = first_layer_inputs(model, inputs)
        backprop = _backprop(layers, below, targets)
        event_rate, weights = (
            below,
            [layer.weight.detach().clone().requires_grad_() for layer in layers],
        )
        for layer, weight in zip(layers, weights, strict=True):
            event_rate = delta_rates(layer, event_rate, weight)
        burst_loss(event_rate, targets).backward()
    return [
        (
            angle_degrees(layer.weight_gradient(), expected),
            angle_degrees(layer.weight_gradient(), _gradient(weight)),
        )
        for layer, expected, weight in zip(layers, backprop, weights, strict=True)
    ]


def _backprop(
    layers: Sequence[ComparatorLayer], event_rate: Tensor, targets: Tensor
) -> tuple[Tensor, ...]:
    weights = [layer.weight.detach().clone().requires_grad_() for layer in layers]
    for layer, weight in zip(layers, weights, strict=True):
        activation = ACTIVATIONS[layer.activation]
        soma = layer.connection.up(event_rate, weight, layer.bias)
        event_rate = activation.event_rate(soma, FLOATING)
    if activation.is_readout:  # whose errors are those of cross entropy, in v
        error = error_of(event_rate, targets)
        return torch.autograd.grad(soma, weights, grad_outputs=error.detach())
    return torch.autograd.grad(burst_loss(event_rate, targets), weights)


def _gradient(weight: Tensor) -> Tensor:
    return torch.zeros_like(weight) if weight.grad is None else weight.grad
