"""Operators of ONNX on images and sequences, in PyTorch's words."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lava_bccn.errors import MappingError

Attributes = dict[str, Any]

_MODES = {"reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def constant(value: Any, like: Tensor) -> Tensor:
    """A constant in the arithmetic of a value."""
    if isinstance(value, Tensor):
        return value
    tensor = torch.from_numpy(np.asarray(value))
    return tensor.to(like.dtype) if tensor.is_floating_point() else tensor


def _padded(
    attributes: Attributes, value: Tensor, axes: int, size: list[int]
) -> tuple[Tensor, Any]:
    """A value with the padding that PyTorch has no word for, and the padding that it has."""
    pads = list(attributes.get("pads", [0] * 2 * axes))
    automatic = attributes.get("auto_pad", "NOTSET")
    if automatic not in ("NOTSET", "VALID"):
        stride = attributes.get("strides", [1] * axes)
        totals = [
            max((-(-n // s) - 1) * s + k - n, 0)
            for n, s, k in zip(value.shape[2:], stride, size, strict=True)
        ]
        small, large = [t // 2 for t in totals], [t - t // 2 for t in totals]
        pads = small + large if automatic == "SAME_UPPER" else large + small
    before, after = pads[:axes], pads[axes:]
    if before == after:
        return value, before
    flat = [each for pair in zip(reversed(before), reversed(after), strict=True) for each in pair]
    return functional.pad(value, flat), [0] * axes


def convolution(attributes: Attributes, value: Tensor, kernel: Any, bias: Any = None) -> Tensor:
    """Conv, of images and sequences."""
    kernel = constant(kernel, value)
    axes = kernel.ndim - 2
    dilation = attributes.get("dilations", [1] * axes)
    reach = [d * (n - 1) + 1 for n, d in zip(kernel.shape[2:], dilation, strict=True)]
    value, padding = _padded(attributes, value, axes, reach)
    function = {1: functional.conv1d, 2: functional.conv2d}.get(axes, functional.conv3d)
    return function(
        value,
        kernel,
        None if bias is None else constant(bias, value),
        attributes.get("strides", [1] * axes),
        padding,
        dilation,
        attributes.get("group", 1),
    )


def average_pool(attributes: Attributes, value: Tensor) -> Tensor:
    """AveragePool."""
    size = attributes["kernel_shape"]
    counts_all = bool(attributes.get("count_include_pad", 0))
    padded, padding = _padded(attributes, value, len(size), size)
    if any(each != 1 for each in attributes.get("dilations", [1])):
        raise MappingError("AveragePool with dilations has no mapping; use a Conv instead")
    if padded is not value and not counts_all:
        raise MappingError("AveragePool that pads one side more than the other has no mapping")
    function = {1: functional.avg_pool1d, 2: functional.avg_pool2d}.get(
        len(size), functional.avg_pool3d
    )
    return function(
        padded,
        size,
        attributes.get("strides", [1] * len(size)),
        padding,
        bool(attributes.get("ceil_mode", 0)),
        counts_all,
    )


def max_pool(attributes: Attributes, value: Tensor) -> Tensor:
    """MaxPool, which has no mapping; its shape is right, so that it is refused by name."""
    size = attributes["kernel_shape"]
    padded, padding = _padded(attributes, value, len(size), size)
    function = functional.max_pool1d if len(size) == 1 else functional.max_pool2d
    strides = attributes.get("strides", [1] * len(size))
    return function(padded, size, strides, padding, ceil_mode=bool(attributes.get("ceil_mode", 0)))


def transposed_convolution(
    attributes: Attributes, value: Tensor, kernel: Any, bias: Any = None
) -> Tensor:
    """ConvTranspose."""
    kernel = constant(kernel, value)
    axes = kernel.ndim - 2
    pads = attributes.get("pads", [0] * 2 * axes)
    if attributes.get("auto_pad", "NOTSET") != "NOTSET" or "output_shape" in attributes:
        raise MappingError("ConvTranspose has a mapping with pads only, not with auto_pad")
    if pads[:axes] != pads[axes:]:
        raise MappingError("ConvTranspose that cuts one side more than the other has no mapping")
    function = functional.conv_transpose1d if axes == 1 else functional.conv_transpose2d
    return function(
        value,
        kernel,
        None if bias is None else constant(bias, value),
        attributes.get("strides", [1] * axes),
        pads[:axes],
        attributes.get("output_padding", [0] * axes),
        attributes.get("group", 1),
        attributes.get("dilations", [1] * axes),
    )


def resize(attributes: Attributes, value: Tensor, *arguments: Any) -> Tensor:
    """Resize, with region of interest, scales and sizes, or scales only; Upsample."""
    scales: Any
    sizes: Any
    *_, scales, sizes = [None, *arguments, *[None] * (3 - len(arguments))][-3:]
    if len(arguments) == 1:
        scales, sizes = arguments[0], None
    elif len(arguments) == 2:
        scales, sizes = arguments[1], None
    mode = attributes.get("mode", "nearest")
    where = attributes.get("coordinate_transformation_mode", "asymmetric")
    if sizes is None or not np.size(sizes):
        sizes = [int(n * float(s)) for n, s in zip(value.shape, scales, strict=True)]
    target = [int(each) for each in sizes[2:]]
    names = {1: "linear", 2: "bilinear"}
    if mode == "nearest" and where == "asymmetric":
        if attributes.get("nearest_mode", "floor") != "floor":
            raise MappingError("Resize has a mapping with nearest_mode 'floor' only")
        return functional.interpolate(value, target, mode="nearest")
    if mode == "linear" and where in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        corners = where == "align_corners"
        return functional.interpolate(
            value, target, mode=names[value.ndim - 2], align_corners=corners
        )
    raise MappingError(
        f"Resize with mode {mode!r} and coordinates {where!r} has no mapping; upsample with "
        "'nearest' and 'asymmetric', as PyTorch does"
    )


def pad(attributes: Attributes, value: Tensor, pads: Any = None, *values: Any) -> Tensor:
    """Pad with a constant, or with what is at the edge."""
    pads = [int(each) for each in (attributes["pads"] if pads is None else pads)]
    count = len(pads) // 2
    flat = [each for axis in reversed(range(count)) for each in (pads[axis], pads[count + axis])]
    mode = attributes.get("mode", "constant")
    if mode in _MODES:
        while flat[-2:] == [0, 0]:  # of the samples and channels
            del flat[-2:]
        return functional.pad(value, flat, _MODES[mode])
    filling = float(values[0]) if values and values[0] is not None and np.size(values[0]) else 0.0
    return functional.pad(value, flat, value=attributes.get("value", filling))
