"""From mapped networks back to PyTorch: what learned on a chip, to train or examine further."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import NDArray

from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.errors import MappingError
from lava_bccn.mapping.torch.aware import IntegerNetwork
from lava_bccn.mapping.torch.module import FloatNetwork
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.nn.geometry import FLOATING
from lava_bccn.nn.layers import BurstConv2d, BurstLayer, BurstLinear, BurstReadout
from lava_bccn.settings import check, instance


def to_torch(
    network: MappedNetwork, dtype: torch.dtype = torch.float32
) -> torch.nn.Sequential | FloatNetwork:
    """The network as a module of PyTorch, to train or examine further.

    A BurstCCN becomes burst layers with the same weights, regimes, gains and rules: integers become
    the numbers they stand for, exactly. Boosts of rates (``MappedLayer.rate_boost``) stay behind,
    since an optimizer has rates of its own. ``Flatten`` comes before the first fully connected
    layer. What only infers and has no burst layers (ReLU, several activations, an output in the
    model's own units, …) becomes an
    :class:`~lava_bccn.mapping.torch.aware.IntegerNetwork`, which computes and trains the integers
    themselves, or in floating point a
    :class:`~lava_bccn.mapping.torch.module.FloatNetwork`. ``from_torch`` maps these to the network
    that they came from.

    Args:
        network: any mapped network.
        dtype: of the parameters.

    Raises:
        InvalidInputError: no mapped network, or no floating point dtype.
        MappingError: a BurstCCN whose output is a convolution, or whose biases differ within a
            channel of one.
    """
    check("network", network, instance(MappedNetwork))
    check("dtype", dtype, FLOATING)
    if not _has_burst_layers(network):
        kind = FloatNetwork if network.number_format is None else IntegerNetwork
        return kind(network, dtype)
    return _burst_layers(network, dtype)


def _has_burst_layers(network: MappedNetwork) -> bool:
    """Whether all of it has a form in ``nn``, or has to have one in order to learn."""
    if any(layer.feedback_burst is not None for layer in network.layers):
        return True
    names = {network.activation_of(index).name for index in range(len(network.layers))}
    can_learn = names == {network.activation} and ACTIVATIONS[network.activation].learns
    biases = [layer for layer in network.layers if layer.geometry is not None]
    return (
        can_learn
        and network.output is None
        and network.layers[-1].geometry is None
        and not any(_differs_within_channels(layer) for layer in biases)
    )


def _burst_layers(network: MappedNetwork, dtype: torch.dtype) -> torch.nn.Sequential:
    """Burst layers with what the network has.

    Raises:
        MappingError: as :func:`to_torch`.
    """
    modules: list[torch.nn.Module] = []
    for index, layer in enumerate(network.layers):
        is_output = index == len(network.layers) - 1
        if layer.geometry is None and not any(isinstance(m, torch.nn.Flatten) for m in modules):
            modules.append(torch.nn.Flatten())
        module = _module(
            layer,
            is_output,
            p_baseline=network.p_baseline,
            activation=network.activation_of(index).name,
            feedback=layer.feedback,
            feedback_event=layer.feedback_event_regime,
            learn_feedback_burst=layer.learn_feedback_burst,
            learn_feedback_event=layer.learn_feedback_event,
            branches=min(layer.branches, layer.units),
            homeostatic_factor=layer.homeostatic_factor,
            dtype=dtype,
            **_gains(network, index),
        )
        values = _values(network, index, layer)
        with torch.no_grad():
            module.weight.copy_(values["weight"])
            assert module.bias is not None
            module.bias.copy_(values["bias"])
            for name in ("feedback_burst", "feedback_event"):
                stored = getattr(module, f"_{name}")
                if stored is not None:
                    stored.copy_(values[name])
        modules.append(module)
    return torch.nn.Sequential(*modules)


def _gains(network: MappedNetwork, index: int) -> dict[str, float]:
    """Of a hidden layer, or of the readout."""
    if index < len(network.layers) - 1:
        return {"feedback_gain": network.layers[index].feedback_gain}
    gains = {"error_scale": network.error_scale}
    if network.activation_of(index).is_readout:
        gains["activity_shift"] = network.activity_shift
    return gains


def _module(layer: MappedLayer, is_output: bool, **options: Any) -> BurstLayer:
    """The kind of module that a layer is, not yet with its weights."""
    if layer.geometry is None:
        kind = BurstReadout if is_output else BurstLinear
        return kind(layer.units_below, layer.units, **options)
    if is_output:
        raise MappingError("the output layer is a convolution, which nn has no readout for")
    return BurstConv2d(
        layer.shape_below[0],
        layer.shape[0],
        (layer.weight.shape[2], layer.weight.shape[3]),
        stride=layer.geometry.stride,
        padding=layer.geometry.padding,
        groups=layer.geometry.groups,
        **options,
    )


def _bias(layer: MappedLayer, index: int) -> NDArray[Any]:
    """One for each unit, or channel."""
    if layer.geometry is None:
        return layer.bias
    if _differs_within_channels(layer):
        raise MappingError(
            f"biases of layer {index + 1} differ within a channel, and BurstConv2d has one for "
            "each: a Normalize was folded into a convolution with padding; train without "
            "Normalize, or without padding in the first layer"
        )
    return layer.bias.reshape(layer.shape[0], -1)[:, 0]


def _differs_within_channels(layer: MappedLayer) -> bool:
    channels = layer.bias.reshape(layer.shape[0], -1)
    return bool((channels != channels[:, :1]).any())


def _values(network: MappedNetwork, index: int, layer: MappedLayer) -> dict[str, Any]:
    """What the arrays of a layer stand for."""
    units = dict.fromkeys(("weight", "bias", "feedback_burst", "feedback_event"), 1.0)
    if network.number_format is not None:
        units["weight"] = 2.0**layer.weight_exponent
        units["bias"] = network.state_unit("soma", index)
        units["feedback_burst"] = 2.0**layer.feedback_exponent
        units["feedback_event"] = network.p_baseline * units["feedback_burst"]
    arrays = {name: getattr(layer, name) for name in units} | {"bias": _bias(layer, index)}
    return {
        name: torch.from_numpy(arrays[name] * unit)
        for name, unit in units.items()
        if arrays[name] is not None
    }
