"""What the compiled loop of a network that learns in the engine works on."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import engine, engine_plasticity, stochastic_rounding
from lava_bccn.dynamics.constants import Constants
from lava_bccn.dynamics.engine import EngineArithmetic
from lava_bccn.dynamics.engine_rule import EngineRule
from lava_bccn.sim.compiled.engine import CompiledRule
from lava_bccn.sim.jit import jit, register

register((engine.payload_trace, engine_plasticity.deviation_trace))
register((engine_plasticity.rectified, engine_plasticity.sent_trace))

WEIGHT, FEEDBACK = range(2)
"""Rows of ``EngineState.saturations``."""


class EngineState(NamedTuple):
    """Synapses, states and constants of one layer. Arrays are changed in place.

    Matrices are (presynaptic, postsynaptic), but for those of Y, which are (units below, units) and
    in Fortran's order, so that what one unit sends lies together in all of them. What has the same
    name in ``sim.compiled.layer`` is the same.
    """

    weight: NDArray[np.int16]
    tag: NDArray[np.int16]
    below: NDArray[np.bool_]
    """Of each input, whether one of its tags is below −256."""
    feedback_burst: NDArray[np.int16]
    feedback_event: NDArray[np.int16]
    feedback_tag: NDArray[np.int16]
    feedback_below: NDArray[np.bool_]
    """Of each unit, the same of its tags in Y."""
    events: NDArray[np.int64]
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
    balanced: bool
    units_below: int
    trace_exponent: int
    trace_limit: int
    trace_stream: int
    synapse_stream: int
    rounds_traces: bool


def learning(
    rules: tuple[tuple[EngineRule, EngineRule | None], ...], arithmetic: EngineArithmetic
) -> Any:
    """All layers' learning from one sample: of each, the rules of its W and of a Y that follows."""

    @jit
    def nothing(states: Any, sample: int, shared: int, seed: int) -> None:
        pass

    learn = nothing
    for index, (of_weight, of_feedback) in enumerate(rules):
        feedback = _stays if of_feedback is None else _feedback(of_feedback, arithmetic)
        learn = _then(learn, index, _weights(of_weight, arithmetic), feedback)
    return learn


def _then(before: Any, index: int, learn_weights: Any, learn_feedback: Any) -> Any:
    @jit
    def learn(states: Any, sample: int, shared: int, seed: int) -> None:
        before(states, sample, shared, seed)
        state = states[index]
        trace = _trace(state, _key(seed, sample, state.trace_stream))
        key = _key(seed, sample, state.synapse_stream)
        learn_weights(state, trace, sample + 1, shared, key)
        learn_feedback(state, trace, sample + 1, shared, key)

    return learn


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


@jit
def _payload_traces(payloads: Any) -> Any:
    traces = np.empty(len(payloads), np.int32)
    for j in range(len(payloads)):
        traces[j] = engine.payload_trace(payloads[j])
    return traces


@cache
def _weights(text: EngineRule, arithmetic: EngineArithmetic) -> Any:
    """What a W learns, its constant inputs included."""
    rule = CompiledRule(text, arithmetic)
    run, every, visits_all = rule.run, rule.every, rule.visits_all

    @jit
    def learn(state: Any, trace: Any, epoch: int, shared: int, key: Any) -> None:
        count = len(trace)
        none = np.zeros(count, np.int32)
        positive, negative = np.empty_like(none), np.empty_like(none)
        for i in range(count):
            positive[i], negative[i] = engine_plasticity.rectified(trace[i])
        events = state.events
        counts = every >= 0 and epoch % (1 << max(every, 0)) == 0
        found = run(
            state.weight, state.tag, state.below,
            events, _payload_traces(events), none, none, positive, negative,
            np.int32(counts), counts or visits_all, shared, key, count, 1,
        )  # fmt: skip
        state.saturations[WEIGHT, 0] += found[0]
        state.saturations[WEIGHT, 1] += found[1]

    return learn


@jit
def _stays(state: Any, trace: Any, epoch: int, shared: int, key: Any) -> None:
    """A Y that learns nothing."""


@cache
def _feedback(text: EngineRule, arithmetic: EngineArithmetic) -> Any:
    """What a Y that follows learns."""
    rule = CompiledRule(text, arithmetic)
    run, every, visits_all = rule.run, rule.every, rule.visits_all

    @jit
    def learn(state: Any, trace: Any, epoch: int, shared: int, key: Any) -> None:
        sent = np.empty(len(trace), np.int64)
        for i in range(len(sent)):
            sent[i] = engine_plasticity.sent_trace(trace[i])
        none = np.zeros(state.units_below, np.int32)
        traces_below = _payload_traces(state.events[: state.units_below])
        counts = every >= 0 and epoch % (1 << max(every, 0)) == 0
        found = run(
            state.feedback_burst.T, state.feedback_tag.T, state.feedback_below,
            sent, _payload_traces(sent), none, traces_below, none, none,
            np.int32(counts), counts or visits_all, shared, key, 1, len(trace),
        )  # fmt: skip
        state.saturations[FEEDBACK, 0] += found[0]
        state.saturations[FEEDBACK, 1] += found[1]

    return learn
