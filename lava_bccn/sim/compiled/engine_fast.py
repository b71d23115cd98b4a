"""Rows of synapses after an epoch in the fast form (``engine_form``), in integers of 16 bits.

What stands in the loops has 16 bits at every step, has no branches, and each loop writes one array,
so that compilers make vectors of it.
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
        The factor of each row; the factor of each column, whether its input is active, and the
        largest magnitude of a factor; and whether the form holds: no unit has both traces.
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
        across[i], columns[i] = over[i], active[i] if by_unit else _ONE
        largest = max(largest, abs(over[i]))
    return along, (across, columns, np.int64(largest)), holds


@jit
def _factor(y: Any, trace: Any, unit: int) -> Any:
    value = engine.clipped(y[trace.name, unit] + trace.constant, -_LIMIT, _LIMIT - 1)
    return trace.sign * value


def _loop(saturates: bool, rounds: bool) -> Any:
    """The loop over a row, for whole sums that may saturate and for sums that are rounded."""

    @inlined
    def changed(
        synapses: Any, chosen: Any, across: Any, active: Any, chance: Any,
        each: Any, rule: Any, new: Any,
    ) -> Any:  # fmt: skip
        """Fill in the new values; the lowest, the highest and how many did not fit."""
        number, row, factor = chosen
        values, tags, result = synapses[number, row], synapses[TAG, row], new[number]
        threshold, step = _I(rule.threshold), _I(each.step)
        places, scale = _I(rule.places), _I(rule.scale)
        cut = _I(((1 << rule.places) - 1) * rule.truncates)
        by_magnitude, floor, top = _I(-rule.by_magnitude), _I(each.low), _I(each.high)
        shift, fraction = _I(each.shift), _I(each.fraction)
        rest = _I(each.rest)
        even, most_up = _I(shift - fraction), _I((1 << (shift & 15)) - 1)
        low = high = odd = lost = _ZERO
        for i in range(len(result)):
            tag = tags[i]
            beyond = _I(tag - min(max(tag, _I(-threshold)), threshold))
            signs = _I(min(max(beyond, _I(-_TWO)), _TWO) * active[i])
            product = _I(factor * across[i])
            product = _I(product + _I(_I(product >> 15) & cut))
            product = _I(_I(product >> (places & 7)) * scale)
            before = values[i]
            if rounds:
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
            else:
                before = _I(before + _I(step * signs))
                value = _I(before + product)
                if saturates:
                    up = _I(_MOST_UP - _I(chance[i] >> 1))
                    above = _I(_ONE - min(up, _ONE))
                    below = max(_I(up - _I(_MOST_UP - _ONE)), _ZERO)
                    below = _I(_I(above & _I(~by_magnitude)) | _I(below & by_magnitude))
                    least = _I(_SUM_LOW - below)
                    most = _I(_SUM_HIGH - above)
                    between = _I(_I(rest * active[i]) * _I(signs == _ZERO))
                    start = _I(min(max(_I(values[i] + between), least), most) - between)
                    held = _I(_I(start + _I(step * signs)) + min(max(product, least), most))
                    held = min(max(held, max(least, floor)), top)
                    lost = _I(lost + _I(held != value))
                    value = held
            low, high = min(low, value), max(high, value)
            result[i] = value
        return (_LOWEST if odd else low), high, lost

    return changed


_plain, _saturating, _rounded = _loop(False, False), _loop(True, False), _loop(False, True)


@inlined
def fast_row(
    synapses: Any, chosen: Any, columns: Any, chance: Any, rule: Any, saturates: bool, new: Any
) -> Any:  # fmt: skip
    """Fill in the weights and tags of a row after an epoch.

    Args:
        synapses: (2, rows, columns in whole blocks).
        chosen: number and factor of the row, and ``TAG`` if its weights stay, else ``WEIGHT``.
        columns: see :func:`factors`.
        chance: what rounds, (columns in whole blocks,).
        rule: ``RuleNumbers``.
        saturates: whether whole sums may saturate, for which they need ``chance``.
        new: likewise (2, columns), to fill in.

    Returns:
        Whether that is right, how many weights and tags did not fit, and the largest magnitude of
        the tags or more.
    """
    row, factor, first = chosen
    across, active, largest = columns
    numbers = rule.numbers[0]
    weights = tags = peak = _ZERO
    for number in range(TAG, first - 1, -1):
        each, own = rule.sums[number], factor if number == numbers.traces else _ZERO
        if each.shift > 0:
            low, high, lost = _rounded(
                synapses, (number, row, own), across, active, chance, each, numbers, new
            )
        elif saturates:
            low, high, lost = _saturating(
                synapses, (number, row, own), across, active, chance, each, numbers, new
            )
        elif abs(np.int64(own)) * largest <= numbers.largest:
            low, high, lost = _plain(
                synapses, (number, row, own), across, active, chance, each, numbers, new
            )
        else:
            return False, (0, 0), UNKNOWN
        if number == TAG:
            tags, peak = lost, max(_I(-low), high)
        else:
            weights = lost
        if each.changes != 0 and (low < each.least or high > each.most):
            if not saturates or each.shift > 0:
                return False, (0, 0), UNKNOWN
            if number == WEIGHT:  # it moves at rest
                peak = UNKNOWN
    return True, (np.int64(weights), np.int64(tags)), peak
