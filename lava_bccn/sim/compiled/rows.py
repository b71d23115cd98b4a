"""Changes of synapses in rows, compiled: many at once, or one by one where few will change.

A trace of one unit meets those of many. Most products are far below the unit of a weight, so that
one in ten or in a hundred changes it; how many will is known beforehand, for the draws are uniform.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics import integer_plasticity, stochastic_rounding
from lava_bccn.sim.jit import vectorised
from lava_bccn.sim.lanes import lane, plain

ONE_BY_ONE = 16
"""A weight that is changed by itself takes as long as so many in a row, of which a vector changes
some at once: 3.5 ns beside 0.24 (AVX-512), mostly because nobody can foresee which ones change."""

BLOCK = 32
"""Synapses of which a few will change come in blocks of so many, as vectors do."""


@vectorised
def _change(values: Any, steps: Any, k: int, factor: Any, first: Any, how: Any) -> Any:
    """Δw of one synapse, a lane."""
    places, key, _ = how
    random = np.uint32(stochastic_rounding.draw(key, np.uint32(first + steps[k])))
    return integer_plasticity.weight_change(lane(factor) * values[k], places, random)


@vectorised
def fill_changes(values: Any, steps: Any, factor: Any, first: Any, how: Any, changes: Any) -> None:
    """Fill in Δw of a row of synapses.

    Args:
        values: of each the trace, or a sum of products of them, int32.
        steps: by what the index of each exceeds that of the first, uint32.
        factor: trace of the unit that they share.
        first: index of its first synapse, uint32.
        how: places, key and limit.
        changes: to fill in, int32.
    """
    for k in range(len(values)):
        changes[k] = plain(_change(values, steps, k, factor, first, how))


@vectorised
def _fill_marked(
    values: Any, steps: Any, factor: Any, first: Any, how: Any, changes: Any, marks: Any
) -> None:
    """The same, and 1 in ``marks`` where it is not 0."""
    for k in range(len(values)):
        change = _change(values, steps, k, factor, first, how)
        changes[k], marks[k] = plain(change), change != 0


@vectorised
def apply(row: Any, changes: Any, limit: int) -> Any:
    """Change weights; how many saturate."""
    saturated = lane(0)
    for i in range(len(row)):
        exact = lane(row[i]) + changes[i]
        held = integer_plasticity.saturated_weight(exact, limit)
        row[i] = plain(held)
        saturated += held != exact
    return np.int64(plain(saturated))


@vectorised
def _apply_marked(row: Any, where: Any, changes: Any, marks: Any, limit: int) -> Any:
    """Change the weights that are marked, eight marks looked at together."""
    saturated, words = 0, marks.view(np.uint64)
    for word in range(len(words)):
        if words[word] != 0:
            for k in range(8 * word, 8 * word + 8):
                if marks[k] != 0:
                    place = where[k]
                    exact = np.int64(row[place]) + changes[k]
                    held = integer_plasticity.saturated_weight(exact, limit)
                    row[place] = held
                    saturated += held != exact
    return saturated


@vectorised
def learn_rows(weight: Any, follower: Any, ends: Any, row_step: int, how: Any, work: Any) -> Any:
    """Change the synapses between active traces, in a matrix and in one that follows it.

    Args:
        weight, follower: a row a factor; a follower without rows is none.
        ends: factors and values, traces of the units that rows and columns belong to, int32.
        row_step: by what the index of a row's first synapse exceeds that of the one before.
        how: places, key and limit.
        work: of the layer.

    Returns:
        How many weights saturated in each.
    """
    factors, values = ends
    places, _, limit = how
    columns, (count, strength) = len(values), _gather(values, work)
    where, changes, marks = work.where[:count], work.changes, work.marks[:count]
    steps, some, some_steps = work.steps, work.active[:count], work.active_steps[:count]
    saturated = follower_saturated = 0
    for j in range(len(factors) if strength > 0 else 0):
        factor, first = factors[j], np.uint32(j * row_step)
        if factor == 0:
            continue
        expected = (abs(factor) * strength) >> places
        if count + ONE_BY_ONE * expected < columns:
            _fill_marked(some, some_steps, factor, first, how, changes, marks)
            saturated += _apply_marked(weight[j], where, changes, marks, limit)
            if len(follower) > 0:
                follower_saturated += _apply_marked(follower[j], where, changes, marks, limit)
        else:
            fill_changes(values, steps, factor, first, how, changes)
            saturated += apply(weight[j], changes, limit)
            if len(follower) > 0:
                follower_saturated += apply(follower[j], changes, limit)
    return saturated, follower_saturated


@vectorised
def _gather(values: Any, work: Any) -> Any:
    """Keep where values are not 0; how many in whole blocks, and the sum of their magnitudes."""
    where, active, steps = work.where, work.active, work.active_steps
    count = strength = 0
    for i in range(len(values)):
        where[count] = i
        count += values[i] != 0
        strength += abs(values[i])
    end = -(-count // BLOCK) * BLOCK
    for k in range(count):
        active[k], steps[k] = values[where[k]], work.steps[where[k]]
    for k in range(count, end):  # what fills up the last block never changes
        where[k] = active[k] = 0
    return end, strength


@vectorised
def decay_row(row: Any, steps: Any, first: Any, places: int, key: Any) -> None:
    """Let weights decay."""
    for i in range(len(row)):
        random = np.uint32(stochastic_rounding.draw(key, np.uint32(first + steps[i])))
        value = lane(row[i])
        row[i] = plain(value + integer_plasticity.decay_change(value, places, random))
