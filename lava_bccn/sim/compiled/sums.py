"""Sums of rows of weights, times what comes in, compiled: all are proven to fit 32 bits."""

from __future__ import annotations

from typing import Any

from lava_bccn.sim.jit import vectorised
from lava_bccn.sim.lanes import lane, plain


@vectorised
def add_rows(factors: Any, rows: Any, sums: Any, where: Any) -> Any:
    """Σ factor · row, to ``sums``; False where all factors are 0.

    Args:
        factors: int32.
        rows: a row a factor, int8 or int16.
        sums: int32.
        where: to work in, as long as the factors, int64.
    """
    count = 0
    for j in range(len(factors)):
        where[count] = j
        count += factors[j] != 0
    whole = count // 4 * 4
    for k in range(0, whole, 4):  # four at a time: the sums are read and written once for them
        row_a, row_b = rows[where[k]], rows[where[k + 1]]
        row_c, row_d = rows[where[k + 2]], rows[where[k + 3]]
        a, b = lane(factors[where[k]]), lane(factors[where[k + 1]])
        c, d = lane(factors[where[k + 2]]), lane(factors[where[k + 3]])
        for r in range(len(sums)):
            pair, other = a * row_a[r] + b * row_b[r], c * row_c[r] + d * row_d[r]
            sums[r] += plain(pair + other)
    for k in range(whole, count):
        row, factor = rows[where[k]], lane(factors[where[k]])
        for r in range(len(sums)):
            sums[r] += plain(factor * row[r])
    return count > 0


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
