"""Epochs of Loihi's learning engine, compiled: the bits of ``dynamics.engine``.

A rule is numbers (``engine_form``), so that one compiled loop does every rule.
Rows of silent inputs are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import engine
from lava_bccn.dynamics.engine import (
    CHANCE_BITS,
    EngineSaturations,
    EngineSynapses,
)
from lava_bccn.dynamics.stochastic_rounding import draw
from lava_bccn.sim.compiled import engine_fast, engine_table
from lava_bccn.sim.compiled.engine_fast import factors, fast_row
from lava_bccn.sim.compiled.engine_form import RuleNumbers
from lava_bccn.sim.compiled.engine_table import TAG, WEIGHT, changed_row
from lava_bccn.sim.jit import INTEGERS, fingerprint, jit, kept

_CHANCE_MASK = np.uint32(2**CHANCE_BITS - 1)

LOWEST_TAG = -256
"""Below it a tag moves although its input is silent."""

MODULES = (*INTEGERS, engine, engine_table, engine_fast, sys.modules[__name__])
"""With the source of a compiled epoch."""


class Chances(NamedTuple):
    """What rounds the sums of a connection.

    Attributes:
        shared: for all synapses, 0 to 2^``CHANCE_BITS`` − 1; negative: a draw a synapse.
        key: of these draws.
        row, column: a synapse's index is what the numbers of its row and column add up to, times
            these (``integer_plasticity.synapse_index``).
    """

    shared: int
    key: np.uint32 = np.uint32(0)
    row: int = 0
    column: int = 0


class Rows(NamedTuple):
    """Synapses of a connection. Matrices are (rows, columns), in C order, and change in place.

    Attributes:
        weight, tag: of the synapses.
        below: whether a tag of a row is below ``LOWEST_TAG``, (rows,).
        by_unit: whether rows are those of postsynaptic units, else of presynaptic ones.
    """

    weight: NDArray[np.int16]
    tag: NDArray[np.int16]
    below: NDArray[np.bool_]
    by_unit: bool

    def synapses(self) -> EngineSynapses:
        """A copy of them, (postsynaptic, presynaptic)."""
        weight, tag = (each if self.by_unit else each.T for each in (self.weight, self.tag))
        return EngineSynapses(weight.copy(), tag.copy())


def rows(synapses: EngineSynapses, by_unit: bool = False) -> Rows:
    """A copy of synapses; see there for ``by_unit``."""
    weight, tag = (
        np.array(each if by_unit else each.T, dtype=np.int16, order="C") for each in synapses
    )
    return Rows(weight, tag, (tag < LOWEST_TAG).any(axis=1), by_unit)


def epoch_of(
    rule: RuleNumbers,
    synapses: Rows,
    x: NDArray[np.int32],
    y: NDArray[np.int32],
    epoch: int,
    chances: Chances,
) -> EngineSaturations:
    """One epoch of a connection, in place.

    Args:
        rule: of the connection.
        synapses: of the connection.
        x: x0 and x1, as of ``EngineTraces``, (2, presynaptic).
        y: y0, y1, y2, y3, likewise, (4, postsynaptic).
        epoch: its number, from 1.
        chances: what rounds.

    Returns:
        What did not fit.
    """
    return EngineSaturations(*_kept()(rule, synapses, x, y, epoch, chances))


@cache
def _kept() -> Any:
    return kept(_loop(fingerprint(MODULES)))


def _loop(fingerprint: str) -> Callable[..., tuple[int, int]]:
    def run(rule: Any, synapses: Any, x: Any, y: Any, epoch: int, chances: Any) -> tuple[int, int]:
        _ = fingerprint
        found: tuple[int, int] = learn_rows(rule, synapses, x, y, epoch, chances)
        return found

    return run


@jit
def learn_rows(rule: Any, synapses: Any, x: Any, y: Any, epoch: int, chances: Any) -> Any:
    """See :func:`epoch_of`."""
    numbers = rule.numbers[0]
    weight, tag, below, by_unit = synapses
    counts = numbers.every >= 0 and epoch % (1 << max(numbers.every, 0)) == 0
    visits_all = by_unit or counts or numbers.visits_all != 0
    along, columns, holds = factors(x, y, rule, by_unit)
    is_fast = numbers.is_fast != 0 and holds and not counts
    read = (x, y, by_unit, np.int32(counts))
    chance = np.full(weight.shape[1], max(chances.shared, 0), np.int16)
    scratch = (chance, np.empty((2, weight.shape[1]), np.int16))
    lost_weights = lost_tags = 0
    for row in range(len(weight)):
        if visits_all or x[0, row] != 0 or below[row]:
            synapses_of_row = (weight[row], tag[row])
            fast = is_fast and not below[row]
            lost = _learn_row(
                row, synapses_of_row, along[row], columns, read, scratch, chances, rule, fast
            )
            lost_weights += lost[0]
            lost_tags += lost[1]
            below[row] = lost[2]
    return lost_weights, lost_tags


@jit
def _learn_row(
    row: int,
    synapses: Any,
    factor: Any,
    columns: Any,
    read: Any,
    scratch: Any,
    chances: Any,
    rule: Any,
    fast: bool,
) -> Any:
    """One epoch of a row; what did not fit, and whether a tag is below −256."""
    chance, new = scratch
    drawn, rounds = chances.shared >= 0, (rule.sums.shift > 0).any()
    for attempt in range(2 if fast else 0):
        saturates = attempt == 1
        if not drawn and (rounds or saturates):
            _draw(chance, chances, row)
            drawn = True
        fits, weights, tags = fast_row(synapses, factor, columns, chance, rule, saturates, new)
        if fits:
            _copy(new, synapses, rule.sums)
            return weights, tags, saturates and synapses[TAG].min() < LOWEST_TAG
    if not drawn:
        _draw(chance, chances, row)
    lost = np.zeros(2, np.int64)
    for number in (WEIGHT, TAG):
        lost[number] = changed_row(number, row, synapses, read, chance, rule, new[number])
    _copy(new, synapses, rule.sums)
    return lost[WEIGHT], lost[TAG], synapses[TAG].min() < LOWEST_TAG


@jit
def _draw(chance: Any, chances: Any, row: int) -> None:
    """What rounds each synapse of a row."""
    for i in range(len(chance)):
        index = np.uint32(row * chances.row + i * chances.column)
        chance[i] = np.int16(draw(chances.key, index) & _CHANCE_MASK)


@jit
def _copy(new: Any, synapses: Any, sums: Any) -> None:
    """Take over what the rule changes."""
    for number in (WEIGHT, TAG):
        if sums[number].changes:
            to, source = synapses[number], new[number]
            for i in range(len(to)):
                to[i] = source[i]
