"""Biases from which event rates start in the middle of their range."""

from __future__ import annotations

import torch
from torch import Tensor

from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.constants import FLOATING
from lava_bccn.nn.geometry import Layer
from lava_bccn.nn.samples import as_inputs
from lava_bccn.nn.wrappers import sequential
from lava_bccn.settings import check, number


@torch.no_grad()
def centre(model: torch.nn.Sequential, inputs: Tensor, readout_rate: float = 0.5) -> None:
    """Set biases so that the mean somatic potential of every unit is that of a wanted event rate.

    Event rates are positive, so the sums of wide layers have a mean that grows with their number:
    without these biases somata start far from 0, and a whole layer is silent or saturated.

    Args:
        model: a network of this package, changed in place; layers without a bias stay as they are.
        inputs: (samples, ...) that the means are taken over; a few hundred are enough. Channels of
            a convolution have one bias, so their mean is over all places.
        readout_rate: of the output, in (0, 1); 1 / classes where one of several classes is taught.
            Hidden layers are centred at 0.5.

    Raises:
        InvalidInputError: a rate outside (0, 1), or inputs that do not fit the model.
    """
    check("readout_rate", readout_rate, number("(0, 1)"))
    modules = list(sequential(model))
    last = [module for module in modules if isinstance(module, Layer)][-1:]
    rates = as_inputs(model, inputs)
    for module in modules:
        if not isinstance(module, Layer):
            rates = module(rates)
            continue
        activation = ACTIVATIONS[getattr(module, "activation", "sigmoid")]
        wanted = readout_rate if module in last else 0.5
        module.check_inputs(rates)
        soma = module.connection.up(rates, module.weight)
        if module.bias is not None:
            others = [axis for axis in range(soma.ndim) if axis != 1]
            module.bias.copy_(activation.potential(wanted) - soma.mean(others))
            interneuron_bias = getattr(module, "interneuron_bias", None)
            if isinstance(interneuron_bias, Tensor):  # of EDN, whose ideal start is the same
                interneuron_bias.copy_(module.bias)
            soma = module.connection.up(rates, module.weight, module.bias)
        rates = activation.event_rate(soma, FLOATING)
