"""One batch through a comparator, with what its layers send up and get from above."""

from __future__ import annotations

import torch

from lava_bccn.nn import burst_loss


def observed(model, inputs, target):
    """Event rates of all layers, and the gradient that reached each of them from above."""
    rates, gradients = [], {}
    for index, layer in enumerate(model):
        inputs = layer(inputs)
        inputs.register_hook(lambda gradient, index=index: gradients.update({index: gradient}))
        rates.append(inputs)
    burst_loss(inputs, target).backward()
    return [rate.detach() for rate in rates], [gradients[index] for index in range(len(model))]


def load(layer, **values):
    """Give parameters and buffers of a layer the arrays of a golden file."""
    with torch.no_grad():
        for name, value in values.items():
            getattr(layer, name).copy_(torch.from_numpy(value))
