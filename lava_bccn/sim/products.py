"""Matrix products of integers, exact and at the speed of floating point."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import magnitude_sums

FLOAT32_EXACT = 2**24
"""Integers up to this size and their sums are exact in float32 (24-bit significand, IEEE 754)."""

FLOAT64_EXACT = 2**53
"""The same for float64."""

_PART = 2**21
"""Numbers of a matrix that are laid out at a time where it is not kept."""


class ExactProduct:
    """A weight matrix that multiplies batches of rates: ``product(rates) = rates @ matrix``.

    Integer products are computed in the narrowest floating-point type in which every partial sum
    of the rates at hand is exact, so they are the integers, whatever the order of summation.

    Args:
        matrix: (presynaptic units, postsynaptic units), integer or floating; or a stack of them,
            (..., presynaptic units, postsynaptic units), for rates (..., batch, presynaptic units).
        is_reused: many products follow one another, so the matrix is kept as what they calculate
            in; else a large one becomes that in parts.
    """

    def __init__(self, matrix: NDArray[Any], *, is_reused: bool = True) -> None:
        self._matrix = matrix
        self._is_kept = is_reused or matrix.size <= _PART
        self._is_integer = np.issubdtype(matrix.dtype, np.integer)
        self._largest: int | None = None
        self._factors: dict[type, NDArray[Any]] = {}

    def __call__(self, rates: NDArray[Any]) -> NDArray[Any]:
        """Sums over the presynaptic units, (batch, postsynaptic units), int64 or float64.

        Raises:
            OverflowError: integer rates so large that not even float64 is exact.
        """
        if not self._is_integer:
            return self._times(rates, np.float64)
        largest = self._largest_sum() * max(int(rates.max()), -int(rates.min()))
        if largest == 0:
            return np.zeros((*rates.shape[:-1], self._matrix.shape[-1]), dtype=np.int64)
        if largest >= FLOAT64_EXACT:
            raise OverflowError(f"integer sums up to {largest} are not exact in float64")
        dtype = np.float32 if largest < FLOAT32_EXACT else np.float64
        return self._times(rates.astype(dtype), dtype).astype(np.int64)

    def _times(self, rates: NDArray[Any], dtype: type) -> NDArray[Any]:
        if self._is_kept:
            return rates @ self._factor(dtype)
        units = self._matrix.shape[-1]
        product: NDArray[Any] = np.empty((*rates.shape[:-1], units), dtype=dtype)
        columns = max(1, _PART * units // self._matrix.size)
        for first in range(0, units, columns):
            part = slice(first, first + columns)
            product[..., part] = rates @ self._matrix[..., part].astype(dtype)
        return product

    def _largest_sum(self) -> int:
        if self._largest is None:
            self._largest = int(magnitude_sums(self._matrix, axis=-2).max())
        return self._largest

    def _factor(self, dtype: type) -> NDArray[Any]:
        if dtype not in self._factors:
            self._factors[dtype] = np.ascontiguousarray(self._matrix.astype(dtype))
        return self._factors[dtype]
