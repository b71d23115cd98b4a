"""Branches of dendrites, compiled: the potential of each, and what is homeostatic with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.arithmetic import held
from lava_bccn.sim.compiled.sums import add_products, add_rows
from lava_bccn.sim.jit import vectorised


@vectorised
def to_none(layer: Any, above: Any) -> None:
    """Nothing, where no layer sends to branches."""


@vectorised
def to_branches(layer: Any, above: Any) -> None:
    """u of each branch of a layer's dendrites, if what is above sends to several."""
    branches, bursts, balance = above.branches, layer.work.bursts, layer.work.balance
    for branch in range(len(branches.faster)):
        first, end = branches.first[branch], branches.first[branch + 1]
        sent, where = above.work.sent[: end - first], above.work.where
        bursts[:] = 0
        balance[:] = 0
        for i in range(len(sent)):
            sent[i] = above.burst_rate[first + i]
        _add(above, above.feedback_burst, (first, end), sent, where, bursts)
        for i in range(len(sent)):
            sent[i] = above.event_rate[first + i]
        event = above.feedback_burst if above.balanced else above.feedback_event
        _add(above, event, (first, end), sent, where, balance)
        apical = branches.apical[branch]
        for j in range(len(apical)):
            exact = rate.apical(np.int64(bursts[j]), np.int64(balance[j]), layer.constants)
            apical[j] = held(exact)


@vectorised
def _add(above: Any, matrix: Any, block: Any, sent: Any, where: Any, sums: Any) -> None:
    """``states.add_down`` from a block of units."""
    first, end = block
    if above.by_unit:
        add_rows(sent, matrix[first:end], sums, where)
    else:
        add_products(matrix[:, first:end], sent, sums)
