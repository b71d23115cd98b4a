"""One sample's learning, compiled.

An update visits only presynaptic units whose traces are not zero, and of the ensembles only those
that have something to learn, unless they are so many that whole rows are faster.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from lava_bccn.dynamics import integer_plasticity, stochastic_rounding
from lava_bccn.dynamics.schedule import DECAY_PERIOD_BITS
from lava_bccn.dynamics.synapses import DECAY_STREAM
from lava_bccn.sim.compiled.convolution import windows
from lava_bccn.sim.compiled.layer import BIAS, BURST, EVENT, WEIGHT
from lava_bccn.sim.compiled.sums import add_rows
from lava_bccn.sim.jit import jit, vectorised
from lava_bccn.sim.lanes import lane, plain

ONE_BY_ONE = 16
"""A weight that is changed by itself takes as long as so many in a row, of which a vector changes
some at once: 3.5 ns beside 0.24 (AVX-512), mostly because nobody can foresee which ones change."""

BLOCK = 32
"""Synapses that are looked at one by one come in blocks of so many, as vectors do."""


@jit
def _event_traces(events: Any, event_bits: int) -> Any:
    traces = np.empty(len(events), np.int32)
    _fill_event_traces(events, event_bits, traces)
    return traces


@vectorised
def _fill_event_traces(events: Any, event_bits: int, traces: Any) -> None:
    for i in range(len(events)):
        traces[i] = integer_plasticity.event_trace(np.int64(events[i]), event_bits)


@jit
def _signed_traces(values: Any, rule: Any, counts: Any) -> Any:
    traces = np.empty(len(values), np.int32)
    counts[1] += _fill_signed_traces(values, rule.sign, rule.trace_exponent, traces)
    return traces


@vectorised
def _fill_signed_traces(values: Any, sign: int, exponent: int, traces: Any) -> Any:
    """How many saturate."""
    saturated = 0
    for i in range(len(values)):
        exact = integer_plasticity.signed_trace(sign * values[i], exponent)
        held = integer_plasticity.saturated_trace(exact)
        traces[i] = held
        saturated += held != exact
    return saturated


@vectorised
def _change(lanes: Any, k: int, factor: Any, first: Any, how: Any) -> Any:
    """Δw of one synapse, a lane."""
    values, steps = lanes
    places, key, _ = how
    random = np.uint32(stochastic_rounding.draw(key, np.uint32(first + steps[k])))
    return integer_plasticity.weight_change(lane(factor) * values[k], places, random)


@vectorised
def _changes(lanes: Any, factor: Any, first: Any, how: Any, changes: Any) -> None:
    """Fill in Δw of a row of synapses.

    Args:
        lanes: of each the trace, int32, and by what its index exceeds that of the first, uint32.
        factor: trace of the unit that they share.
        first: index of its first synapse, uint32.
        how: places, key and limit.
        changes: to fill in, int32.
    """
    for k in range(len(changes)):
        changes[k] = plain(_change(lanes, k, factor, first, how))


@vectorised
def _marked_changes(
    lanes: Any, factor: Any, first: Any, how: Any, changes: Any, marks: Any
) -> None:
    """The same, and 1 in ``marks`` where it is not 0."""
    for k in range(len(changes)):
        change = _change(lanes, k, factor, first, how)
        changes[k], marks[k] = plain(change), change != 0


@vectorised
def _apply(row: Any, changes: Any, limit: int) -> Any:
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
                    exact = np.int64(row[where[k]]) + changes[k]
                    held = integer_plasticity.saturated_weight(exact, limit)
                    row[where[k]] = held
                    saturated += held != exact
    return saturated


@jit
def _learn(
    layer: Any, weight: Any, follower: Any, above: Any, below: Any, how: Any
) -> Any:  # fmt: skip
    """Change the synapses between active traces, in a matrix and in one that follows it.

    Returns how many weights saturated in each. A follower without rows is none.
    """
    factors, values = (above, below) if layer.by_unit else (below, above)
    row_step, lane_step = (1, len(above)) if layer.by_unit else (len(above), 1)
    places, _, limit = how
    where, active = _active(values)
    steps = np.arange(len(values)).astype(np.uint32) * np.uint32(lane_step)
    every, some = (values, steps), (active, steps[where])
    changes, marks = np.empty(len(values) + BLOCK, np.int32), np.empty(len(where), np.uint8)
    all_changes, some_changes = changes[: len(values)], changes[: len(where)]
    saturated = follower_saturated = strength = 0
    for value in active:
        strength += abs(value)
    for j in range(len(factors) if strength > 0 else 0):
        factor, first = factors[j], np.uint32(j * row_step)
        if factor == 0:
            continue
        expected = (abs(factor) * strength) >> places
        if len(where) + ONE_BY_ONE * expected < len(values):
            _marked_changes(some, factor, first, how, some_changes, marks)
            saturated += _apply_marked(weight[j], where, some_changes, marks, limit)
            if len(follower) > 0:
                row = follower[j]
                follower_saturated += _apply_marked(row, where, some_changes, marks, limit)
        else:
            _changes(every, factor, first, how, all_changes)
            saturated += _apply(weight[j], all_changes, limit)
            if len(follower) > 0:
                follower_saturated += _apply(follower[j], all_changes, limit)
    return saturated, follower_saturated


@jit
def _active(values: Any) -> Any:
    """Where values are not 0, in whole blocks, and these values; what fills up a block has 0."""
    found: Any = np.flatnonzero(values)
    count = len(found)
    where = np.zeros(-(-count // BLOCK) * BLOCK, np.int64)
    where[:count] = found
    active = values[where]
    active[count:] = 0
    return where, active


@jit
def _learn_kernel(
    layer: Any, weight: Any, follower: Any, above: Any, below: Any, how: Any
) -> Any:  # fmt: skip
    """As ``_learn``, of kernels: the sum over all places that share a weight, rounded once."""
    kernel, (channels, weights) = layer.kernel, weight.shape
    rows, shared = windows(below, kernel), kernel.height * kernel.width
    in_group, sums = channels // kernel.groups, np.empty(weights, np.int32)
    steps, changes = np.arange(weights).astype(np.uint32) * np.uint32(channels), np.empty_like(sums)
    saturated = follower_saturated = 0
    for channel in range(channels):
        sums[:] = 0
        signals = above[channel * shared : (channel + 1) * shared]
        if not add_rows(signals, rows[channel // in_group], sums):
            continue
        _changes((sums, steps), 1, np.uint32(channel), how, changes)
        saturated += _apply(weight[channel], changes, how[2])
        if len(follower) > 0:
            follower_saturated += _apply(follower[channel], changes, how[2])
    return saturated, follower_saturated


@jit
def _learn_any(
    layer: Any, weight: Any, follower: Any, above: Any, below: Any, how: Any
) -> Any:  # fmt: skip
    """``_learn``, or ``_learn_kernel`` in a layer that is a convolution."""
    if layer.kernel.groups > 0:
        return _learn_kernel(layer, weight, follower, above, below, how)
    return _learn(layer, weight, follower, above, below, how)


@jit
def _decay(layer: Any, weight: Any, places: int, key: Any) -> None:
    """Of a matrix or kernel; one without rows is none."""
    units = len(weight) if layer.by_unit else weight.shape[1]
    row_step, lane_step = (1, units) if layer.by_unit else (units, 1)
    for j in range(len(weight)):
        _decay_row(weight[j], np.uint32(j * row_step), np.uint32(lane_step), places, key)


@vectorised
def _decay_row(row: Any, first: Any, step: Any, places: int, key: Any) -> None:
    for i in range(len(row)):
        index = np.uint32(first + np.uint32(np.uint32(i) * step))
        random = np.uint32(stochastic_rounding.draw(key, index))
        value = lane(row[i])
        row[i] = plain(value + integer_plasticity.decay_change(value, places, random))


@jit
def _key(seed: int, sample: int, connection: int) -> Any:
    return stochastic_rounding.connection_key(
        np.uint32(seed), np.uint32(sample & 0xFFFFFFFF), np.uint32(connection)
    )


@jit
def _learn_bias(layer: Any, sample: int, halvings: int, seed: int) -> None:
    rule, counts = layer.bias_rule, layer.saturations[BIAS]
    if not rule.active:
        return
    traces, units = _signed_traces(layer.deviation, rule, counts), len(layer.bias)
    key, places = _key(seed, sample, rule.connection), rule.places + halvings
    shared = layer.kernel.height * layer.kernel.width
    changes = np.zeros(units // shared, np.int64)
    for place in range(shared):
        for channel in range(len(changes)):
            changes[channel] += traces[channel * shared + place]
    _bias_changes(changes, places, key)
    counts[0] += _apply_bias(layer.bias, np.repeat(changes, shared))


@vectorised
def _bias_changes(totals: Any, places: int, key: Any) -> None:
    """Δc of channels, in place of the sums of their traces."""
    for channel in range(len(totals)):
        random = np.uint32(stochastic_rounding.draw(key, np.uint32(channel)))
        totals[channel] = integer_plasticity.bias_change(totals[channel], places, random)


@vectorised
def _apply_bias(bias: Any, changes: Any) -> Any:
    """Change biases; how many saturate."""
    saturated = 0
    for i in range(len(bias)):
        exact = bias[i] + changes[i]
        bias[i] = integer_plasticity.saturated_bias(exact)
        saturated += bias[i] != exact
    return saturated


def _matrix_learning(learn: Any) -> Any:
    """``learn_matrix``, compiled, of weights that learn by this."""

    @jit
    def learn_matrix(
        weight: Any,
        follower: Any,
        rule: Any,
        layer: Any,
        events_below: Any,
        apical_below: Any,
        counts: Any,
        follower_counts: Any,
        time: Any,
    ) -> None:
        """One sample's change of W, Y or Q; ``time`` is the sample, the halvings and the seed."""
        sample, halvings, seed = time
        if not rule.active:
            return
        if rule.homeostatic:
            above = _event_traces(layer.event_rate, layer.constants.event_bits)
            below = _signed_traces(apical_below, rule, counts)
        else:
            above = _signed_traces(layer.deviation, rule, counts)
            below = _event_traces(events_below, layer.constants.event_bits)
        key = _key(seed, sample, rule.connection)
        how = (rule.places + halvings, key, layer.max_weight)
        saturated = learn(layer, weight, follower, above, below, how)
        counts[0] += saturated[0]
        if len(follower) > 0:
            follower_counts[0] += saturated[1]
            follower_counts[1] = counts[1]
        if rule.decay >= 0 and (sample + 1) % (1 << DECAY_PERIOD_BITS) == 0:
            places = rule.decay + halvings
            key = _key(seed, sample, rule.connection + DECAY_STREAM)
            _decay(layer, weight, places, key)
            _decay(layer, follower, places, key)

    return learn_matrix


@cache
def layer_learning(*, convolutions: bool) -> Any:
    """``learn_layer``, compiled for networks with convolutions or, in half the time, without."""
    learn_matrix = _matrix_learning(_learn_any if convolutions else _learn)

    @jit
    def learn_layer(
        layer: Any, events: Any, apical: Any, sample: int, halvings: int, seed: int
    ) -> None:
        """One sample's change of what lies between a layer and the one below, and of biases."""
        counts, time = layer.saturations, (sample, halvings, seed)
        none = layer.weight[:0]
        burst, event = layer.feedback_burst, layer.feedback_event
        # A Y that follows W gets its changes with the same draws: made once, applied twice.
        follows = (
            layer.weight_rule.active
            and layer.burst_rule.active
            and layer.burst_rule.connection == layer.weight_rule.connection
        )
        follower = burst if follows else none
        rule, states = layer.weight_rule, (layer, events, apical)
        learn_matrix(layer.weight, follower, rule, *states, counts[WEIGHT], counts[BURST], time)
        if not follows:
            rule = layer.burst_rule
            learn_matrix(burst, none, rule, *states, counts[BURST], counts[BURST], time)
        if not layer.balanced:
            rule = layer.event_rule
            learn_matrix(event, none, rule, *states, counts[EVENT], counts[EVENT], time)
        _learn_bias(layer, sample, halvings, seed)

    return learn_layer
