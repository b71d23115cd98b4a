"""Whole networks: building them and taking them apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.comparators import COMPARATORS, CONVOLUTIONAL, ComparatorLayer
from lava_bccn.nn.dale import DaleLinear, DaleReadout
from lava_bccn.nn.layers import BurstConv2d, BurstLayer, BurstLinear, BurstReadout
from lava_bccn.nn.model_options import (
    CIFAR10_CONVOLUTIONS,
    CIFAR10_HIDDEN,
    ConvolutionSpec,
    check_convolutional,
    check_model_options,
    options_of_layers,
)
from lava_bccn.nn.normalize import Normalize
from lava_bccn.nn.wrappers import modules_of
from lava_bccn.settings import (
    Setting,
    check,
    instance,
    integer,
    layer_sizes,
    tuple_of,
)

LearningLayer = BurstLayer | ComparatorLayer

FULLY_CONNECTED: Mapping[str, tuple[Callable[..., LearningLayer], Callable[..., LearningLayer]]] = {
    "burstccn": (BurstLinear, BurstReadout),
    "dale": (DaleLinear, DaleReadout),
    **COMPARATORS,
}
"""Hidden and output layer of each model, by its name."""

CONVOLUTIONS: Mapping[str, Callable[..., LearningLayer]] = {
    "burstccn": BurstConv2d,
    **CONVOLUTIONAL,
}
"""Convolutional layer of each model that has one, by its name."""

Normalization = tuple[float | Tensor, float | Tensor]
"""Mean and standard deviation of a first :class:`Normalize`."""


def burst_mlp(
    sizes: Sequence[int],
    *,
    normalize: Normalization | None = None,
    readout_gain: float | None = None,
    **layer_options: Any,
) -> torch.nn.Sequential:
    """A fully connected BurstCCN that takes images or vectors of event rates.

    Args:
        sizes: units of each layer from the input to the output, for example ``(784, 500, 10)``.
        normalize: mean and standard deviation of a first :class:`Normalize`, if any.
        readout_gain: gain of the readout, if not that of the others. Wide layers with a large one
            start outputs that are silent or saturated, and learn little of them.
        layer_options: of every :class:`BurstLinear`; the first layer sends no feedback, and from a
            layer of fewer units than ``branches`` each sends to one of its own.

    Raises:
        InvalidInputError: fewer than two sizes or one below 1.
    """
    return _perceptron("burstccn", sizes, normalize, readout_gain, layer_options)


def burst_cnn(
    input_shape: tuple[int, int, int],
    convolutions: Sequence[ConvolutionSpec] = CIFAR10_CONVOLUTIONS,
    hidden: Sequence[int] = CIFAR10_HIDDEN,
    classes: int = 10,
    *,
    normalize: Normalization | None = None,
    **layer_options: Any,
) -> torch.nn.Sequential:
    """A convolutional BurstCCN that takes images of event rates.

    Args:
        input_shape: channels, height and width of the images.
        convolutions: the first layers; those of the published CIFAR-10 network by default.
        hidden: units of the fully connected layers between them and the output.
        classes: units of the output layer.
        normalize: mean and standard deviation of a first :class:`Normalize`, if any.
        layer_options: of every layer; the first one sends no feedback.

    Raises:
        InvalidInputError: no convolution, or images too small for one.
    """
    units = _units(hidden, classes)
    return _convolutional("burstccn", (input_shape, convolutions, units), normalize, layer_options)


def cnn(
    model: str,
    input_shape: tuple[int, int, int],
    convolutions: Sequence[ConvolutionSpec] = CIFAR10_CONVOLUTIONS,
    hidden: Sequence[int] = CIFAR10_HIDDEN,
    classes: int = 10,
    *,
    normalize: Normalization | None = None,
    generator: torch.Generator | None = None,
    **layer_options: Any,
) -> torch.nn.Sequential:
    """A convolutional network of any model that has such layers, by its name.

    Args:
        model: a name in ``lava_bccn.nn.model_options.MODEL_OPTIONS``; edn has no convolutions.
        input_shape, convolutions, hidden, classes, normalize: as for :func:`burst_cnn`.
        generator: source of the random start; one seed gives every model with random feedback, and
            backprop, the same W.
        layer_options: those of the model; the first layer sends no feedback.

    Raises:
        InvalidInputError: no such model, one without convolutions, an option that it does not have,
            or impossible sizes.
    """
    check_model_options(model, layer_options)
    check_convolutional(model)
    options = {**layer_options, "generator": generator}
    shape = (input_shape, convolutions, _units(hidden, classes))
    return _convolutional(model, shape, normalize, options)


def mlp(
    model: str,
    sizes: Sequence[int],
    *,
    normalize: Normalization | None = None,
    generator: torch.Generator | None = None,
    readout_gain: float | None = None,
    **layer_options: Any,
) -> torch.nn.Sequential:
    """A fully connected network of any model, by its name: a BurstCCN or one it is compared with.

    Args:
        model: a name in ``lava_bccn.nn.model_options.MODEL_OPTIONS``.
        sizes, normalize, readout_gain: as for :func:`burst_mlp`.
        generator: source of the random start; one seed gives every model with random feedback, and
            backprop, the same W.
        layer_options: those of the model; the first layer sends no feedback.

    Raises:
        InvalidInputError: no such model, an option that it does not have, or impossible sizes.
    """
    check_model_options(model, layer_options)
    options = {**layer_options, "generator": generator}
    return _perceptron(model, sizes, normalize, readout_gain, options)


def _units(hidden: Sequence[int], classes: int) -> tuple[int, ...]:
    units: tuple[int, ...] = check("hidden", hidden, tuple_of(integer(1)))
    return (*units, check("classes", classes, integer(1)))


def _perceptron(
    model: str,
    sizes: Sequence[int],
    normalize: Normalization | None,
    readout_gain: float | None,
    options: Mapping[str, Any],
) -> torch.nn.Sequential:
    """Flatten and Normalize, then fully connected layers."""
    sizes = layer_sizes(sizes)
    modules: list[torch.nn.Module] = [torch.nn.Flatten(), *_normalizing(normalize)]
    hidden, readout = FULLY_CONNECTED[model]
    *of_hidden, of_readout = options_of_layers(options, sizes[1:])
    for (below, units), of_layer in zip(pairwise(sizes[:-1]), of_hidden, strict=True):
        modules.append(hidden(below, units, **of_layer))
    if readout_gain is not None:
        of_readout = {**of_readout, "gain": readout_gain}
    return torch.nn.Sequential(*modules, readout(*sizes[-2:], **of_readout))


def _convolutional(
    model: str,
    shape: tuple[tuple[int, int, int], Sequence[ConvolutionSpec], Sequence[int]],
    normalize: Normalization | None,
    options: Mapping[str, Any],
) -> torch.nn.Sequential:
    """Normalize, convolutions, Flatten, then fully connected layers."""
    units, input_shape = shape[2], check("input_shape", shape[0], tuple_of(integer(1), 3))
    convolutions = check("convolutions", shape[1], tuple_of(instance(ConvolutionSpec)))
    if not convolutions:
        raise InvalidInputError("expected at least one convolution, got 0 convolutions")
    modules = _normalizing(normalize)
    channels, *size = input_shape
    widths = (*(spec.channels for spec in convolutions), *units)
    *of_hidden, of_readout = options_of_layers(options, widths)
    for index, spec in enumerate(convolutions, start=1):
        layer = CONVOLUTIONS[model](
            channels,
            spec.channels,
            spec.kernel_size,
            stride=spec.stride,
            padding=spec.padding,
            **of_hidden[index - 1],
        )
        modules.append(layer)
        channels, size = spec.channels, [spec.output_size(length) for length in size]
        if min(size) < 1:
            raise InvalidInputError(
                f"images of {input_shape} are too small for convolution {index} ({spec})"
            )
    # Burstprop has its phases before the batch.
    modules.append(torch.nn.Flatten(1 if model == "burstccn" else -3))
    hidden, readout = FULLY_CONNECTED[model]
    *sizes, last = pairwise((channels * math.prod(size), *units))
    of_dense = of_hidden[len(convolutions) :]
    modules += [hidden(*pair, **each) for pair, each in zip(sizes, of_dense, strict=True)]
    return torch.nn.Sequential(*modules, readout(*last, **of_readout))


def _normalizing(normalize: Normalization | None) -> list[torch.nn.Module]:
    pair = Setting("(mean, std)", lambda each: isinstance(each, tuple) and len(each) == 2)
    return [] if normalize is None else [Normalize(*check("normalize", normalize, pair))]


def is_comparator(model: torch.nn.Module) -> bool:
    """Whether a model has layers of one that BurstCCN is compared with."""
    return any(isinstance(module, ComparatorLayer) for module in modules_of(model))


def comparator_layers(model: torch.nn.Module) -> list[ComparatorLayer]:
    """The layers of a comparator in order.

    Raises:
        InvalidInputError: not layers of one rule with its readout, if it has one, at the end.
    """
    layers = [
        module for module in modules_of(model) if isinstance(module, ComparatorLayer | BurstLayer)
    ]
    for name, (hidden, readout) in FULLY_CONNECTED.items():
        kinds = [type(layer) for layer in layers]
        allowed = {hidden, CONVOLUTIONAL.get(name, hidden)}
        if kinds[-1:] == [readout] and allowed.issuperset(kinds[:-1]):
            return [layer for layer in layers if isinstance(layer, ComparatorLayer)]
    raise InvalidInputError(
        "expected a Sequential of layers of one learning rule with its readout at the end, got "
        + (", ".join(type(layer).__name__ for layer in layers) or "no layer")
    )


def learning_layers(model: torch.nn.Module) -> Sequence[LearningLayer]:
    """The layers of a BurstCCN or a comparator in order, the output last.

    Raises:
        InvalidInputError: as :func:`burst_layers` and :func:`comparator_layers`.
    """
    return comparator_layers(model) if is_comparator(model) else burst_layers(model)


def burst_layers(model: torch.nn.Module) -> list[BurstLayer]:
    """The burst layers of a model in order, the readout last.

    Raises:
        InvalidInputError: the model has none, or its only readout is not its last layer.
    """
    layers = [module for module in modules_of(model) if isinstance(module, BurstLayer)]
    readouts = [layer.is_readout for layer in layers]
    if not layers or readouts != [False] * (len(layers) - 1) + [True]:
        raise InvalidInputError(
            "expected a Sequential of BurstLinear and BurstConv2d layers with one BurstReadout at "
            "the end, got "
            + (", ".join(type(layer).__name__ for layer in layers) or "no burst layer")
        )
    return layers
