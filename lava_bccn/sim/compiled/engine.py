"""Epochs of Loihi's learning engine, compiled: the bits of ``dynamics.engine``.

A rule is numbers (``engine_table``, ``engine_form``), so that one compiled loop does every rule.
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
from lava_bccn.dynamics.engine import CHANCE_BITS, EngineArithmetic, EngineSaturations
from lava_bccn.dynamics.engine_rule import EngineRule
from lava_bccn.dynamics.stochastic_rounding import draw
from lava_bccn.sim.compiled import engine_fast, engine_table
from lava_bccn.sim.compiled.engine_fast import factors, fast_row
from lava_bccn.sim.compiled.engine_form import FastForm, fast_form
from lava_bccn.sim.compiled.engine_table import TAG, WEIGHT, RuleTable, changed_row, rule_table
from lava_bccn.sim.jit import INTEGERS, fingerprint, jit, kept

_CHANCE_MASK = np.uint32(2**CHANCE_BITS - 1)

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


class RuleNumbers(NamedTuple):
    """A rule as compiled code reads it, in one arithmetic."""

    table: RuleTable
    form: FastForm


class Rows(NamedTuple):
    """Synapses of a connection. Matrices are (rows, columns), in C order, and change in place.

    Attributes:
        weight, tag: of the synapses.
        below: whether a tag of a row is below −256, (rows,): such a tag moves although its input is
            silent.
        by_unit: whether rows are those of postsynaptic units, else of presynaptic ones.
    """

    weight: NDArray[np.int16]
    tag: NDArray[np.int16]
    below: NDArray[np.bool_]
    by_unit: bool


@cache
def rule_numbers(rule: EngineRule, arithmetic: EngineArithmetic) -> RuleNumbers:
    """The numbers of a rule."""
    return RuleNumbers(rule_table(rule, arithmetic), fast_form(rule, arithmetic))


def rows(weight: NDArray[np.integer[Any]], tag: NDArray[np.integer[Any]], by_unit: bool) -> Rows:
    """A copy of synapses (postsynaptic, presynaptic) with rows of one of the two."""
    weight, tag = (
        np.array(each if by_unit else each.T, dtype=np.int16, order="C") for each in (weight, tag)
    )
    return Rows(weight, tag, (tag < -256).any(axis=1), by_unit)


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
    table, form = rule
    weight, tag, below, by_unit = synapses
    shared, key, of_row, of_column = chances
    counts = table.every >= 0 and epoch % (1 << max(table.every, 0)) == 0
    row_factors, column_factors, active, holds = factors(x, y, form, by_unit)
    fast = form.exists and holds and not counts
    draws = shared < 0
    draws_fast = draws and (form.shifts[WEIGHT] > 0 or form.shifts[TAG] > 0)
    largest = np.int64(0)
    for i in range(len(column_factors)):
        largest = max(largest, abs(np.int64(column_factors[i])))
    columns = (column_factors, active, largest)
    chance = np.full(weight.shape[1], max(shared, 0), np.int16)
    new = np.empty((2, weight.shape[1]), np.int16)
    weights = tags = 0
    for row in range(len(weight)):
        if not (by_unit or x[0, row] != 0 or table.visits_all or counts or below[row]):
            continue
        before = (weight[row], tag[row])
        is_fast = fast and not below[row]
        if draws_fast or (draws and not is_fast):
            _draw(chance, key, row * of_row, of_column)
        if not (is_fast and fast_row(before, row_factors[row], columns, chance, form, new)):
            if draws and not draws_fast:
                _draw(chance, key, row * of_row, of_column)
            read = (x, y, by_unit, np.int32(counts))
            weights += changed_row(WEIGHT, row, before, read, chance, table, new[WEIGHT])
            tags += changed_row(TAG, row, before, read, chance, table, new[TAG])
            below[row] = new[TAG].min() < -256
        _copy(new, before, table.sums)
    return weights, tags


@jit
def _draw(chance: Any, key: Any, first: int, step: int) -> None:
    """What rounds each synapse of a row."""
    for i in range(len(chance)):
        chance[i] = np.int16(draw(key, np.uint32(first + i * step)) & _CHANCE_MASK)


@jit
def _copy(new: Any, synapses: Any, sums: Any) -> None:
    """Take over what the rule changes."""
    for number in (WEIGHT, TAG):
        if sums[number, 0]:
            to, source = synapses[number], new[number]
            for i in range(len(to)):
                to[i] = source[i]
