"""Rows of synapses after an epoch in the fast form (``engine_form``), in integers of 16 bits.

What stands in the loops has 16 bits at every step, has no branches, and each loop writes one array
and reads five at most, so that compilers make vectors of it: with a sixth they did not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics import engine
from lava_bccn.dynamics.engine import CHANCE_BITS, FRACTION_BITS
from lava_bccn.dynamics.engine_rule import FACTOR_BITS
from lava_bccn.sim.compiled.engine_table import TAG, WEIGHT
from lava_bccn.sim.jit import inlined, jit

_LIMIT = 1 << FACTOR_BITS["x1"]

_I = np.int16
_ZERO, _ONE, _TWO = _I(0), _I(1), _I(2)
_LOWEST, UNKNOWN = _I(-(2**15)), _I(2**15 - 1)
_SUM_LOW, _SUM_HIGH = _I(-256), _I(256)
"""Whole sums saturate a 2^−7th beyond the one, and a 2^−7th before the other."""
_MOST_UP = _I((1 << FRACTION_BITS) - 1)


@jit
def factors(x: Any, y: Any, rule: Any, by_unit: bool, width: int) -> Any:
    """What rows and columns have to do with a product of traces.

    Args:
        x, y: traces, (2, presynaptic) and (4, postsynaptic).
        rule: ``RuleNumbers``.
        by_unit: whether rows are those of postsynaptic units.
        width: columns in whole blocks.

    Returns:
        The factor of each row; the factor of each column, −1 where its input is active, and
        the largest magnitude of a factor; and whether the form holds: no unit has both traces.
    """
    constant = rule.numbers[0].x_constant
    active, below = np.empty(x.shape[1], np.int16), np.empty(x.shape[1], np.int16)
    for j in range(len(below)):
        active[j] = x[0, j] != 0
        below[j] = active[j] * engine.clipped(x[1, j] + constant, -_LIMIT, _LIMIT - 1)
    above, holds = np.zeros(y.shape[1], np.int16), True
    for i in range(len(above)):
        first, second = _factor(y, rule.traces[0], i), _factor(y, rule.traces[1], i)
        above[i] = first + second
        holds &= (first == 0) | (second == 0)
    along, over = (above, below) if by_unit else (below, above)
    across, columns, largest = np.zeros(width, np.int16), np.zeros(width, np.int16), _ZERO
    for i in range(len(over)):
        across[i], columns[i] = over[i], _I(-active[i]) if by_unit else _I(-_ONE)
        largest = max(largest, abs(over[i]))
    return along, (across, columns, np.int64(largest)), holds


@jit
def _factor(y: Any, trace: Any, unit: int) -> Any:
    value = engine.clipped(y[trace.name, unit] + trace.constant, -_LIMIT, _LIMIT - 1)
    return trace.sign * value


def _loop(moves: bool, learns: bool, saturates: bool = False) -> Any:
    """The loop over a row for whole sums: with the signs of tags, with traces, at the limits."""

    @inlined
    def changed(
        synapses: Any, chosen: Any, columns: Any, ends: Any, each: Any, rule: Any, new: Any
    ) -> Any:  # fmt: skip
        """Fill in the new values; the lowest, the highest and how many did not fit."""
        number, row, factor = chosen
        values, tags, result = synapses[number, row], synapses[TAG, row], new[number]
        across, active, _ = columns
        threshold, step, rest = _I(rule.threshold), _I(each.step), _I(each.rest)
        places, scale = _I(rule.places), _I(rule.scale)
        floor, top = _I(each.low), _I(each.high)
        low = high = lost = _ZERO
        for i in range(len(result)):
            start = value = values[i]
            if saturates:
                least = _I(_SUM_LOW - _I(ends[i] >> 1))
                most = _I(_SUM_HIGH - _I(ends[i] & _ONE))
            if moves:
                tag = tags[i]
                beyond = _I(tag - min(max(tag, _I(-threshold)), threshold))
                signs = _I(min(max(beyond, _I(-_TWO)), _TWO) & active[i])
                change = _I(step * signs)
                if saturates and not learns:
                    between = _I(_I(rest & active[i]) * _I(signs == _ZERO))
                    start = _I(min(max(_I(start + between), least), most) - between)
                value = _I(value + change)
                start = _I(start + change)
            if learns:
                product = _I(_I(_I(factor * across[i]) >> (places & 7)) * scale)
                value = _I(value + product)
                if saturates:
                    start = _I(start + min(max(product, least), most))
            if saturates:
                start = min(max(start, max(least, floor)), top)
                lost = _I(lost + _I(start != value))
                value = start
            low, high = min(low, value), max(high, value)
            result[i] = value
        return low, high, lost

    return changed


_learning, _transferring, _moving = _loop(False, True), _loop(True, False), _loop(True, True)
_saturating, _at_ends = _loop(True, True, True), _loop(True, False, True)


@inlined
def _rounded(
    synapses: Any, chosen: Any, columns: Any, chance: Any, each: Any, rule: Any, new: Any
) -> Any:  # fmt: skip
    """The same for sums that are rounded, or whose products are cut toward 0."""
    number, row, factor = chosen
    values, tags, result = synapses[number, row], synapses[TAG, row], new[number]
    across, active, _ = columns
    threshold, step = _I(rule.threshold), _I(each.step)
    places, scale = _I(rule.places), _I(rule.scale)
    cut = _I(((1 << rule.places) - 1) * rule.truncates)
    by_magnitude, shift, fraction = _I(-rule.by_magnitude), _I(each.shift), _I(each.fraction)
    even, most_up = _I(shift - fraction), _I((1 << (shift & 15)) - 1)
    low = high = odd = _ZERO
    for i in range(len(result)):
        tag = tags[i]
        beyond = _I(tag - min(max(tag, _I(-threshold)), threshold))
        signs = _I(min(max(beyond, _I(-_TWO)), _TWO) & active[i])
        product = _I(factor * across[i])
        product = _I(product + _I(_I(product >> 15) & cut))
        product = _I(_I(product >> (places & 7)) * scale)
        before = values[i]
        change = _I(_I(step * signs) + product)
        whole = _I(product >> (fraction & 7))
        low, high = min(low, whole), max(high, whole)
        odd = _I(odd | _I(before & even))
        floor_of = _I(before + _I(change >> (fraction & 7)))
        sign = _I(_I(floor_of >> 15) & by_magnitude)
        up = _I(most_up - _I(chance[i] >> ((CHANCE_BITS - shift) & 15)))
        size = _I(_I(_I(change ^ sign) - sign) + up)
        size = _I(_I(size >> (shift & 15)) << (even & 1))
        value = _I(before + _I(_I(size ^ sign) - sign))
        low, high = min(low, value), max(high, value)
        result[i] = value
    return (_LOWEST if odd else low), high, _ZERO


@inlined
def fill_ends(ends: Any, chance: Any, by_magnitude: Any) -> None:
    """Where whole sums saturate, by what rounds them: 2 if a unit lower, and 1 if below 256."""
    opposite = _I(-by_magnitude)
    for i in range(len(chance)):
        up = _I(_MOST_UP - _I(chance[i] >> 1))
        above = _I(_ONE - min(up, _ONE))
        below = max(_I(up - _I(_MOST_UP - _ONE)), _ZERO)
        lower = _I(_I(above & _I(~opposite)) | _I(below & opposite))
        ends[i] = _I(above + _I(lower << 1))


@inlined
def fast_row(
    synapses: Any, chosen: Any, columns: Any, random: Any, rule: Any, saturates: bool, new: Any
) -> Any:  # fmt: skip
    """Fill in the weights and tags of a row after an epoch.

    Args:
        synapses: (2, rows, columns in whole blocks).
        chosen: number and factor of the row, and ``TAG`` if its weights stay, else ``WEIGHT``.
        columns: see :func:`factors`.
        random: what rounds, (columns in whole blocks,), and what :func:`fill_ends` makes of it.
        rule: ``RuleNumbers``.
        saturates: whether whole sums may saturate, for which they need ``random``.
        new: likewise (2, columns), to fill in.

    Returns:
        Whether that is right, how many weights and tags did not fit, and the largest magnitude of
        the tags or more.
    """
    row, factor, first = chosen
    numbers, (chance, ends) = rule.numbers[0], random
    weights = tags = peak = _ZERO
    for number in range(TAG, first - 1, -1):
        each, learns = rule.sums[number], number == numbers.traces
        rounds = each.shift > 0 or numbers.truncates != 0
        own = (number, row, factor if learns else _ZERO)
        if rounds:
            low, high, lost = _rounded(synapses, own, columns, chance, each, numbers, new)
        elif saturates:
            if learns:
                low, high, lost = _saturating(synapses, own, columns, ends, each, numbers, new)
            else:
                low, high, lost = _at_ends(synapses, own, columns, ends, each, numbers, new)
        elif not learns:
            low, high, lost = _transferring(synapses, own, columns, ends, each, numbers, new)
        elif abs(np.int64(factor)) * columns[2] > numbers.largest:
            return False, (0, 0), UNKNOWN
        elif first == TAG or each.step == 0:
            low, high, lost = _learning(synapses, own, columns, ends, each, numbers, new)
        else:
            low, high, lost = _moving(synapses, own, columns, ends, each, numbers, new)
        if number == TAG:
            tags, peak = lost, max(_I(-low), high)
        else:
            weights = lost
        if each.changes != 0 and (low < each.least or high > each.most):
            if not saturates or rounds:
                return False, (0, 0), UNKNOWN
            if number == WEIGHT:  # it moves at rest
                peak = UNKNOWN
    return True, (np.int64(weights), np.int64(tags)), peak
