"""Training with the chip's integers in the forward pass: fine-tuning after quantisation.

Weights, biases and event rates are rounded as the chip rounds them; gradients pass the rounding as
if it were not there (the straight-through estimator: Bengio, Léonard & Courville,
arXiv:1308.3432, 2013; for weights and activations Jacob et al., CVPR 2018).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from lava_bccn.dynamics.constants import FLOATING
from lava_bccn.dynamics.fixed_point import STATE_BITS
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.torch.models import Model, from_torch
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork


class IntegerNetwork(torch.nn.Module):
    """A fixed-point network as a module: it computes the chip's integers, and can be trained.

    Takes event rates in [0, 1], (samples, …), and gives the model's outputs, (samples, outputs),
    as ``RunResult.outputs`` does. Its parameters are the weights and biases in real numbers, which
    training moves between the integers; :meth:`mapped` is the network of the nearest.

    Args:
        network: with ``precision="fixed"``.

    Raises:
        InvalidInputError: a network in floating point.
    """

    def __init__(self, network: MappedNetwork) -> None:
        super().__init__()
        if network.number_format is None:
            raise InvalidInputError(
                "training with integers takes a fixed-point network; this one has precision 'float'"
            )
        self.network = network
        self._units = network.number_format
        self.weights = torch.nn.ParameterList()
        self.biases = torch.nn.ParameterList()
        for index, layer in enumerate(network.layers):
            bias = layer.bias * network.state_unit("soma", index)
            self.weights.append(_parameter(layer.weight * 2.0**layer.weight_exponent))
            self.biases.append(_parameter(bias))

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs of event rates in [0, 1], (samples, …)."""
        units = self._units
        rates = self._rounded(inputs.flatten(1), torch.tensor(units.event_unit), 0, units.max_event)
        for index, layer in enumerate(self.network.layers):
            rates = self._layer(index, layer, rates)
        output = self.network.output
        return rates if output is None else output.scale * rates + output.offset

    def mapped(self) -> MappedNetwork:
        """The network with the integers that are nearest to the parameters now.

        What the module computes is what this network computes, bit for bit. Feedback that the
        network came with stays as it was.
        """
        layers = tuple(
            replace(
                layer,
                weight=self._integers(index, "weight").numpy().astype(layer.weight.dtype),
                bias=self._integers(index, "bias").numpy().astype(layer.bias.dtype),
            )
            for index, layer in enumerate(self.network.layers)
        )
        return replace(self.network, layers=layers)

    def _layer(self, index: int, layer: MappedLayer, rates: Tensor) -> Tensor:
        """Event rates of a layer: the integers' values, with the gradients of real numbers."""
        weight, bias = self._weight(index), self._bias(index)
        activation, ensembles = self.network.activation_of(index), self.network.ensembles(index)
        exact = activation.event_rate(_sums(layer, weight, rates) + bias, FLOATING)
        with torch.no_grad():
            below = (rates / self._units.event_unit).round()
            sums = _sums(layer, self._integers(index, "weight").double(), below.double())
            soma, _ = ensembles.soma(_integers(sums), _integers(self._integers(index, "bias")))
            integers = torch.from_numpy(np.asarray(ensembles.event_rate(soma))).to(exact)
        return exact + (integers * self._units.event_unit - exact).detach()

    def _weight(self, index: int) -> Tensor:
        limit = self._units.max_weight
        return self._rounded(self.weights[index], self._unit(index, "weight"), -limit, limit)

    def _bias(self, index: int) -> Tensor:
        limit = 2 ** (STATE_BITS - 1) - 1
        return self._rounded(self.biases[index], self._unit(index, "bias"), -limit, limit)

    def _unit(self, index: int, name: str) -> Tensor:
        if name == "bias":
            return torch.tensor(self.network.state_unit("soma", index))
        return torch.tensor(2.0 ** self.network.layers[index].weight_exponent)

    def _integers(self, index: int, name: str) -> Tensor:
        values = self._weight(index) if name == "weight" else self._bias(index)
        return (values.detach() / self._unit(index, name).to(values)).round().cpu()

    @staticmethod
    def _rounded(values: Tensor, unit: Tensor, low: int, high: int) -> Tensor:
        """To whole units within limits; gradients pass where nothing is clipped."""
        scaled = values / unit.to(values)
        within = scaled.clamp(low, high)
        return (within + (within.round() - within).detach()) * unit.to(values)


def quantisation_aware(
    model: MappedNetwork | Model, inputs: ArrayLike | Tensor | None = None, **options: Any
) -> IntegerNetwork:
    """A model as a module that computes the chip's integers, to be fine-tuned with any optimizer.

    Args:
        model: a fixed-point network, or anything that ``from_torch`` maps.
        inputs: to calibrate on, where the model is not mapped yet.
        options: of ``from_torch``.

    Raises:
        InvalidInputError, MappingError: as ``from_torch``.
    """
    network = model if isinstance(model, MappedNetwork) else from_torch(model, inputs, **options)
    return IntegerNetwork(network)


def _parameter(values: NDArray[Any]) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.from_numpy(np.asarray(values)).float())


def _integers(values: Tensor) -> NDArray[np.int64]:
    return values.cpu().numpy().astype(np.int64)


def _sums(layer: MappedLayer, weight: Tensor, rates: Tensor) -> Tensor:
    """W e, (samples, units)."""
    weight, geometry = weight.to(rates.device), layer.geometry
    if geometry is None:
        return torch.nn.functional.linear(rates, weight)
    images = rates.reshape(-1, *geometry.input_shape)
    return torch.nn.functional.conv2d(
        images,
        weight,
        stride=geometry.stride,
        padding=geometry.padding,
        groups=geometry.groups,
    ).flatten(1)
