"""Sums of rows of weights, times what comes in, compiled: all are proven to fit 32 bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.sim.jit import jit, vectorised


@jit
def add_rows(factors: Any, rows: Any, sums: Any) -> Any:
    """Σ factor · row, to ``sums``; False where all factors are 0. int32, and int8 or int16."""
    active: Any = np.flatnonzero(factors)
    whole = len(active) // 4 * 4
    for k in range(0, whole, 4):  # four at a time: the sums are read and written once for them
        a, b, c, d = active[k], active[k + 1], active[k + 2], active[k + 3]
        factor_a, factor_b, factor_c, factor_d = factors[a], factors[b], factors[c], factors[d]
        row_a, row_b, row_c, row_d = rows[a], rows[b], rows[c], rows[d]
        for r in range(len(sums)):
            sums[r] += (
                np.int32(row_a[r]) * factor_a
                + np.int32(row_b[r]) * factor_b
                + np.int32(row_c[r]) * factor_c
                + np.int32(row_d[r]) * factor_d
            )
    for k in range(whole, len(active)):
        factor, row = factors[active[k]], rows[active[k]]
        for r in range(len(sums)):
            sums[r] += np.int32(row[r]) * factor
    return len(active) > 0


@vectorised
def product(row: Any, factors: Any) -> Any:
    """Σ row · factors, int8 and int32."""
    total = np.int32(0)
    for i in range(len(row)):
        total = np.int32(total + np.int32(row[i]) * factors[i])
    return total
