"""A mapped network as a module of PyTorch, whatever its layers are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lava_bccn.dynamics.constants import FLOATING
from lava_bccn.errors import MappingError
from lava_bccn.mapping.rounding import ROUNDING
from lava_bccn.mapping.torch.graph.kernels import convolve
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork


class FloatNetwork(torch.nn.Module):
    """A network in floating point as a module, to train by backprop or to examine.

    Takes event rates in [0, 1], (samples, …), and gives the model's outputs, (samples, outputs), as
    ``RunResult.outputs`` does. ``from_torch`` maps it again to what it came from.

    Args:
        network: with ``precision="float"``.
        dtype: of the parameters.
    """

    def __init__(self, network: MappedNetwork, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.network = network
        self.weights = torch.nn.ParameterList()
        self.biases = torch.nn.ParameterList()
        for index in range(len(network.layers)):
            weight, bias = real_values(network, index)
            self.weights.append(torch.nn.Parameter(torch.from_numpy(weight).to(dtype)))
            self.biases.append(torch.nn.Parameter(torch.from_numpy(bias).to(dtype)))

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs of event rates in [0, 1], (samples, …)."""
        rates = self.rates_of(inputs.flatten(1).to(self.weights[0].dtype))
        for index in range(len(self.network.layers)):
            rates = self.layer(index, rates)
        output = self.network.output
        return rates if output is None else output.scale * rates + output.offset

    def rates_of(self, inputs: Tensor) -> Tensor:
        """The event rates of the input layer."""
        return inputs

    def layer(self, index: int, rates: Tensor) -> Tensor:
        """Event rates of layer ``index`` (0-based) from those below."""
        soma = sums(self.network.layers[index], self.weights[index], rates) + self.biases[index]
        event_rate: Tensor = self.network.activation_of(index).event_rate(soma, FLOATING)
        return event_rate

    def mapped(self) -> MappedNetwork:
        """The network with the parameters as they are now; its feedback stays as it was."""
        return self._with(
            [each.detach().cpu().numpy() for each in self.weights],
            [each.detach().cpu().numpy() for each in self.biases],
        )

    def _with(self, weights: list[NDArray[Any]], biases: list[NDArray[Any]]) -> MappedNetwork:
        """The network with other arrays."""
        layers = tuple(
            replace(
                layer,
                weight=weight.astype(layer.weight.dtype),
                bias=bias.astype(layer.bias.dtype),
            )
            for layer, weight, bias in zip(self.network.layers, weights, biases, strict=True)
        )
        same = all(
            np.array_equal(after.weight, layer.weight) and np.array_equal(after.bias, layer.bias)
            for after, layer in zip(layers, self.network.layers, strict=True)
        )
        # What rounding cost is known of the network that was mapped, and not of what trained on.
        stale = () if same else (ROUNDING,)
        metadata = {k: v for k, v in self.network.metadata.items() if k not in stale}
        return replace(self.network, layers=layers, metadata=metadata)


def mapped_again(
    module: FloatNetwork, options: Mapping[str, Any], notes: Mapping[str, Any]
) -> MappedNetwork:
    """The network in integers of a module that has some.

    Args:
        module: of a network in fixed point.
        options: of ``from_torch``, as far as they were chosen.
        notes: for its metadata.

    Raises:
        MappingError: an option that contradicts the integers.
    """
    network = module.mapped()
    own = {
        "precision": network.precision,
        "p_baseline": network.p_baseline,
        "output": None if network.output is None else network.output.kind,
        **vars(network.number_format),
    }
    for name, value in options.items():
        if name not in own or own[name] != value:
            raise MappingError(
                f"{name}={value!r} cannot be chosen for an {type(module).__name__}: it is in "
                "integers already and comes back with its own; leave it out, or map the model "
                "that it was made from"
            )
    return replace(network, metadata={**network.metadata, **notes})


def real_values(
    network: MappedNetwork, index: int
) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """Weight and bias of layer ``index`` (0-based) in real numbers; copies."""
    layer = network.layers[index]
    if network.number_format is None:
        return layer.weight.copy(), layer.bias.copy()
    return layer.weight * 2.0**layer.weight_exponent, layer.bias * network.state_unit("soma", index)


def sums(layer: MappedLayer, weight: Tensor, rates: Tensor) -> Tensor:
    """W e, (samples, units)."""
    if layer.geometry is None:
        return torch.nn.functional.linear(rates, weight)
    images = rates.reshape(-1, *layer.geometry.input_shape)
    return convolve(images, weight, layer.geometry).flatten(1)
