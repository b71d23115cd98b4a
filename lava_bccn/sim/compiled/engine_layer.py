"""What the compiled loop of a network that learns in the engine works on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import engine, engine_plasticity, stochastic_rounding
from lava_bccn.dynamics.constants import Constants
from lava_bccn.sim.compiled.engine import Chances, RuleNumbers, Rows, learn_rows
from lava_bccn.sim.compiled.states import add_events
from lava_bccn.sim.jit import jit, register

register((engine.payload_trace, engine_plasticity.deviation_trace))
register((engine_plasticity.rectified, engine_plasticity.sent_trace))

WEIGHT, FEEDBACK = range(2)
"""Rows of ``EngineState.saturations``."""

SHORT = 32
"""Rows of a W are those of its inputs, of which most may be silent, unless they were shorter."""


class EngineState(NamedTuple):
    """Synapses, states and constants of one layer. Arrays are changed in place.

    What has the same name in ``sim.compiled.layer`` is the same.
    """

    weight: Rows
    feedback: Rows
    """Y: a row is what one unit sends, to all units below."""
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
    units_below: int
    weight_rule: RuleNumbers
    feedback_rule: RuleNumbers
    follows: bool
    """Whether Y learns, by ``feedback_rule``."""
    trace_exponent: int
    trace_limit: int
    trace_stream: int
    synapse_stream: int
    rounds_traces: bool


@jit
def forward(state: Any) -> Any:
    """Σ W e of each unit."""
    matrix, sums = state.weight.weight, np.zeros(len(state.bias), np.int32)
    if state.weight.by_unit:
        for i in range(len(sums)):
            row = matrix[i]
            for j in range(len(row)):
                sums[i] += np.int32(row[j]) * state.events[j]
    else:
        add_events(matrix, state.events, sums)
    return sums


@jit
def sent_down(state: Any) -> Any:
    """Yᵀ (b − p^b e) of a layer, for each unit below; Q is p^b Y and has no part in it."""
    bursts = np.zeros(state.units_below, np.int32)
    add_events(state.feedback.weight, state.deviation, bursts)
    return bursts


@jit
def learn(state: Any, sample: int, shared: int, seed: int) -> None:
    """One sample's learning of a layer: its W, constant inputs included, and a Y that follows."""
    trace = _trace(state, _key(seed, sample, state.trace_stream))
    key = _key(seed, sample, state.synapse_stream)
    units, inputs = len(trace), len(state.events)
    x, y = np.empty((2, inputs), np.int32), np.zeros((4, units), np.int32)
    for j in range(inputs):
        x[0, j], x[1, j] = state.events[j], engine.payload_trace(state.events[j])
    for i in range(units):
        y[2, i], y[3, i] = engine_plasticity.rectified(trace[i])
    of_row, of_column = (1, units) if state.weight.by_unit else (units, 1)
    chances = Chances(shared, key, of_row, of_column)
    _learn_rows(state, WEIGHT, state.weight_rule, state.weight, x, y, sample + 1, chances)
    if state.follows:
        sent, below = np.empty((2, units), np.int32), np.zeros((4, state.units_below), np.int32)
        for i in range(units):
            sent[0, i] = engine_plasticity.sent_trace(trace[i])
            sent[1, i] = engine.payload_trace(sent[0, i])
        below[1] = x[1, : state.units_below]
        chances = Chances(shared, key, 1, units)
        rule, synapses = state.feedback_rule, state.feedback
        _learn_rows(state, FEEDBACK, rule, synapses, sent, below, sample + 1, chances)


@jit
def _learn_rows(
    state: Any, place: int, rule: Any, synapses: Any, x: Any, y: Any, epoch: int, chances: Any
) -> None:
    weights, tags = learn_rows(rule, synapses, x, y, epoch, chances)
    state.saturations[place, 0] += weights
    state.saturations[place, 1] += tags


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
