"""Kernels prepared for repeated convolutions, exact in integers as matrices are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.convolution import (
    ConvolutionGeometry,
    Product,
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
        self._samples = max(1, laid_out // window_size(kernel.shape, geometry))

    def __call__(self, rates: NDArray[Any]) -> NDArray[Any]:
        """Sums of every postsynaptic unit, (batch, postsynaptic units), typed as of a matrix."""
        if self.is_silent or not rates.any():  # such as Q − p^b Y, and deviations at rest
            return np.zeros((len(rates), self._postsynaptic), dtype=self._dtype(rates))
        product: Product = self._product
        if rates.dtype == np.float32 and self._largest_sum * np.abs(rates).max() >= FLOAT32_EXACT:
            product = self._wide  # a unit below adds up what several places send
        chunks = (
            self._direction(
                rates[first : first + self._samples], product, self._kernel_shape, self._geometry
            )
            for first in range(0, len(rates), self._samples)
        )
        return np.concatenate(list(chunks))

    def _wide(self, rates: NDArray[Any]) -> NDArray[Any]:
        return self._product(rates).astype(np.float64, copy=False)

    def _dtype(self, rates: NDArray[Any]) -> type[np.generic]:
        """Of sums that are all zero."""
        if not self._is_integer:
            return np.float64
        return np.float32 if rates.dtype == np.float32 else np.int64
