"""Convolutions of flat states: the linear map between layers of images, and its transpose.

    up     v[o, y, x] = Σ_{i, a, b} W[o, i, a, b] e[i, s y + a − p, s x + b − p]
    down   u[i, y', x'] = Σ Y[o, i, a, b] b[o, y, x] over all that reach (i, y', x')

with stride s and padding p of each axis, e = 0 outside the image, and i from the block of channels
that o belongs to. It is the cross-correlation of ``torch.nn.Conv2d``; down is its adjoint:
⟨up(e), b⟩ = ⟨e, down(b)⟩ for the same kernel. What a kernel learns is the sum over all places,

    outer  S[o, i, a, b] = Σ_{y, x} d[o, y, x] e[i, s y + a − p, s x + b − p]

the gradient of ⟨d, up(e)⟩ by W: the weight gradient of ``torch.nn.Conv2d`` (LeCun et al., Neural
Computation 1(4), 1989: connections that share a weight add up their changes).

States are flat, (samples, units), channel-major as ``torch.nn.Flatten`` leaves images. Both maps
are one matrix product for each block of channels, which the caller supplies, so they are exact in
whatever it calculates in; ``outer`` is exact in the dtype of its rates.
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
    rows = _windows(below, kernel_shape, geometry)
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


def outer(
    above: NDArray[Any],
    below: NDArray[Any],
    kernel_shape: tuple[int, ...],
    geometry: ConvolutionGeometry,
) -> NDArray[Any]:
    """Σ d e over the samples and all places that share a synapse.

    Of two traces of 7 bits at P places it is at most 127² P: below 2^30, and exact in 32 bits, for
    P up to ``dynamics.integer_plasticity.MAX_PLACES``.

    Args:
        above: (samples, units).
        below: (samples, units below).
        kernel_shape: of what learns.
        geometry: how it lies on the images below.

    Returns:
        Of the kernel's shape.
    """
    channels, groups = kernel_shape[0], geometry.groups
    images = above.reshape(len(above), groups, channels // groups, -1)
    signals = images.transpose(1, 2, 0, 3).reshape(groups, channels // groups, -1)
    sums = signals @ _windows(below, kernel_shape, geometry)
    sums = sums.reshape(channels, *kernel_shape[2:], kernel_shape[1])
    return sums.transpose(0, 3, 1, 2)


def _windows(
    below: NDArray[Any], kernel_shape: tuple[int, ...], geometry: ConvolutionGeometry
) -> NDArray[Any]:
    """What each place sees, (groups, samples · places, height · width · channels below)."""
    _, height, width = geometry.output_shape(kernel_shape)
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
    rows: NDArray[Any] = windows.transpose(3, 0, 1, 2, 5, 6, 4)
    return rows.reshape(groups, samples * height * width, -1)


def window_size(kernel_shape: tuple[int, ...], geometry: ConvolutionGeometry) -> int:
    """Numbers that :func:`up` and :func:`down` lay out for each sample."""
    _, height, width = geometry.output_shape(kernel_shape)
    return height * width * geometry.groups * math.prod(kernel_shape[1:])
