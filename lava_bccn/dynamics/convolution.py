"""Convolutions of flat states: the linear map between layers of images, and its transpose.

    up     v[o, y, x] = Σ_{i, a, b} W[o, i, a, b] e[i, s y + a − p, s x + b − p]
    down   u[i, y', x'] = Σ Y[o, i, a, b] b[o, y, x] over all that reach (i, y', x')

with stride s and padding p of each axis, e = 0 outside the image, and i from the block of channels
that o belongs to. It is the cross-correlation of ``torch.nn.Conv2d``; down is its adjoint:
⟨up(e), b⟩ = ⟨e, down(b)⟩ for the same kernel.

States are flat, (samples, units), channel-major as ``torch.nn.Flatten`` leaves images. Both maps
are one matrix product for each block of channels, which the caller supplies, so they are exact in
whatever it calculates in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.settings import check_fields, integer, tuple_of

MAX_VALUES = 1 << 24
"""Of an image, padding included, or of all images of a layer: the neurons of 16 chips."""

Product = Callable[[NDArray[Any]], NDArray[Any]]
"""rows ↦ rows @ matrices, (groups, rows, ...): a product for each block of channels."""


@dataclass(frozen=True)
class ConvolutionGeometry:
    """How a kernel (channels, channels below / groups, height, width) lies on the images below.

    Attributes:
        input_shape: (channels, height, width) below.
        stride, padding: vertical and horizontal, in units below; silence is what is padded.
        groups: blocks of channels, each connected to its like only.

    Raises:
        InvalidInputError: numbers that no convolution has.
    """

    input_shape: tuple[int, int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    groups: int = 1

    def __post_init__(self) -> None:
        of = "of a convolution"
        check_fields(self, of, input_shape=tuple_of(integer(1), 3), stride=tuple_of(integer(1), 2))
        check_fields(self, of, padding=tuple_of(integer(0), 2), groups=integer(1))
        if self.input_shape[0] % self.groups:
            raise InvalidInputError(
                f"groups of a convolution must divide the {self.input_shape[0]} channels below, "
                f"not {self.groups!r}"
            )

        channels, *sizes = self.input_shape
        padded = (size + 2 * pad for size, pad in zip(sizes, self.padding, strict=True))
        _check_size(channels * math.prod(padded), f"padded images of {self.input_shape}")

    def output_shape(self, kernel_shape: tuple[int, ...]) -> tuple[int, int, int]:
        """(channels, height, width) of the layer that a kernel of this shape makes.

        Raises:
            InvalidInputError: the kernel does not fit the images.
        """
        channels_below = self.input_shape[0] // self.groups
        if (
            len(kernel_shape) != 4
            or min(kernel_shape) < 1
            or kernel_shape[1] != channels_below
            or kernel_shape[0] % self.groups
        ):
            raise InvalidInputError(
                f"a kernel of shape {kernel_shape} does not fit {self.groups} groups of "
                f"{self.input_shape[0]} channels; expected (channels, {channels_below}, height, "
                f"width) with a multiple of {self.groups} channels"
            )
        height, width = (
            (size + 2 * padding - kernel) // stride + 1
            for size, padding, kernel, stride in zip(
                self.input_shape[1:], self.padding, kernel_shape[2:], self.stride, strict=True
            )
        )
        if min(height, width) < 1:
            raise InvalidInputError(
                f"images of {self.input_shape} with padding {self.padding} are smaller than the "
                f"kernel {kernel_shape[2:]}"
            )
        _check_size(kernel_shape[0] * height * width, "the images of a layer")
        return kernel_shape[0], height, width


def _check_size(values: int, what: str) -> None:
    if values > MAX_VALUES:
        raise InvalidInputError(f"{what} have {values:,} values, more than {MAX_VALUES:,}")


def upward(kernel: NDArray[Any], groups: int) -> NDArray[Any]:
    """The matrices of :func:`up`, (groups, height · width · channels below, channels)."""
    parts = kernel.reshape(groups, kernel.shape[0] // groups, *kernel.shape[1:])
    return parts.transpose(0, 3, 4, 2, 1).reshape(groups, -1, kernel.shape[0] // groups)


def downward(kernel: NDArray[Any], groups: int) -> NDArray[Any]:
    """The matrices of :func:`down`: those of :func:`up`, transposed."""
    return upward(kernel, groups).transpose(0, 2, 1)


def up(
    below: NDArray[Any],
    product: Product,
    kernel_shape: tuple[int, ...],
    geometry: ConvolutionGeometry,
) -> NDArray[Any]:
    """W ∗ e: sums of each unit from the rates below.

    Args:
        below: (samples, units below).
        product: with the matrices of :func:`upward`.
        kernel_shape: of W.
        geometry: how it lies on the images below.

    Returns:
        (samples, units).
    """
    channels, height, width = geometry.output_shape(kernel_shape)
    samples, groups = len(below), geometry.groups
    (stride_y, stride_x), (pad_y, pad_x) = geometry.stride, geometry.padding
    images: NDArray[Any] = below.reshape(samples, *geometry.input_shape).transpose(0, 2, 3, 1)
    # Channels last: what a window reads of a row lies side by side.
    images = np.pad(images, ((0, 0), (pad_y, pad_y), (pad_x, pad_x), (0, 0)))
    slide: Any = np.lib.stride_tricks.sliding_window_view  # whose stubs knew one axis only
    windows = slide(images, kernel_shape[2:], axis=(1, 2))
    windows = windows[:, ::stride_y, ::stride_x].reshape(
        samples, height, width, groups, kernel_shape[1], *kernel_shape[2:]
    )
    rows = windows.transpose(3, 0, 1, 2, 5, 6, 4).reshape(groups, samples * height * width, -1)
    sums = product(rows).reshape(groups, samples, height * width, channels // groups)
    return sums.transpose(1, 0, 3, 2).reshape(samples, -1)


def down(
    above: NDArray[Any],
    product: Product,
    kernel_shape: tuple[int, ...],
    geometry: ConvolutionGeometry,
) -> NDArray[Any]:
    """Yᵀ ∗ b, the transposed convolution: sums of each unit below from the rates above.

    Args:
        above: (samples, units).
        product: with the matrices of :func:`downward`.
        kernel_shape: of Y.
        geometry: how it lies on the images below.

    Returns:
        (samples, units below).
    """
    channels, height, width = geometry.output_shape(kernel_shape)
    samples, groups = len(above), geometry.groups
    (stride_y, stride_x), (pad_y, pad_x) = geometry.stride, geometry.padding
    channels_below, height_below, width_below = geometry.input_shape
    rows: NDArray[Any] = above.reshape(samples, groups, channels // groups, height * width)
    rows = rows.transpose(1, 0, 3, 2).reshape(groups, samples * height * width, -1)
    parts = product(rows).reshape(
        groups, samples, height, width, *kernel_shape[2:], kernel_shape[1]
    )
    parts = parts.transpose(1, 2, 3, 4, 5, 0, 6)
    padded = (samples, height_below + 2 * pad_y, width_below + 2 * pad_x)
    sums = np.zeros((*padded, groups, kernel_shape[1]), dtype=parts.dtype)
    for y in range(kernel_shape[2]):
        rows_reached = slice(y, y + stride_y * height, stride_y)
        for x in range(kernel_shape[3]):
            columns_reached = slice(x, x + stride_x * width, stride_x)
            sums[:, rows_reached, columns_reached] += parts[:, :, :, y, x]
    inside = sums[:, pad_y : pad_y + height_below, pad_x : pad_x + width_below]
    inside = inside.reshape(samples, height_below * width_below, channels_below)
    return inside.transpose(0, 2, 1).reshape(samples, -1)


def largest_up(kernel: NDArray[Any], geometry: ConvolutionGeometry) -> int:
    """The largest sum of :func:`up` where all rates below are 1, without laying out any image.

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
    """The largest sum of :func:`down` where all rates above are 1, without laying out any image.

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


def window_size(kernel_shape: tuple[int, ...], geometry: ConvolutionGeometry) -> int:
    """Numbers that :func:`up` and :func:`down` lay out for each sample."""
    _, height, width = geometry.output_shape(kernel_shape)
    return height * width * geometry.groups * math.prod(kernel_shape[1:])
