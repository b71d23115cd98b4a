"""Sums of rows of weights, times what comes in, compiled: all are proven to fit 32 bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.sim.jit import jit, vectorised
from lava_bccn.sim.lanes import lane, plain


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
def add_products(rows: Any, factors: Any, sums: Any) -> None:
    """Σ row · factors of every row, to ``sums``; int8 and int32."""
    whole = len(rows) // 4 * 4
    for j in range(0, whole, 4):  # four at a time: the factors are read once for them
        row_a, row_b, row_c, row_d = rows[j], rows[j + 1], rows[j + 2], rows[j + 3]
        a, b, c, d = lane(0), lane(0), lane(0), lane(0)
        for i in range(len(factors)):
            factor = lane(factors[i])
            a += factor * row_a[i]
            b += factor * row_b[i]
            c += factor * row_c[i]
            d += factor * row_d[i]
        sums[j] += plain(a)
        sums[j + 1] += plain(b)
        sums[j + 2] += plain(c)
        sums[j + 3] += plain(d)
    for j in range(whole, len(rows)):
        row, total = rows[j], lane(0)
        for i in range(len(factors)):
            total += lane(factors[i]) * row[i]
        sums[j] += plain(total)
