"""The largest sums that a kernel of magnitudes can make, found without laying out any image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.convolution import ConvolutionGeometry


def largest_up(kernel: NDArray[Any], geometry: ConvolutionGeometry) -> int:
    """The largest sum of ``convolution.up`` where all rates below are 1.

    Args:
        kernel: of W, not negative.
        geometry: how it lies on the images below.
    """
    # A window that padding cuts sees a block of the kernel.
    (top, bottom), (left, right) = (
        _seen(outputs, size, *axis)
        for outputs, size, axis in zip(
            geometry.output_shape(kernel.shape)[1:], kernel.shape[2:], _axes(geometry), strict=True
        )
    )
    return _largest_block(kernel.sum(axis=1, dtype=np.int64), top, bottom, left, right)


def largest_down(kernel: NDArray[Any], geometry: ConvolutionGeometry) -> int:
    """The largest sum of ``convolution.down`` where all rates above are 1.

    Args:
        kernel: of Y, not negative.
        geometry: how it lies on the images below.
    """
    _, height, width = geometry.output_shape(kernel.shape)
    blocks = kernel.reshape(geometry.groups, -1, *kernel.shape[1:])
    grouped = blocks.sum(axis=1, dtype=np.int64)
    received = grouped.reshape(-1, *kernel.shape[2:])  # by each channel below
    vertical, horizontal = _axes(geometry)
    largest = 0
    # A unit below at y' is reached through every stride-th row of the kernel, from (y' + p) mod s.
    for y in range(min(vertical[0], kernel.shape[2])):
        for x in range(min(horizontal[0], kernel.shape[3])):
            part = received[:, y :: vertical[0], x :: horizontal[0]]
            rows = _reaching(height, part.shape[1], y, *vertical)
            columns = _reaching(width, part.shape[2], x, *horizontal)
            if len(rows[0]) and len(columns[0]):
                largest = max(largest, _largest_block(part, *rows, *columns))
    return largest


def _axes(geometry: ConvolutionGeometry) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Stride, padding and size of the images below, vertical and horizontal."""
    (stride_y, stride_x), (pad_y, pad_x) = geometry.stride, geometry.padding
    _, height, width = geometry.input_shape
    return (stride_y, pad_y, height), (stride_x, pad_x, width)


def _seen(
    outputs: int, size: int, stride: int, padding: int, below: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The rows of a kernel, from and up to, that lie on the image, for all places of a window."""
    first = np.arange(outputs) * stride - padding
    return _distinct(np.clip(-first, 0, size), np.clip(below - first, 0, size))


def _reaching(
    outputs: int, size: int, start: int, stride: int, padding: int, below: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The same, of each stride-th row of the kernel, of those that reach a unit below."""
    index: NDArray[Any] = np.arange(outputs + size - 1)
    place = start + stride * index - padding
    index = index[(place >= 0) & (place < below)]
    return _distinct(np.maximum(0, index - outputs + 1), np.minimum(index + 1, size))


def _distinct(first: NDArray[Any], end: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    first, end = np.unique(np.stack((first, end)), axis=1)
    return first, end


def _largest_block(
    images: NDArray[Any],
    top: NDArray[Any],
    bottom: NDArray[Any],
    left: NDArray[Any],
    right: NDArray[Any],
) -> int:
    """The largest sum of blocks of images (channels, height, width), ends not included."""
    sums = np.pad(images.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))
    rows = sums[:, bottom] - sums[:, top]
    return int((rows[:, :, right] - rows[:, :, left]).max())
