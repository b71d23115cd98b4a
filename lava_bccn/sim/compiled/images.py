"""What ``dynamics.convolution`` lays out around its products, compiled, in float32.

Images are turned to channels last, in a padded copy of one at a time, so that what a window reads
of a row lies side by side there. The maps are those of ``convolution.up`` and ``convolution.down``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.sim.jit import jit, kept


class Windows(NamedTuple):
    """How windows lie on images: numbers of ``ConvolutionGeometry`` and of a kernel's shape."""

    groups: int
    channels: int
    """Below, of a group."""
    height: int
    width: int
    kernel_height: int
    kernel_width: int
    stride_y: int
    stride_x: int
    pad_y: int
    pad_x: int
    places_y: int
    places_x: int


def windows_of(kernel_shape: tuple[int, ...], geometry: ConvolutionGeometry) -> Windows:
    """Those of a kernel (channels, channels below / groups, height, width)."""
    _, places_y, places_x = geometry.output_shape(kernel_shape)
    _, channels, *kernel = kernel_shape
    sizes = (*geometry.input_shape[1:], *kernel, *geometry.stride, *geometry.padding)
    return Windows._make((geometry.groups, channels, *sizes, places_y, places_x))


@jit
def _padded(windows: Windows, dtype: Any) -> Any:
    """An image of a group, (height · width · channels), silent all over."""
    height = windows.height + 2 * windows.pad_y
    return np.zeros(height * (windows.width + 2 * windows.pad_x) * windows.channels, dtype)


@jit
def _first(windows: Windows, y: int, x: int) -> int:
    """Where the pixel (y, x), margins included, is in such an image."""
    return (y * (windows.width + 2 * windows.pad_x) + x) * windows.channels


def _lay_out(images: Any, windows: Windows, rows: Any) -> None:
    """What each place sees.

    Args:
        images: (samples, units below), float32.
        windows: of the kernel.
        rows: filled, (groups, samples · places, height · width · channels below).
    """
    padded, run = _padded(windows, np.float32), windows.kernel_width * windows.channels
    size = windows.height * windows.width
    for sample in range(len(images)):
        for group in range(windows.groups):
            for channel in range(windows.channels):
                image = images[sample, (group * windows.channels + channel) * size :]
                for y in range(windows.height):
                    first = _first(windows, y + windows.pad_y, windows.pad_x) + channel
                    for x in range(windows.width):
                        padded[first + x * windows.channels] = image[y * windows.width + x]
            place = sample * windows.places_y * windows.places_x
            for y in range(windows.places_y):
                for x in range(windows.places_x):
                    row = rows[group, place]
                    place += 1
                    for below in range(windows.kernel_height):
                        pixel = windows.stride_y * y + below
                        first = _first(windows, pixel, windows.stride_x * x)
                        for i in range(run):
                            row[below * run + i] = padded[first + i]


def _add_up(parts: Any, windows: Windows, images: Any) -> None:
    """The sums of what all places send to each pixel: the transpose of ``_lay_out``.

    Args:
        parts: (groups, samples · places, height · width · channels below).
        windows: of the kernel.
        images: filled, (samples, units below), of the same type.
    """
    padded, run = _padded(windows, parts.dtype), windows.kernel_width * windows.channels
    size = windows.height * windows.width
    for sample in range(len(images)):
        for group in range(windows.groups):
            padded[:] = 0
            place = sample * windows.places_y * windows.places_x
            for y in range(windows.places_y):
                for x in range(windows.places_x):
                    row = parts[group, place]
                    place += 1
                    for below in range(windows.kernel_height):
                        pixel = windows.stride_y * y + below
                        first = _first(windows, pixel, windows.stride_x * x)
                        for i in range(run):
                            padded[first + i] += row[below * run + i]
            for channel in range(windows.channels):
                image = images[sample, (group * windows.channels + channel) * size :]
                for y in range(windows.height):
                    first = _first(windows, y + windows.pad_y, windows.pad_x) + channel
                    for x in range(windows.width):
                        image[y * windows.width + x] = padded[first + x * windows.channels]


def _channels_first(rows: Any, windows: Windows, images: Any) -> None:
    """Images (samples, units) of (groups, samples · places, channels of a group)."""
    places = windows.places_y * windows.places_x
    for sample in range(len(images)):
        for group in range(len(rows)):
            for channel in range(rows.shape[2]):
                first = (group * rows.shape[2] + channel) * places
                for place in range(places):
                    images[sample, first + place] = rows[group, sample * places + place, channel]


def _channels_last(images: Any, windows: Windows, rows: Any) -> None:
    """The other way round."""
    places = windows.places_y * windows.places_x
    for sample in range(len(images)):
        for group in range(len(rows)):
            for place in range(places):
                row = rows[group, sample * places + place]
                for channel in range(len(row)):
                    row[channel] = images[sample, (group * len(row) + channel) * places + place]


class Direction(NamedTuple):
    """A map between images (samples, units), around its product."""

    laid_out: Callable[[Any, int, Windows], Any]
    """Images, channels above and windows into the rows of the product."""
    put: Callable[[Any, Windows, Any], None]
    """The product's rows, and windows, into images, which are filled."""


_lay_out, _last = kept(_lay_out), kept(_channels_last)


def _seen(images: Any, channels: int, windows: Windows) -> Any:
    places = len(images) * windows.places_y * windows.places_x
    seen = windows.kernel_height * windows.kernel_width * windows.channels
    rows = np.empty((windows.groups, places, seen), np.float32)
    _lay_out(images, windows, rows)
    return rows


def _sent(images: Any, channels: int, windows: Windows) -> Any:
    places = len(images) * windows.places_y * windows.places_x
    rows = np.empty((windows.groups, places, channels // windows.groups), np.float32)
    _last(images, windows, rows)
    return rows


UP = Direction(_seen, kept(_channels_first))
"""Between the parts of ``convolution.up``: what places see, and what they come to."""

DOWN = Direction(_sent, kept(_add_up))
"""Those of ``convolution.down``: what places send, and what arrives of it."""
