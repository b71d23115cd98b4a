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

_FEWEST = 32
"""Rows of a part that still pay: float64 takes twice as long, and each part adds up its sums."""

_PART = 2**21
"""Numbers of a matrix that are laid out at a time where it is not kept."""


class ExactProduct:
    """A weight matrix that multiplies batches of rates: ``product(rates) = rates @ matrix``.

    Integer products are computed in floating point in which every partial sum of the rates at hand
    is exact, so they are the integers, whatever the order of summation: in float32, over as many
    presynaptic units at a time as that allows, else in float64.

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
        self._largest: dict[int, int] = {}
        self._factors: dict[type, NDArray[Any]] = {}

    def __call__(self, rates: NDArray[Any], largest: int | None = None) -> NDArray[Any]:
        """Sums over the presynaptic units, (batch, postsynaptic units).

        Args:
            rates: (..., batch, presynaptic units).
            largest: what no rate is beyond, if that is known: then fewer are looked at.

        Returns:
            Of an integer matrix int64, or, where the integer rates come in float32, floating point
            that holds them exactly; else float64.

        Raises:
            OverflowError: integer rates so large that not even float64 is exact.
        """
        if not self._is_integer:
            return self._times(rates, np.float64)
        sums = self._exact(rates, largest)
        return sums if rates.dtype == np.float32 else sums.astype(np.int64)

    def _exact(self, rates: NDArray[Any], known: int | None) -> NDArray[Any]:
        """The integer sums in floating point, float32 or float64."""
        rate = max(int(rates.max()), -int(rates.min())) if known is None else known
        largest = self.largest_sum * rate
        if largest == 0:
            return np.zeros((*rates.shape[:-1], self._matrix.shape[-1]), dtype=np.float32)
        if largest >= FLOAT64_EXACT:
            raise OverflowError(f"integer sums up to {largest} are not exact in float64")
        if largest < FLOAT32_EXACT:
            return self._times(rates.astype(np.float32, copy=False), np.float32)
        rows = self._exact_rows(rate)
        if not (rows and self._is_kept):
            return self._times(rates.astype(np.float64), np.float64)
        rates, factor = rates.astype(np.float32, copy=False), self._factor(np.float32)
        sums: NDArray[Any] = np.zeros((*rates.shape[:-1], factor.shape[-1]))
        for first in range(0, factor.shape[-2], rows):
            part = slice(first, first + rows)
            sums += rates[..., part] @ factor[..., part, :]
        return sums

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

    @property
    def largest_sum(self) -> int:
        """The largest sum of magnitudes of the integer weights of a postsynaptic unit."""
        return self._largest_of(self._matrix.shape[-2])

    @property
    def is_silent(self) -> bool:
        """Whether no weight of an integer matrix is anything but 0."""
        return self.largest_sum == 0

    def _exact_rows(self, rate: int) -> int:
        """Presynaptic units whose sums float32 holds together; 0: too few to be worth it."""
        rows = self._matrix.shape[-2]
        while self._largest_of(rows) * rate >= FLOAT32_EXACT:
            rows = -(-rows // 2)
            if rows < _FEWEST:
                return 0
        return rows

    def _largest_of(self, rows: int) -> int:
        """The largest sum of magnitudes over so many presynaptic units that follow one another."""
        if rows not in self._largest:
            parts = (
                magnitude_sums(self._matrix[..., first : first + rows, :], axis=-2).max()
                for first in range(0, self._matrix.shape[-2], rows)
            )
            self._largest[rows] = int(max(parts))
        return self._largest[rows]

    def _factor(self, dtype: type) -> NDArray[Any]:
        if dtype not in self._factors:
            self._factors[dtype] = np.ascontiguousarray(self._matrix.astype(dtype))
        return self._factors[dtype]
