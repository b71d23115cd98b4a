"""One sample's learning, compiled."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from lava_bccn.dynamics import integer_plasticity, stochastic_rounding
from lava_bccn.dynamics.schedule import DECAY_PERIOD_BITS
from lava_bccn.dynamics.synapses import DECAY_STREAM
from lava_bccn.sim.compiled.convolution import learn_kernel
from lava_bccn.sim.compiled.layer import BIAS, BURST, EVENT, WEIGHT
from lava_bccn.sim.compiled.rows import decay_row, learn_rows
from lava_bccn.sim.jit import vectorised


@vectorised
def _event_traces(events: Any, event_bits: int, traces: Any) -> None:
    for i in range(len(events)):
        traces[i] = integer_plasticity.event_trace(np.int64(events[i]), event_bits)


@vectorised
def _signed_traces(values: Any, rule: Any, traces: Any) -> Any:
    """How many saturate."""
    sign, exponent, saturated = rule.sign, rule.trace_exponent, 0
    for i in range(len(values)):
        exact = integer_plasticity.signed_trace(sign * values[i], exponent)
        held = integer_plasticity.saturated_trace(exact)
        traces[i] = held
        saturated += held != exact
    return saturated


@vectorised
def _row_step(layer: Any) -> int:
    """By what the index of the first synapse of a row exceeds that of the row before."""
    return 1 if layer.by_unit else len(layer.bias)


@vectorised
def _learn(layer: Any, weight: Any, follower: Any, how: Any) -> Any:
    """Change the synapses between active traces, in a matrix and in one that follows it.

    Returns how many weights saturated in each. A follower without rows is none.
    """
    work = layer.work
    above, below = work.above, work.below
    ends = (above, below) if layer.by_unit else (below, above)
    return learn_rows(weight, follower, ends, _row_step(layer), how, work)


@vectorised
def _learn_any(layer: Any, weight: Any, follower: Any, how: Any) -> Any:
    """``_learn``, or of kernels in a layer that is a convolution."""
    if layer.kernel.groups > 0:
        return learn_kernel(layer, weight, follower, how)
    return _learn(layer, weight, follower, how)


@vectorised
def _decay(layer: Any, weight: Any, places: int, key: Any) -> None:
    """Of a matrix or kernel; one without rows is none."""
    for j in range(len(weight)):
        decay_row(weight[j], layer.work.steps, np.uint32(j * _row_step(layer)), places, key)


@vectorised
def _key(seed: int, sample: int, connection: int) -> Any:
    return stochastic_rounding.connection_key(
        np.uint32(seed), np.uint32(sample & 0xFFFFFFFF), np.uint32(connection)
    )


@vectorised
def _learn_bias(layer: Any, sample: int, halvings: int, seed: int) -> None:
    rule, counts, traces = layer.bias_rule, layer.saturations[BIAS], layer.work.above
    if not rule.active:
        return
    counts[1] += _signed_traces(layer.deviation, rule, traces)
    key, places = _key(seed, sample, rule.connection), rule.places + halvings
    shared = layer.kernel.height * layer.kernel.width
    changes = layer.work.biases
    for channel in range(len(changes)):
        changes[channel] = traces[channel * shared]
    for place in range(1, shared):
        for channel in range(len(changes)):
            changes[channel] += traces[channel * shared + place]
    for channel in range(len(changes)):
        random = np.uint32(stochastic_rounding.draw(key, np.uint32(channel)))
        changes[channel] = integer_plasticity.bias_change(changes[channel], places, random)
    if shared == 1:
        counts[0] += _apply_bias(layer.bias, changes)
    else:
        for channel in range(len(changes)):
            first = channel * shared
            for unit in range(first, first + shared):
                own, change = layer.bias[unit : unit + 1], changes[channel : channel + 1]
                counts[0] += _apply_bias(own, change)


@vectorised
def _apply_bias(bias: Any, changes: Any) -> Any:
    """Change biases; how many saturate."""
    saturated = 0
    for i in range(len(bias)):
        exact = bias[i] + changes[i]
        held = integer_plasticity.saturated_bias(exact)
        bias[i] = held
        saturated += held != exact
    return saturated


@vectorised
def _sender_traces(layer: Any, rule: Any) -> None:
    """Of the rates that a homeostatic rule takes, to the traces above."""
    constants, above = layer.constants, layer.work.above
    if rule.bursts:
        bits = constants.event_bits + constants.balance_places + constants.baseline_shift
        _event_traces(layer.burst_rate, bits, above)
    else:
        _event_traces(layer.event_rate, constants.event_bits, above)


@cache
def _homeostatic(learn: Any, branches: bool) -> Any:
    """``homeostatic``, compiled for matrices that may send to branches, or for others."""

    @vectorised
    def homeostatic(layer: Any, weight: Any, rule: Any, apical_below: Any, how: Any) -> Any:
        """Change Y or Q; how many weights and how many traces saturate."""
        _sender_traces(layer, rule)
        traces = _signed_traces(apical_below, rule, layer.work.below)
        return learn(layer, weight, weight[:0], how)[0], traces

    @vectorised
    def on_branches(layer: Any, weight: Any, rule: Any, apical_below: Any, how: Any) -> Any:
        """The same, each synapse with the potential of its own branch."""
        branches, above = layer.branches, layer.work.above
        if len(branches.faster) == 0:
            return homeostatic(layer, weight, rule, apical_below, how)
        places, key, limit = how
        weights = traces = 0
        for branch in range(len(branches.faster)):
            _sender_traces(layer, rule)
            above[: branches.first[branch]] = 0
            above[branches.first[branch + 1] :] = 0
            traces += _signed_traces(branches.apical[branch], rule, layer.work.below)
            faster = (places - branches.faster[branch], key, limit)
            weights += learn(layer, weight, weight[:0], faster)[0]
        return weights, traces

    return on_branches if branches else homeostatic


@cache
def layer_learning(*, convolutions: bool, branches: bool) -> Any:
    """``learn_layer``, compiled for networks with convolutions or, in half the time, without; and
    with or without branches."""
    learn = _learn_any if convolutions else _learn
    homeostatic = _homeostatic(learn, branches)

    @vectorised
    def learn_matrix(layer: Any, pathway: int, apical_below: Any, follows: bool, time: Any) -> None:
        """One sample's change of W, Y or Q, and of a Y that follows W."""
        sample, halvings, seed, taught = time
        matrices = (layer.weight, layer.weight, layer.feedback_burst, layer.feedback_event)
        rules = (layer.weight_rule, layer.weight_rule, layer.burst_rule, layer.event_rule)
        weight, rule, counts = matrices[pathway], rules[pathway], layer.saturations[pathway]
        follower = layer.feedback_burst[: len(layer.feedback_burst) if follows else 0]
        above, below = layer.work.above, layer.work.below
        if not rule.active:
            return
        key = _key(seed, sample, rule.connection)
        how = (rule.places + halvings, key, layer.max_weight)
        if rule.homeostatic:
            weights, traces = homeostatic(layer, weight, rule, apical_below, how)
            counts[0] += weights
            counts[1] += traces
            return
        if taught:
            counts[1] += _signed_traces(layer.deviation, rule, above)
            clean = layer.work.clean
            if rule.hears_noise or len(clean) == 0:
                _event_traces(layer.work.events, layer.constants.event_bits, below)
            else:
                _event_traces(clean, layer.constants.event_bits, below)
            saturated = learn(layer, weight, follower, how)
            counts[0] += saturated[0]
            if follows:
                layer.saturations[BURST, 0] += saturated[1]
                layer.saturations[BURST, 1] = counts[1]
        if rule.decay >= 0 and (sample + 1) % (1 << DECAY_PERIOD_BITS) == 0:
            places = rule.decay + halvings
            key = _key(seed, sample, rule.connection + DECAY_STREAM)
            _decay(layer, weight, places, key)
            _decay(layer, follower, places, key)

    @vectorised
    def learn_layer(layer: Any, apical_below: Any, time: Any) -> None:
        """One sample's change of what lies between a layer and the one below, and of biases."""
        sample, halvings, seed, taught = time
        # A Y that follows W gets its changes with the same draws: made once, applied twice.
        follows = (
            layer.weight_rule.active
            and layer.burst_rule.active
            and layer.burst_rule.connection == layer.weight_rule.connection
            and layer.burst_rule.hears_noise == layer.weight_rule.hears_noise
        )
        for pathway in (WEIGHT, BURST, EVENT):
            followed = pathway == BURST and follows
            balanced = pathway == EVENT and layer.balanced
            if not followed and not balanced:
                learn_matrix(layer, pathway, apical_below, pathway == WEIGHT and follows, time)
        if taught:
            _learn_bias(layer, sample, halvings, seed)

    return learn_layer
