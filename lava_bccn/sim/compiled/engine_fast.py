"""Rows of synapses after an epoch in the fast form (``engine_form``), in integers of 16 bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics import engine
from lava_bccn.dynamics.engine import CHANCE_BITS
from lava_bccn.dynamics.engine_rule import FACTOR_BITS
from lava_bccn.sim.compiled.engine_table import TAG, WEIGHT
from lava_bccn.sim.jit import jit

_LIMIT = 1 << FACTOR_BITS["x1"]


@jit
def factors(x: Any, y: Any, form: Any, by_unit: bool) -> Any:
    """x and v of all rows and columns, and whether a column's input is active.

    Args:
        x, y: traces, (2, presynaptic) and (4, postsynaptic).
        form: of the rule.
        by_unit: whether rows are those of postsynaptic units.

    Returns:
        Factors of rows and of columns, 1 or 0 of columns, and whether the form holds: no unit has
        both traces.
    """
    active, below = np.empty(x.shape[1], np.int16), np.empty(x.shape[1], np.int16)
    for j in range(len(below)):
        active[j] = x[0, j] != 0
        below[j] = active[j] * engine.clipped(x[1, j] + form.x_constant, -_LIMIT, _LIMIT - 1)
    above, holds = np.zeros(y.shape[1], np.int16), True
    for i in range(len(above)):
        first, second = _factor(y, form, 0, i), _factor(y, form, 1, i)
        above[i] = first + second
        holds &= (first == 0) | (second == 0)
    if by_unit:
        return above, below, active, holds
    return below, above, np.ones(len(above), np.int16), holds


@jit
def _factor(y: Any, form: Any, product: int, unit: int) -> Any:
    name, constant, sign = form.y[product]
    return sign * engine.clipped(y[name, unit] + constant, -_LIMIT, _LIMIT - 1)


@jit
def fast_row(synapses: Any, row: Any, columns: Any, chance: Any, form: Any, new: Any) -> bool:
    """Fill in the weights and tags of a row after an epoch; False where something might not fit.

    Args:
        synapses: weights and tags of the row, two arrays (columns,).
        row: its factor.
        columns: their factors, whether they are active, and the largest magnitude of the factors.
        chance: what rounds, (columns,).
        form: of the rule.
        new: weights and tags to fill in, two arrays (columns,).
    """
    factors, active, most = columns
    for number in (WEIGHT, TAG):
        if number == WEIGHT or form.traces == TAG:
            factor = row if number == form.traces else np.int16(0)
            ends = _changed(number, synapses, factor, factors, active, chance, form, new[number])
            low, high = form.limits[number]
            if abs(np.int64(factor)) * most > form.largest:
                low, high = max(low, -form.reduced), min(high, form.reduced)
            if ends[0] < low or ends[1] > high:
                return False
    return True


@jit
def _changed(
    number: int,
    synapses: Any,
    factor: Any,
    factors: Any,
    active: Any,
    chance: Any,
    form: Any,
    new: Any,
) -> Any:
    """Fill in the new weights or tags; their lowest and their highest."""
    numbers = (
        np.int16(factor),
        np.int16(form.threshold),
        np.int16(form.steps[number]),
        np.int16(form.places),
        np.int16((1 << form.places) - 1 if form.truncates else 0),
        np.int16(form.scale),
    )
    if form.shifts[number] == 0:
        return _whole(synapses[number], synapses[TAG], factors, active, chance, numbers, _NONE, new)
    rounding = (
        np.int16(form.shifts[number]),
        np.int16(form.fractions[number]),
        np.int16(-1 if form.by_magnitude else 0),
    )
    return _rounded(
        synapses[number], synapses[TAG], factors, active, chance, numbers, rounding, new
    )


_NONE = (np.int16(0), np.int16(0), np.int16(0))


def _loop(rounds: bool) -> Any:
    """The loop over a row, for sums that are rounded and for those that are whole."""
    i16 = np.int16
    two, zero, lowest = i16(2), i16(0), i16(-(2**15))

    @jit
    def changed(
        values: Any, tags: Any, factors: Any, active: Any, chance: Any,
        numbers: Any, rounding: Any, new: Any,
    ) -> Any:  # fmt: skip
        factor, threshold, step, places, cut, scale = numbers
        shift, fraction, by_magnitude = rounding
        even, most_up = i16(shift - fraction), i16((1 << (shift & 15)) - 1)
        low = high = odd = zero
        for i in range(len(new)):
            tag = tags[i]
            beyond = i16(tag - min(max(tag, i16(-threshold)), threshold))
            signs = i16(min(max(beyond, i16(-two)), two) * active[i])
            product = i16(factor * factors[i])
            product = i16(product + i16(i16(product >> 15) & cut))
            change = i16(i16(step * signs) + i16(i16(product >> (places & 7)) * scale))
            if rounds:
                odd = i16(odd | i16(values[i] & even))
                negative = i16(i16(i16(values[i] + i16(change >> (fraction & 7))) >> 15) & by_magnitude)
                up = i16(most_up - i16(chance[i] >> ((CHANCE_BITS - shift) & 15)))
                size = i16(i16(i16(change ^ negative) - negative) + up)
                size = i16(i16(size >> (shift & 15)) << (even & 1))
                change = i16(i16(size ^ negative) - negative)
            value = i16(values[i] + change)
            low, high = min(low, value), max(high, value)
            new[i] = value
        return (lowest if odd else low), high

    return changed


_whole, _rounded = _loop(False), _loop(True)
