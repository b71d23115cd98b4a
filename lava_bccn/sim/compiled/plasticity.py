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
from lava_bccn.sim.compiled.convolution import add_rows, windows
from lava_bccn.sim.compiled.layer import BIAS, BURST, EVENT, WEIGHT
from lava_bccn.sim.jit import jit

SPARSE = 4
"""Ensembles are visited one by one where fewer than 1 in this many learn, else in rows."""


@jit
def _event_traces(events: Any, event_bits: int) -> Any:
    traces = np.empty(len(events), np.int32)
    for i in range(len(events)):
        traces[i] = integer_plasticity.event_trace(np.int64(events[i]), event_bits)
    return traces


@jit
def _signed_traces(values: Any, rule: Any, counts: Any) -> Any:
    traces = np.empty(len(values), np.int32)
    for i in range(len(values)):
        exact = integer_plasticity.signed_trace(rule.sign * values[i], rule.trace_exponent)
        traces[i] = integer_plasticity.saturated_trace(exact)
        counts[1] += traces[i] != exact
    return traces


@jit
def _change(unit: Any, unit_below: int, units: int, product: Any, places: int, key: Any) -> Any:
    """Δw of one synapse."""
    index = np.uint32(integer_plasticity.synapse_index(unit, unit_below, units))
    random = stochastic_rounding.draw(key, index)
    return np.int32(integer_plasticity.weight_change(product, places, random))


@jit
def _apply(row: Any, unit: Any, change: Any, limit: Any) -> Any:
    """Change one weight; True where it saturates."""
    exact = np.int32(row[unit]) + change
    held = integer_plasticity.saturated_weight(exact, limit)
    row[unit] = held
    return held != exact


@jit
def _learn(
    layer: Any,
    weight: Any,
    follower: Any,
    above: Any,
    below: Any,
    places: int,
    key: Any,
    limit: Any,
) -> Any:
    """Change the synapses between active traces, in a matrix and in one that follows it.

    Returns how many weights saturated in each. A follower without rows is none.
    """
    active: Any = np.flatnonzero(above)
    saturated = follower_saturated = 0
    units, follows = len(above), len(follower) > 0
    for j in range(len(below)):
        presynaptic = below[j]
        if presynaptic == 0 or len(active) == 0:
            continue
        row, other = weight[j], follower[j if follows else 0 : (j + 1 if follows else 0)]
        if len(active) * SPARSE < units:
            for i in active:
                change = _change(i, j, units, presynaptic * above[i], places, key)
                saturated += _apply(row, i, change, limit)
                if follows:
                    follower_saturated += _apply(other[0], i, change, limit)
        elif follows:
            second = other[0]
            for i in range(units):
                change = _change(i, j, units, presynaptic * above[i], places, key)
                saturated += _apply(row, i, change, limit)
                follower_saturated += _apply(second, i, change, limit)
        else:
            for i in range(units):
                change = _change(i, j, units, presynaptic * above[i], places, key)
                saturated += _apply(row, i, change, limit)
    return saturated, follower_saturated


@jit
def _learn_kernel(
    kernel: Any,
    weight: Any,
    follower: Any,
    above: Any,
    below: Any,
    places: int,
    key: Any,
    limit: Any,
) -> Any:
    """As ``_learn``, of kernels: the sum over all places that share a weight, rounded once."""
    saturated = follower_saturated = 0
    channels, follows = len(weight), len(follower) > 0
    rows, shared = windows(below, kernel), kernel.height * kernel.width
    in_group, sums = channels // kernel.groups, np.empty(weight.shape[1], np.int32)
    for channel in range(channels):
        sums[:] = 0
        signals = above[channel * shared : (channel + 1) * shared]
        if not add_rows(signals, rows[channel // in_group], sums):
            continue
        row = weight[channel]
        if follows:
            other = follower[channel]
            for r in range(len(row)):
                change = _change(channel, r, channels, sums[r], places, key)
                saturated += _apply(row, r, change, limit)
                follower_saturated += _apply(other, r, change, limit)
        else:
            for r in range(len(row)):
                change = _change(channel, r, channels, sums[r], places, key)
                saturated += _apply(row, r, change, limit)
    return saturated, follower_saturated


@jit
def _learn_any(
    layer: Any,
    weight: Any,
    follower: Any,
    above: Any,
    below: Any,
    places: int,
    key: Any,
    limit: Any,
) -> Any:
    """``_learn``, or ``_learn_kernel`` in a layer that is a convolution."""
    if layer.kernel.groups > 0:
        return _learn_kernel(layer.kernel, weight, follower, above, below, places, key, limit)
    return _learn(layer, weight, follower, above, below, places, key, limit)


@jit
def _decay(layer: Any, weight: Any, places: int, key: Any) -> None:
    below, count = weight.shape
    for j in range(below):
        row = weight[j]
        for i in range(count):
            index = np.uint32(integer_plasticity.synapse_index(i, j, count))
            random = stochastic_rounding.draw(key, index)
            row[i] += np.int8(integer_plasticity.decay_change(np.int32(row[i]), places, random))


@jit
def _decay_any(layer: Any, weight: Any, places: int, key: Any) -> None:
    """``_decay``, also of kernels, which lie the other way."""
    if layer.kernel.groups > 0:
        _decay(layer, weight.T, places, key)
    else:
        _decay(layer, weight, places, key)


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
    traces = _signed_traces(layer.deviation, rule, counts)
    key = _key(seed, sample, rule.connection)
    shared, places = layer.kernel.height * layer.kernel.width, rule.places + halvings
    for channel in range(len(traces) // shared):
        first, total = channel * shared, np.int64(0)
        for i in range(first, first + shared):
            total += traces[i]
        if total != 0:
            random = stochastic_rounding.draw(key, np.uint32(channel))
            change = integer_plasticity.bias_change(total, places, random)
            for i in range(first, first + shared):
                exact = layer.bias[i] + change
                layer.bias[i] = integer_plasticity.saturated_bias(exact)
                counts[0] += layer.bias[i] != exact


def _matrix_learning(learn: Any, decay: Any) -> Any:
    """``learn_matrix``, compiled, of weights that learn and decay by these."""

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
        limit, places = np.int32(layer.max_weight), rule.places + halvings
        saturated = learn(layer, weight, follower, above, below, places, key, limit)
        counts[0] += saturated[0]
        if len(follower) > 0:
            follower_counts[0] += saturated[1]
            follower_counts[1] = counts[1]
        if rule.decay >= 0 and (sample + 1) % (1 << DECAY_PERIOD_BITS) == 0:
            places = rule.decay + halvings
            key = _key(seed, sample, rule.connection + DECAY_STREAM)
            decay(layer, weight, places, key)
            decay(layer, follower, places, key)

    return learn_matrix


@cache
def layer_learning(*, convolutions: bool) -> Any:
    """``learn_layer``, compiled for networks with convolutions or, in half the time, without."""
    changes = (_learn_any, _decay_any) if convolutions else (_learn, _decay)
    learn_matrix = _matrix_learning(*changes)

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
