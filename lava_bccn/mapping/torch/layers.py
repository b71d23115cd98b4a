"""From modules of PyTorch to mapped layers: what all kinds share, and the layers of ``nn``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.torch.normalize import fold
from lava_bccn.network.layer import MappedLayer
from lava_bccn.nn.geometry import Convolutional, Layer
from lava_bccn.nn.layers import BurstLayer
from lava_bccn.nn.models import burst_layers
from lava_bccn.validation import plain_array


def as_numpy(tensor: torch.Tensor, name: str, axes: int | None = None) -> NDArray[np.floating[Any]]:
    """A tensor of any kind in single or double precision, to read: it may be its own memory.

    Args:
        tensor: a weight or bias.
        name: what to call it in an error.
        axes: how many it must have; None: any number.

    Raises:
        MappingError: it does not stand for real numbers of this form.
    """
    try:
        array = plain_array(tensor, name, copy=False)
    except InvalidInputError as error:
        raise MappingError(str(error)) from error
    if axes is not None and array.ndim != axes:
        raise MappingError(f"{name} has shape {array.shape}; expected {axes} axes")
    return array if array.dtype.kind == "f" else array.astype(np.float32)


_BRANCHES = ("branches", "homeostatic_factor")

Feedback = Callable[[Any, NDArray[np.floating[Any]]], dict[str, Any]]
"""The feedback fields of a mapped layer, from its module and its weight."""


def mapped_layers(
    preprocessing: list[torch.nn.Module],
    modules: Sequence[Layer],
    feedback: Feedback,
    sample_shape: tuple[int, ...] | None,
) -> list[MappedLayer]:
    """Mapped layers, with a bias for every unit where PyTorch has one for every channel.

    Args:
        preprocessing: the modules in front of the first layer.
        modules: those of the layers.
        feedback: of all layers but the first.
        sample_shape: of one input, where it is known.

    Raises:
        MappingError: a convolution or preprocessing that has no mapping.
    """
    layers: list[MappedLayer] = []
    for number, module in enumerate(modules, start=1):
        of_layer = f"of layer {number} ({type(module).__name__})"
        is_convolution = isinstance(module, Convolutional)
        weight = as_numpy(module.weight, f"weight {of_layer}", 4 if is_convolution else 2)
        bias = np.zeros(len(weight), weight.dtype)
        if module.bias is not None:
            bias = as_numpy(module.bias, f"bias {of_layer}", 1)
        geometry = None
        if isinstance(module, Convolutional):
            geometry = geometry_of(module, images_below(layers, sample_shape))
            _, height, width = geometry.output_shape(weight.shape)
            bias = np.repeat(bias, height * width)
        fields = feedback(module, weight) if layers else {}
        layers.append(MappedLayer(weight=weight, bias=bias, geometry=geometry, **fields))
    layers[0] = fold(preprocessing, layers[0], sample_shape)
    return layers


def without_flatten(modules: Sequence[torch.nn.Module]) -> list[torch.nn.Module]:
    """Without what changes nothing here, where states are flat anyway."""
    return [module for module in modules if not isinstance(module, torch.nn.Flatten)]


def images_below(
    layers: Sequence[MappedLayer], sample_shape: tuple[int, ...] | None
) -> tuple[int, ...]:
    """Shape of what the next convolution reads: of the last layer, or of one input.

    Raises:
        MappingError: it is the first, and nothing says how large its images are.
    """
    if layers:
        return layers[-1].shape
    if sample_shape is None or len(sample_shape) != 3:
        came = "none"
        if sample_shape is not None:
            came = f"inputs of shape (samples, {', '.join(map(str, sample_shape))})"
        raise MappingError(
            "a network that starts with a convolution takes images of a size that only inputs, or "
            "the input_shape that a checkpoint records, tell: expected inputs of shape (samples, "
            f"channels, height, width), got {came}"
        )
    return sample_shape


def geometry_of(module: Convolutional, shape: tuple[int, ...]) -> ConvolutionGeometry:
    """How a module's kernel lies on images of this shape.

    Raises:
        MappingError: it takes images of other channels.
    """
    if len(shape) != 3 or shape[0] != module.in_channels:
        raise MappingError(
            f"{module} needs images of {module.in_channels} channels below; got the shape {shape}"
        )
    channels, height, width = shape
    return ConvolutionGeometry(
        (channels, height, width), module.stride, module.padding, module.groups
    )


def burst_model_layers(
    model: torch.nn.Module, sample_shape: tuple[int, ...] | None
) -> tuple[list[MappedLayer], float]:
    """Layers of a BurstCCN of ``nn``, and their p_baseline.

    Args:
        model: an ``nn.Sequential``, ``Flatten`` and ``Normalize`` first.
        sample_shape: of one input, where it is known.

    Raises:
        MappingError: anything else, or layers that differ in what a network has one of.
    """
    sources = burst_layers(model)
    modules = list(model) if isinstance(model, torch.nn.Sequential) else []
    first = next((i for i, module in enumerate(modules) if isinstance(module, BurstLayer)), -1)
    if without_flatten(modules[max(first, 0) :]) != sources:
        raise MappingError(
            "a BurstCCN to be mapped must be one nn.Sequential: Flatten and Normalize if any, then "
            "burst layers only, with Flatten after convolutions; got "
            + (", ".join(type(module).__name__ for module in modules) or type(model).__name__)
        )
    baselines = {layer.p_baseline for layer in sources}
    if len(baselines) > 1:
        raise MappingError(f"layers differ in p_baseline ({sorted(baselines)}); expected one")
    if len({layer.activation for layer in sources[: -1 if _is_readout(sources[-1]) else None]}) > 1:
        raise MappingError(
            "hidden layers differ in activation; expected one for all of them, and a readout of "
            "the same, or softmax"
        )
    layers = mapped_layers(modules[:first], sources, _own_feedback, sample_shape)
    return list(with_options_of(sources, layers)), baselines.pop()


def _is_readout(source: BurstLayer) -> bool:
    return ACTIVATIONS[source.activation].is_readout


def with_options_of(
    sources: Sequence[BurstLayer], layers: Sequence[MappedLayer]
) -> tuple[MappedLayer, ...]:
    """Mapped layers with the gains of the layers they are of, and an activation of their own where
    that is not the first one's."""
    first = sources[0].activation
    return tuple(
        replace(
            layer,
            feedback_gain=source.feedback_gain,
            activation=None if source.activation == first else source.activation,
        )
        for source, layer in zip(sources, layers, strict=True)
    )


def _own_feedback(source: BurstLayer, weight: NDArray[np.floating[Any]]) -> dict[str, Any]:
    """The feedback fields of a layer of a BurstCCN; none where it sends nothing."""
    burst, event = source.feedback_burst, source.feedback_event
    if burst is None or event is None:
        return {}
    return {
        **{name: getattr(source, name) for name in _BRANCHES if hasattr(source, name)},
        "feedback": source.feedback,
        "feedback_event_regime": source.feedback_event_regime,
        "feedback_burst": as_numpy(burst, "feedback_burst of a layer"),
        "feedback_event": as_numpy(event, "feedback_event of a layer"),
        "learn_feedback_burst": source.learn_feedback_burst,
        "learn_feedback_event": source.learn_feedback_event,
    }
