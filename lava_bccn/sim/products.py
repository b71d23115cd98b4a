"""Matrix products of integers, exact and at the speed of floating point."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOAT32_EXACT = 2**24
"""Integers up to this size and their sums are exact in float32 (24-bit significand, IEEE 754)."""

FLOAT64_EXACT = 2**53
"""The same for float64."""


class Connection:
    """A weight matrix that multiplies batches of rates: ``connection(rates) = rates @ matrix``.

    Integer products are computed in the narrowest floating-point type in which every partial sum
    is exact, so they are the integers, whatever the order of summation.

    Args:
        matrix: (presynaptic units, postsynaptic units), integer or floating.
        max_rate: largest integer rate that will come; ignored for floating matrices.
    """

    def __init__(self, matrix: NDArray[Any], max_rate: int = 0) -> None:
        self.is_integer = np.issubdtype(matrix.dtype, np.integer)
        self.dtype: Any = np.float64
        if self.is_integer:
            largest = int(np.abs(matrix.astype(np.int64)).sum(axis=0).max()) * max_rate
            if largest >= FLOAT64_EXACT:
                raise OverflowError(f"integer sums up to {largest} are not exact in float64")
            self.dtype = np.float32 if largest < FLOAT32_EXACT else np.float64
        self.matrix = np.ascontiguousarray(matrix.astype(self.dtype))

    def __call__(self, rates: NDArray[Any]) -> NDArray[Any]:
        """Sums over the presynaptic units, (batch, postsynaptic units), int64 or float64."""
        sums = rates.astype(self.dtype) @ self.matrix
        return sums.astype(np.int64) if self.is_integer else sums
