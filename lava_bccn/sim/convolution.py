"""Kernels prepared for repeated convolutions, exact in integers as matrices are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.convolution import (
    ConvolutionGeometry,
    down,
    downward,
    up,
    upward,
    window_size,
)
from lava_bccn.dynamics.convolution_bounds import largest_down
from lava_bccn.sim.products import FLOAT32_EXACT, ExactProduct

_CHUNK = 2**20
"""Numbers laid out at a time: the windows of a whole batch would not fit the caches."""

_COMPILED_CHUNK = 2**17
"""The same in compiled code, which has little to do for each; but at least 4 for each weight, so
that their product is large enough to be fast."""


class Convolution:
    """As :class:`~lava_bccn.sim.products.ExactProduct`, of a kernel.

    Args:
        kernel: (channels, channels below / groups, height, width), integer or floating.
        geometry: how it lies on the images below.
        is_feedback: False for W, which goes up; True for Y and Q, which go down.
        is_reused: see :class:`~lava_bccn.sim.products.ExactProduct`.
    """

    def __init__(
        self,
        kernel: NDArray[Any],
        geometry: ConvolutionGeometry,
        *,
        is_feedback: bool,
        is_reused: bool = True,
    ) -> None:
        self._is_feedback = is_feedback
        self._direction = down if is_feedback else up
        matrices = (downward if is_feedback else upward)(kernel, geometry.groups)
        self._product = ExactProduct(matrices, is_reused=is_reused)
        self._kernel_shape, self._geometry = kernel.shape, geometry
        postsynaptic = geometry.input_shape if is_feedback else geometry.output_shape(kernel.shape)
        self._postsynaptic = math.prod(postsynaptic)
        self.is_silent: bool = not kernel.any()
        """Whether no weight is anything but 0."""
        self._is_integer = np.issubdtype(kernel.dtype, np.integer)
        self._largest_sum = 0
        if is_feedback and self._is_integer:
            self._largest_sum = largest_down(np.abs(kernel.astype(np.int16)), geometry)
        # Beside a large kernel a part of its size is little, and each laying out of it is much.
        laid_out = _CHUNK if is_reused else max(_CHUNK, kernel.size // 8)
        of_sample = window_size(kernel.shape, geometry)
        self._samples = max(1, laid_out // of_sample)
        self._compiled_samples = max(1, max(_COMPILED_CHUNK, 4 * kernel.size) // of_sample)

    def __call__(self, rates: NDArray[Any], largest: int | None = None) -> NDArray[Any]:
        """Sums of every postsynaptic unit, (batch, postsynaptic units), as of a matrix."""
        if self.is_silent or (largest is None and not rates.any()):  # as deviations at rest
            return np.zeros((len(rates), self._postsynaptic), dtype=self._dtype(rates))
        if self._is_integer and rates.dtype == np.float32:
            return self._compiled(rates, largest)
        sums = [
            self._direction(rates[part], self._product, self._kernel_shape, self._geometry)
            for part in _parts(len(rates), self._samples)
        ]
        return np.concatenate(sums)

    def _compiled(self, rates: NDArray[Any], largest: int | None) -> NDArray[Any]:
        from lava_bccn.sim.compiled import images  # takes long to import

        if largest is None:
            largest = max(int(rates.max()), -int(rates.min()))
        # A unit below adds up what several places send, so each part of it has room for the sum.
        wide = self._largest_sum * largest >= FLOAT32_EXACT

        def product(rows: NDArray[Any]) -> NDArray[Any]:
            sums = self._product(rows, largest)
            return sums.astype(np.float64, copy=False) if wide else sums

        windows = images.windows_of(self._kernel_shape, self._geometry)
        direction = images.DOWN if self._is_feedback else images.UP
        result = None
        for part in _parts(len(rates), self._compiled_samples):
            rows = product(direction.laid_out(rates[part], self._kernel_shape[0], windows))
            if result is None:
                result = np.empty((len(rates), self._postsynaptic), rows.dtype)
            direction.put(rows, windows, result[part])
        assert result is not None
        return result

    def _dtype(self, rates: NDArray[Any]) -> type[np.generic]:
        """Of sums that are all zero."""
        if not self._is_integer:
            return np.float64
        return np.float32 if rates.dtype == np.float32 else np.int64


def _parts(samples: int, most: int) -> Iterator[slice]:
    return (slice(first, first + most) for first in range(0, samples, most))
