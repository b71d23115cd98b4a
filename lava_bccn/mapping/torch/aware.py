"""Training with the chip's integers in the forward pass: fine-tuning after quantisation.

Weights, biases and event rates are rounded as the chip rounds them; gradients pass the rounding as
if it were not there (the straight-through estimator: Bengio, Léonard & Courville,
arXiv:1308.3432, 2013; for weights and activations Jacob et al., CVPR 2018).
"""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from lava_bccn.dynamics.constants import FLOATING
from lava_bccn.dynamics.fixed_point import STATE_BITS
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.torch.models import Model, from_torch
from lava_bccn.mapping.torch.module import FloatNetwork, sums
from lava_bccn.mapping.torch.staircase import Staircase
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import POSITIVE, check, instance
from lava_bccn.sim.products import FLOAT32_EXACT

_STATE_LIMIT = 1 << (STATE_BITS - 1)


class IntegerNetwork(FloatNetwork):
    """A fixed-point network as a module: it computes the chip's integers, and can be trained.

    Takes event rates in [0, 1], (samples, …), and gives the model's outputs, (samples, outputs),
    as ``RunResult.outputs`` does. Its parameters are the weights and biases in real numbers, which
    training moves between the integers; :meth:`mapped` is the network of the nearest, and so is
    what ``from_torch`` maps it to.

    How far an integer is from the next differs from layer to layer. An optimizer like Adam, whose
    steps are as large as its learning rate, so does well with :meth:`parameter_groups`; one rate
    for all may leave the weights of one layer where they are and scatter those of another.

    Args:
        network: with ``precision="fixed"``.
        dtype: of the parameters, and of what comes out.

    Raises:
        InvalidInputError: a network in floating point.
    """

    def __init__(self, network: MappedNetwork, dtype: torch.dtype = torch.float32) -> None:
        check("network", network, instance(MappedNetwork))
        if network.number_format is None:
            raise InvalidInputError(
                "training with integers takes a fixed-point network; this one has precision "
                "'float': map it with precision='fixed', or quantise it"
            )
        super().__init__(network, dtype)
        self._units = network.number_format
        self.staircases = torch.nn.ModuleList(
            Staircase(each, self._units.event_unit) for each in network.all_ensembles()
        )

    def rates_of(self, inputs: Tensor) -> Tensor:
        """The event rates of the input layer, rounded."""
        return _rounded(inputs, self._units.event_unit, 0, self._units.max_event)

    def layer(self, index: int, rates: Tensor) -> Tensor:
        """Event rates of a layer: the integers' values, with the gradients of real numbers."""
        # Products of multiples of powers of two are such multiples, so W e is exact as it is.
        device = rates.device.type
        with torch.autocast(device, enabled=False), torch.backends.nnpack.flags(enabled=False):
            weight, dtype = self._weight(index), self._exact_in(index)
            layer, activation = self.network.layers[index], self.network.activation_of(index)
            exact = sums(layer, weight.to(dtype), rates.to(dtype))
            bias = self._bias(index)
            event_rate = activation.event_rate(exact + bias, FLOATING)
            with torch.no_grad():
                unit = self.network.state_unit("soma", index)
                soma = (exact / unit).floor_().add_(bias.to(dtype) / unit)
                held = self.staircases[index](soma.clamp_(-_STATE_LIMIT, _STATE_LIMIT - 1))
        values: Tensor = _StraightThrough.apply(event_rate, held)
        return values.to(rates.dtype)

    def mapped(self) -> MappedNetwork:
        """The network with the integers that are nearest to the parameters now.

        What the module computes is what this network computes, bit for bit. Feedback that the
        network came with stays as it was.
        """
        indices = range(len(self.network.layers))
        return self._with(
            [_integers(self._weight(index), self._weight_unit(index)) for index in indices],
            [_integers(self._bias(index), self._bias_unit(index)) for index in indices],
        )

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Parameters for an optimizer, a group a layer, as if the weights of each were within ±1.

        ``torch.optim.Adam(module.parameter_groups(1e-3))`` moves no weight by much more than a
        thousandth of the largest that its layer can have, in any layer and with any weight_bits.

        Args:
            learning_rate: in units of each layer's largest possible weight.

        Raises:
            InvalidInputError: a learning rate that is not above 0.
        """
        largest = check("learning_rate", learning_rate, POSITIVE) * self._units.max_weight
        return [
            {"params": [weight, bias], "lr": largest * self._weight_unit(index)}
            for index, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True))
        ]

    def get_extra_state(self) -> dict[str, Any]:
        """What the parameters are multiples of, for ``state_dict``."""
        layers = self.network.layers
        return {
            "weight_exponents": [layer.weight_exponent for layer in layers],
            "soma_fraction_bits": [layer.soma_fraction_bits for layer in layers],
            "bits": [self._units.weight_bits, self._units.event_bits],
        }

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Refuse parameters of a network with other units.

        Raises:
            InvalidInputError: they are of another mapping.
        """
        if state != self.get_extra_state():
            raise InvalidInputError(
                "this state_dict is of a network with other scales or bits: its parameters would "
                "round to other integers here; load it into quantisation_aware of the same network"
            )

    def _weight(self, index: int) -> Tensor:
        limit = self._units.max_weight
        return _rounded(_wide(self.weights[index]), self._weight_unit(index), -limit, limit)

    def _bias(self, index: int) -> Tensor:
        unit = self._bias_unit(index)
        return _rounded(_wide(self.biases[index]), unit, 1 - _STATE_LIMIT, _STATE_LIMIT - 1)

    def _weight_unit(self, index: int) -> float:
        return 2.0 ** self.network.layers[index].weight_exponent

    def _bias_unit(self, index: int) -> float:
        return self.network.state_unit("soma", index)

    def _exact_in(self, index: int) -> torch.dtype:
        """The narrowest dtype in which no partial sum of W e is rounded.

        On other devices convolutions may be transformed, or computed in 10 bits, in single
        precision.
        """
        weight = self.weights[index].detach()
        if weight.dtype == torch.float64 or weight.device.type != "cpu":
            return torch.float64
        row = float(weight.flatten(1).abs().sum(1).max()) / self._weight_unit(index)
        rounding = 0.5 * weight[0].numel()
        largest = (row + rounding) * self._units.max_event
        return torch.float32 if largest < FLOAT32_EXACT else torch.float64


class _StraightThrough(torch.autograd.Function):
    """The second value, with the gradient of the first."""

    @staticmethod
    def forward(ctx: Any, exact: Tensor, value: Tensor) -> Tensor:
        return value

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


def quantisation_aware(
    model: MappedNetwork | Model, inputs: ArrayLike | Tensor | None = None, **options: Any
) -> IntegerNetwork:
    """A model as a module that computes the chip's integers, to be fine-tuned with any optimizer.

    An epoch or less is enough: of ``torch.optim.Adam(module.parameter_groups(5e-4))``, say, with
    the rates lowered to 0 along the way, so that weights settle on their integers. Then
    ``from_torch(module)`` is the network, with the bits that the module computed.

    Args:
        model: a fixed-point network, or anything that ``from_torch`` maps.
        inputs: to calibrate on, where the model is not mapped yet.
        options: of ``from_torch``.

    Raises:
        InvalidInputError, MappingError: as ``from_torch``; or options of a network that is mapped.
    """
    if not isinstance(model, MappedNetwork):
        return IntegerNetwork(from_torch(model, inputs, **options))
    if options:
        raise InvalidInputError(
            f"the network is mapped already, so {', '.join(options)} cannot be chosen any more; "
            "pass the model instead"
        )
    return IntegerNetwork(model)


def _rounded(values: Tensor, unit: float, low: int, high: int) -> Tensor:
    """To whole units within limits; gradients pass where nothing is clipped."""
    within = (values / unit).clamp(low, high)
    return _StraightThrough.apply(within, within.detach().round()) * unit


def _integers(values: Tensor, unit: float) -> NDArray[Any]:
    integers: NDArray[Any] = (values.detach() / unit).round().cpu().numpy()
    return integers


def _wide(parameter: Tensor) -> Tensor:
    """In single precision at least, which holds all integers of the chip."""
    return parameter if parameter.dtype == torch.float64 else parameter.float()
