"""Epochs of Loihi's learning engine, compiled: the bits of ``dynamics.engine``.

A rule is numbers (``engine_form``), so that one compiled loop does every rule.
Rows of silent inputs are left out.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import engine
from lava_bccn.dynamics.engine import CHANCE_BITS, EngineSynapses
from lava_bccn.dynamics.stochastic_rounding import draw
from lava_bccn.sim.compiled import engine_fast, engine_table
from lava_bccn.sim.compiled.engine_fast import UNKNOWN, factors, fast_row, fill_ends
from lava_bccn.sim.compiled.engine_table import TAG, WEIGHT, changed_row
from lava_bccn.sim.jit import INTEGERS, jit

_CHANCE_MASK = np.uint32(2**CHANCE_BITS - 1)

BLOCK = 32
"""Columns of rows come in blocks of so many, as vectors do; what a connection has not stays 0."""

LOWEST_TAG = -256
"""Below it a tag moves although its input is silent."""

MODULES = (*INTEGERS, engine, engine_table, engine_fast, sys.modules[__name__])
"""With the source of a compiled epoch."""


class Chances(NamedTuple):
    """What rounds the sums of a connection.

    Attributes:
        shared: for all synapses, 0 to ``2^CHANCE_BITS − 1``; negative: a draw a synapse.
        key: of these draws.
        row, column: a synapse's index is what the numbers of its row and column add up to, times
            these (``integer_plasticity.synapse_index``).
    """

    shared: int
    key: np.uint32 = np.uint32(0)
    row: int = 0
    column: int = 0


class Rows(NamedTuple):
    """Synapses of a connection, in rows of one of its ends.

    Attributes:
        synapses: weights and tags, (2, rows, columns in whole blocks), which change in place.
        below: whether a tag of a row is below ``LOWEST_TAG``, (rows,), likewise.
        peak: largest magnitude of the tags of a row, (rows,), likewise, or more if not known. Its
            weights stay where that moves no weight, so rows learn by rules of the same signs.
        by_unit: whether rows are those of postsynaptic units, else of presynaptic ones.
        columns: how many the connection has.
    """

    synapses: NDArray[np.int16]
    below: NDArray[np.bool_]
    peak: NDArray[np.int16]
    by_unit: bool
    columns: int

    def copy(self) -> EngineSynapses:
        """A copy of the synapses, (postsynaptic, presynaptic)."""
        own = self.synapses[:, :, : self.columns]
        return EngineSynapses(*(each.copy() if self.by_unit else each.T.copy() for each in own))


def rows(synapses: EngineSynapses, by_unit: bool = False) -> Rows:
    """A copy of synapses; see there for ``by_unit``."""
    both = np.array([each if by_unit else each.T for each in synapses], dtype=np.int16)
    columns = both.shape[2]
    blocks = np.pad(both, ((0, 0), (0, 0), (0, -columns % BLOCK)))
    below = (both[TAG] < LOWEST_TAG).any(axis=1)
    peak = np.full(len(below), UNKNOWN, dtype=np.int16)
    return Rows(blocks, below, peak, by_unit, columns)


@jit
def learn_rows(rule: Any, rows: Any, x: Any, y: Any, epoch: int, chances: Any) -> Any:
    """One epoch of a connection, in place; what of weights and of tags did not fit.

    Args:
        rule: ``RuleNumbers`` of the connection.
        rows: its synapses, a :class:`Rows`.
        x: x0 and x1, as of ``EngineTraces``, (2, presynaptic).
        y: y0, y1, y2, y3, likewise, (4, postsynaptic).
        epoch: its number, from 1.
        chances: what rounds, a :class:`Chances`.
    """
    numbers, (synapses, below, peak, by_unit, _) = rule.numbers[0], rows
    width = synapses.shape[2]
    counts = numbers.every >= 0 and epoch % (1 << max(numbers.every, 0)) == 0
    along, columns, holds = factors(x, y, rule, by_unit, width)
    is_fast = numbers.is_fast != 0 and holds and not counts
    rounds = rule.sums[WEIGHT].shift > 0 or rule.sums[TAG].shift > 0
    chance = np.full(width, np.int16(max(chances.shared, 0)), np.int16)
    ends, new = np.empty(width, np.int16), np.zeros((2, width), np.int16)
    fill_ends(ends, chance, numbers.by_magnitude)
    random = (chance, ends)
    weights = tags = 0
    for row in _changing(rule, rows, x, counts, is_fast, along, columns[2]):
        fast, fits, lost, first = is_fast and not below[row], False, (0, 0), WEIGHT
        if fast:
            if numbers.traces == TAG and peak[row] <= numbers.threshold:
                first = TAG
            if rounds:
                _draw(chance, chances, row)
            chosen = (row, along[row], first)
            fits, lost, peak[row] = fast_row(synapses, chosen, columns, random, rule, False, new)
        if not fits:
            _draw(chance, chances, row)
            if fast:
                if chances.shared < 0:
                    fill_ends(ends, chance, numbers.by_magnitude)
                fits, lost, peak[row] = fast_row(synapses, chosen, columns, random, rule, True, new)
            if not fits:
                read = (x, y, by_unit, np.int32(counts))
                lost, first = changed_row(row, synapses, read, chance, rule, new), WEIGHT
                peak[row] = UNKNOWN
            below[row] = peak[row] > -LOWEST_TAG and _lowest(new[TAG]) < LOWEST_TAG
        weights += lost[0]
        tags += lost[1]
        for number in range(first, TAG + 1):
            source, target = new[number], synapses[number, row]
            for i in range(len(source)):
                target[i] = source[i]
    return weights, tags


@jit
def _changing(
    rule: Any, rows: Any, x: Any, counts: bool, is_fast: bool, along: Any, largest: int
) -> Any:  # fmt: skip
    """Rows in which something may change."""
    numbers, (_, below, peak, by_unit, _) = rule.numbers[0], rows
    visits_all = by_unit or counts or numbers.visits_all != 0
    moves_only = is_fast and numbers.traces == TAG
    found, count = np.empty(len(peak), np.int64), 0
    for row in range(len(peak)):
        rests = moves_only and peak[row] <= numbers.threshold and along[row] * largest == 0
        found[count] = row
        count += below[row] or ((visits_all or x[0, row] != 0) and not rests)
    return found[:count]


@jit
def _lowest(tags: Any) -> Any:
    lowest = np.int16(0)
    for tag in tags:
        lowest = min(lowest, tag)
    return lowest


@jit
def _draw(chance: Any, chances: Any, row: int) -> None:
    """What rounds each synapse of a row, where each has a draw."""
    if chances.shared < 0:
        index, step = np.uint32(row * chances.row), np.uint32(chances.column)
        for i in range(len(chance)):
            chance[i] = np.int16(np.uint32(draw(chances.key, index)) & _CHANCE_MASK)
            index = np.uint32(index + step)
