"""Convolutions and averages of windows, of images and of sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.mapping.torch.graph.affine import Affine, convolved, moved

Arguments = dict[str, Any]
Apply = Callable[..., Tensor]


def convolution(arguments: Arguments, apply: Apply) -> Affine | None:
    """Of images and, with one row, of sequences."""
    value, weight = arguments["input"], arguments["weight"]
    axes = weight.ndim - 2
    if not isinstance(value, Affine) or axes not in (1, 2) or arguments.get("transposed"):
        return None
    stride, dilation, padding = (
        _of_axes(arguments[name], axes) for name in ("stride", "dilation", "padding")
    )
    weight = weight.reshape(*weight.shape[:2], *(1,) * (2 - axes), *weight.shape[2:])
    if axes == 1:
        stride, dilation = [1, *stride], [1, *dilation]
    weight = _spread(weight, dilation)
    if arguments["padding"] in ("same", "valid"):
        reach = [size - 1 if arguments["padding"] == "same" else 0 for size in weight.shape[2:]]
        # "same" pads the far side more where it cannot be even; so does a 0 before the kernel.
        weight = torch.nn.functional.pad(weight, (reach[1] % 2, 0, reach[0] % 2, 0))
        padding = [(each + 1) // 2 for each in reach]
    elif axes == 1:
        padding = [0, *padding]
    shape = (value.shape[0], *(1,) * (2 - axes), *value.shape[1:])
    geometry = ConvolutionGeometry(
        (shape[0], shape[1], shape[2]),
        (stride[0], stride[1]),
        (padding[0], padding[1]),
        arguments["groups"],
    )
    result = convolved(value, weight, arguments["bias"], geometry)
    return None if result is None else _as_sequence(result, axes)


def pooled(arguments: Arguments, apply: Apply) -> Affine | None:
    """Averages as a convolution, where every window counts the same."""
    value = arguments["self"]
    axes = len(value.shape) - 1
    size, padding = _of_axes(arguments["kernel_size"], axes), _of_axes(arguments["padding"], axes)
    stride = _of_axes(arguments["stride"] or size, axes)
    counts_all = arguments["count_include_pad"] or not any(padding)
    if (
        axes not in (1, 2)
        or arguments["ceil_mode"]
        or not counts_all
        or arguments.get("divisor_override")
    ):
        return None
    return _averaged(value, size, stride, padding)


def adaptively_pooled(arguments: Arguments, apply: Apply) -> Affine | None:
    """Averages over windows that divide the image evenly."""
    value = arguments["self"]
    below, above = value.shape[1:], arguments["output_size"]
    if len(below) not in (1, 2) or any(n % m for n, m in zip(below, above, strict=True)):
        return None
    size = [n // m for n, m in zip(below, above, strict=True)]
    return _averaged(value, size, size, [0] * len(size))


def _averaged(
    value: Affine, size: list[int], stride: list[int], padding: list[int]
) -> Affine | None:
    channels, axes = value.shape[0], len(size)
    before = [1] * (2 - axes)
    kernel = torch.ones(channels, 1, *before, *size)
    shape = (channels, *before, *value.shape[1:])
    geometry = ConvolutionGeometry(
        (shape[0], shape[1], shape[2]),
        tuple([*before, *stride]),  # type: ignore[arg-type]
        tuple([*([0] * (2 - axes)), *padding]),  # type: ignore[arg-type]
        channels,
    )
    result = convolved(value, kernel / kernel[0].numel(), None, geometry)
    return None if result is None else _as_sequence(result, axes)


def _as_sequence(image: Affine, axes: int) -> Affine:
    """Without the one row that a sequence is as an image."""
    return moved(image, lambda values: values.squeeze(2)) if axes == 1 else image


def _of_axes(value: Any, axes: int) -> list[int]:
    if isinstance(value, str):
        return [0] * axes
    values = [value] if isinstance(value, int) else [int(each) for each in value]
    return values * axes if len(values) == 1 else values


def _spread(weight: Tensor, dilation: list[int]) -> Tensor:
    """A kernel with the zeros that dilation leaves between its places."""
    if set(dilation) == {1}:
        return weight
    sizes = [d * (n - 1) + 1 for n, d in zip(weight.shape[2:], dilation, strict=True)]
    spread = weight.new_zeros(*weight.shape[:2], *sizes)
    spread[:, :, :: dilation[0], :: dilation[1]] = weight
    return spread
