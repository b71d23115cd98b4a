"""``Normalize`` in front of a network, as part of its first layer."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from lava_bccn.errors import MappingError
from lava_bccn.network.layer import MappedLayer, forward
from lava_bccn.nn.normalize import Normalize


def fold(
    preprocessing: list[torch.nn.Module], layer: MappedLayer, sample_shape: tuple[int, ...] | None
) -> MappedLayer:
    """Put the affine modules in front of the first layer into its weight and bias.

    Args:
        preprocessing: ``Flatten`` and ``Normalize``.
        layer: the first layer.
        sample_shape: of one input; None where it is that of what the layer reads.

    Raises:
        MappingError: other modules, or scales that the layer cannot take up.
    """
    for module in preprocessing:
        if not isinstance(module, torch.nn.Flatten | Normalize):
            raise MappingError(
                f"{type(module).__name__} in front of the first layer has no mapping; expected "
                "Flatten or lava_bccn.nn.Normalize"
            )
    if not any(isinstance(module, Normalize) for module in preprocessing):
        return layer
    shape = layer.shape_below if sample_shape is None else sample_shape
    preprocessing = [copy.deepcopy(module).cpu() for module in preprocessing]

    def preprocessed(value: float) -> NDArray[np.float64]:
        result = torch.full((1, *shape), value, dtype=torch.float64)
        for module in preprocessing:
            result = module(result)
        return result.numpy().reshape(-1)

    try:
        offset = preprocessed(0.0)
        scale = preprocessed(1.0) - offset
        weight = layer.weight * _scale_of_weight(layer, scale)
        bias = layer.bias + forward(layer, offset)
    except (RuntimeError, ValueError) as error:
        raise MappingError(
            f"Normalize does not fit inputs of shape {tuple(shape)} ({error}); pass inputs in the "
            "shape that the model takes"
        ) from error
    return replace(layer, weight=weight, bias=bias)


def _scale_of_weight(layer: MappedLayer, scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scales of the inputs as they multiply W.

    Raises:
        MappingError: places of an image that share a kernel are scaled differently.
    """
    if layer.geometry is None:
        return scale
    channels = scale.reshape(layer.geometry.input_shape[0], -1)
    if not np.allclose(channels, channels[:, :1]):
        raise MappingError(
            "Normalize scales places of an image differently, but the first convolution has one "
            "kernel for all; expected one std for all places of a channel"
        )
    groups = layer.geometry.groups
    per_channel = channels[:, 0].reshape(groups, 1, -1, 1, 1)
    kernels_a_group = len(layer.weight) // groups
    return np.repeat(per_channel, kernels_a_group, axis=1).reshape(len(layer.weight), -1, 1, 1)
