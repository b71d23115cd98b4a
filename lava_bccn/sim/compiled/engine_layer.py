"""What the compiled loop of a network that learns in the engine works on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import engine, engine_plasticity, stochastic_rounding
from lava_bccn.dynamics.constants import Constants
from lava_bccn.sim.compiled.engine import Chances, Rows, learn_rows
from lava_bccn.sim.compiled.engine_form import RuleNumbers
from lava_bccn.sim.jit import jit, register

register((engine.payload_trace, engine_plasticity.deviation_trace))
register((engine_plasticity.rectified, engine_plasticity.sent_trace))

WEIGHT, FEEDBACK = range(2)
"""Rows of ``EngineState.saturations``."""

SHORT = 32
"""Rows of a W are those of its inputs, of which most may be silent, unless they were shorter."""


class EngineState(NamedTuple):
    """States and constants of one layer. Arrays are changed in place.

    What has the same name in ``sim.compiled.layer`` is the same.
    """

    events: NDArray[np.int32]
    """(units below + constants,): what this layer receives."""
    bias: NDArray[np.int64]
    soma: NDArray[np.int64]
    event_rate: NDArray[np.int64]
    apical: NDArray[np.int64]
    burst_prob: NDArray[np.int64]
    burst_rate: NDArray[np.int64]
    deviation: NDArray[np.int64]
    potentials: NDArray[np.int64]
    saturations: NDArray[np.int64]
    """(2, 2): weights and tags of W and Y."""
    traces: NDArray[np.int64]
    """(1,): that left their limits."""
    constants: Constants
    follows: bool
    """Whether Y learns what W does."""
    trace_exponent: int
    trace_limit: int
    trace_stream: int
    synapse_stream: int
    rounds_traces: bool


class EngineMatrix(NamedTuple):
    """The synapses of a W or Y, and what they learn by."""

    rows: Rows
    """Those of a Y are what one unit sends, to all units below."""
    rule: RuleNumbers


@jit
def forward(weight: Any, events: Any) -> Any:
    """Σ W e of each unit."""
    matrix = weight.rows.synapses[0]
    if weight.rows.by_unit:
        sums = np.zeros(len(matrix), np.int32)
        for i in range(len(sums)):
            for j in range(len(events)):
                sums[i] += np.int32(matrix[i, j]) * events[j]
    else:
        sums = _sums(matrix, events)[: weight.rows.columns]
    return sums


@jit
def sent_down(feedback: Any, deviation: Any) -> Any:
    """Yᵀ (b − p^b e) for each unit below; Q is p^b Y and has no part in it."""
    matrix = feedback.rows.synapses[0]
    return _sums(matrix, deviation)[: feedback.rows.columns]


@jit
def _sums(matrix: Any, events: Any) -> Any:
    """Σ of rows times their events, four rows at a time, so that sums are read and written less."""
    sums, rows = np.zeros(matrix.shape[1], np.int32), np.empty(len(events) + 3, np.int64)
    count = 0
    for row in range(len(events)):
        rows[count] = row
        count += events[row] != 0
    times = np.zeros(count + 3, np.int32)
    for place in range(count):
        times[place] = events[rows[place]]
    rows[count:] = 0  # what fills up the last four has no events
    for k in range(0, count, 4):
        first, second = matrix[rows[k]], matrix[rows[k + 1]]
        third, fourth = matrix[rows[k + 2]], matrix[rows[k + 3]]
        a, b, c, d = times[k], times[k + 1], times[k + 2], times[k + 3]
        for i in range(len(sums)):
            pair = np.int32(np.int32(first[i]) * a) + np.int32(np.int32(second[i]) * b)
            other = np.int32(np.int32(third[i]) * c) + np.int32(np.int32(fourth[i]) * d)
            sums[i] += np.int32(pair + other)
    return sums


@jit
def learn(state: Any, weight: Any, feedback: Any, sample: int, shared: int, seed: int) -> None:
    """One sample's learning of a layer: its W, constant inputs included, and a Y that follows."""
    trace = _trace(state, _key(seed, sample, state.trace_stream))
    key = _key(seed, sample, state.synapse_stream)
    units, below = len(trace), feedback.rows.columns
    x, y = _payloads(state.events), np.zeros((4, units), np.int32)
    for i in range(units):
        y[2, i], y[3, i] = engine_plasticity.rectified(trace[i])
    by_unit, by_input = Chances(shared, key, 1, units), Chances(shared, key, units, 1)
    chances = by_unit if weight.rows.by_unit else by_input
    found = learn_rows(weight.rule, weight.rows, x, y, sample + 1, chances)
    _count(state.saturations[WEIGHT], found)
    if state.follows:
        sent, y = np.empty(units, np.int64), np.zeros((4, below), np.int32)
        for i in range(units):
            sent[i] = engine_plasticity.sent_trace(trace[i])
        for j in range(below):
            y[1, j] = x[1, j]
        above = _payloads(sent)
        found = learn_rows(feedback.rule, feedback.rows, above, y, sample + 1, by_unit)
        _count(state.saturations[FEEDBACK], found)


@jit
def _payloads(payloads: Any) -> Any:
    """x0 and x1 of what is sent."""
    x = np.empty((2, len(payloads)), np.int32)
    for j in range(len(payloads)):
        x[0, j], x[1, j] = payloads[j], engine.payload_trace(payloads[j])
    return x


@jit
def _count(counts: Any, found: Any) -> None:
    counts[0] += found[0]
    counts[1] += found[1]


@jit
def _key(seed: int, sample: int, stream: int) -> Any:
    return stochastic_rounding.connection_key(
        np.uint32(seed), np.uint32(sample & 0xFFFFFFFF), np.uint32(stream)
    )


@jit
def _trace(state: Any, key: Any) -> Any:
    trace = np.empty(len(state.deviation), np.int64)
    for i in range(len(trace)):
        value, places, limit = state.deviation[i], state.trace_exponent, state.trace_limit
        if state.rounds_traces:
            random = stochastic_rounding.draw(key, np.uint32(i))
            trace[i], exact = engine_plasticity.deviation_trace(value, places, limit, random)
        else:
            trace[i], exact = engine_plasticity.deviation_trace(value, places, limit, None)
        state.traces[0] += trace[i] != exact
    return trace
