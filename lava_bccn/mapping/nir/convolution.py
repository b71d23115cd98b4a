"""Convolutions as Conv2d nodes of NIR, and back.

A Conv2d of NIR is a cross-correlation of (channels, height, width), as ``torch.nn.Conv2d``, with
one bias a channel. NIR 1.0.8 checks shapes when it reads a file, and gets them wrong for some nodes
(nir/ir/conv.py, ``Conv2d.__post_init__``): it expects the channels of one group for the input, and
takes the height of a kernel for its width. So that every tool can read them, kernels are written as
NIR understands them:

    groups > 1        one kernel for all channels, zero between the groups
    height ≠ width    a square one, zero around the kernel, and as much more padding

which are the same map. Only a kernel with one even and one odd side has no square one; its file is
right, but must be read with ``nir.read(path, type_check=False)``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.errors import InvalidInputError, MappingError

_ROUNDING = 2.0**-40
"""Relative difference of floating-point biases that are one."""


def conv2d(
    nir: Any,
    weight: NDArray[Any],
    bias: NDArray[Any],
    geometry: ConvolutionGeometry,
) -> Any:
    """A Conv2d node, without metadata.

    Args:
        nir: the package.
        weight: the kernel, (channels, channels below / groups, height, width).
        bias: (channels,).
        geometry: how the kernel lies on the images below.
    """
    kernel, wide = widened(weight, geometry)
    node = nir.Conv2d(
        input_shape=wide.input_shape[1:],
        weight=kernel,
        stride=wide.stride,
        padding=wide.padding,
        dilation=(1, 1),
        groups=1,
        bias=bias,
    )
    node.input_type = {"input": np.array(wide.input_shape)}
    node.output_type = {"output": np.array(wide.output_shape(kernel.shape))}
    return node


def widened(
    kernel: NDArray[Any], geometry: ConvolutionGeometry
) -> tuple[NDArray[Any], ConvolutionGeometry]:
    """The same map with one group and, where there is one, a square kernel."""
    channels, _, height, width = kernel.shape
    top, left = _margins(height, width)
    whole = np.zeros(
        (channels, geometry.input_shape[0], height + 2 * top, width + 2 * left), dtype=kernel.dtype
    )
    for rows, columns in _blocks(kernel.shape, geometry.groups):
        whole[rows, columns, top : top + height, left : left + width] = kernel[rows]
    pad_y, pad_x = geometry.padding
    return whole, replace(geometry, padding=(pad_y + top, pad_x + left), groups=1)


def narrowed(
    whole: NDArray[Any], shape: tuple[int, ...], geometry: ConvolutionGeometry
) -> NDArray[Any]:
    """The kernel of that shape which :func:`widened` made this one of."""
    top, left = _margins(*shape[2:])
    kernel = np.empty(shape, dtype=whole.dtype)
    for rows, columns in _blocks(shape, geometry.groups):
        kernel[rows] = whole[rows, columns, top : top + shape[2], left : left + shape[3]]
    return kernel


def channel_bias(bias: NDArray[Any], channels: int, number: int) -> NDArray[Any]:
    """The one bias of each channel, (channels,), of the biases of all units.

    Raises:
        MappingError: of layer ``number``, units of a channel have different ones.
    """
    images = bias.reshape(channels, -1)
    differences = np.ptp(images, axis=1)
    if (differences > _ROUNDING * np.abs(images).max()).any():
        raise MappingError(
            f"layer {number} is a convolution whose biases differ within a channel, as they do "
            "where a Normalize was folded into one that pads, but a Conv2d of NIR has one bias a "
            "channel; map a model without padding there, or without Normalize, or keep the "
            ".safetensors file"
        )
    return images[:, 0]


def geometry_of(name: str, node: Any, below: tuple[int, ...] | None) -> ConvolutionGeometry:
    """How the kernel of a Conv2d lies on the images below.

    Args:
        name, node: of any tool.
        below: shape of what it receives, where the graph says so.

    Raises:
        MappingError: dilation, padding that is not the same on both sides, or shapes that do not
            fit.
    """
    kernel_shape, groups = node.weight.shape, int(node.groups)
    stride = _pair(name, "stride", node.stride)
    if _pair(name, "dilation", node.dilation) != (1, 1):
        raise MappingError(
            f"node {name} (Conv2d) has dilation {node.dilation}, which has no mapping; expected 1"
        )
    if node.input_shape is not None:
        images = (kernel_shape[1] * groups, *_pair(name, "input_shape", node.input_shape))
        if below is not None and len(below) == 3 and below != images:
            raise MappingError(
                f"node {name} (Conv2d) is of images of {images}, but receives {below}; write it "
                "with the input_shape that it receives"
            )
        below = images
    if below is None or len(below) != 3:
        raise MappingError(
            f"node {name} (Conv2d) does not say the size of its images; write it with input_shape"
        )
    try:
        geometry = ConvolutionGeometry(
            (below[0], below[1], below[2]),
            stride,
            _padding(name, node.padding, kernel_shape[2:], stride),
            groups,
        )
        geometry.output_shape(kernel_shape)
    except InvalidInputError as error:
        raise MappingError(f"node {name} (Conv2d): {error}") from error
    return geometry


def _padding(
    name: str, padding: Any, kernel_size: tuple[int, ...], stride: tuple[int, int]
) -> tuple[int, int]:
    if not isinstance(padding, str):
        return _pair(name, "padding", padding)
    if padding == "valid":
        return 0, 0
    if stride != (1, 1) or not all(size % 2 for size in kernel_size):
        raise MappingError(
            f"node {name} (Conv2d) has padding 'same' with a kernel of {kernel_size} and stride "
            f"{stride}, which pads one side more than the other; expected odd kernels and stride 1"
        )
    return kernel_size[0] // 2, kernel_size[1] // 2


def _pair(name: str, field: str, value: Any) -> tuple[int, int]:
    """Vertical and horizontal, of one number or two."""
    numbers = np.atleast_1d(value)
    if numbers.shape not in ((1,), (2,)):
        raise MappingError(
            f"node {name} (Conv2d) has {field} {value!r}; expected one number or two, the same on "
            "both sides"
        )
    vertical, horizontal = np.broadcast_to(numbers, 2).tolist()
    return int(vertical), int(horizontal)


def _margins(height: int, width: int) -> tuple[int, int]:
    """Zeros above and left of a kernel, as many as below and right, that make it square."""
    if (height - width) % 2:
        return 0, 0
    size = max(height, width)
    return (size - height) // 2, (size - width) // 2


def _blocks(kernel_shape: tuple[int, ...], groups: int) -> list[tuple[slice, slice]]:
    """Channels of each group, and the channels below that they receive from."""
    channels, below = kernel_shape[0] // groups, kernel_shape[1]
    return [
        (
            slice(group * channels, (group + 1) * channels),
            slice(group * below, (group + 1) * below),
        )
        for group in range(groups)
    ]
