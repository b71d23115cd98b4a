"""Online learning in Loihi 2 integers as one compiled loop over samples: the same bits, fast.

Every equation is that of ``dynamics``, compiled here for single numbers; what this file adds is the
order of the loops. An update visits only presynaptic units and postsynaptic ensembles whose traces
are not zero. Weights are held presynaptic-major, (units below, units), so that one presynaptic
event meets its synapses in a row.
"""

from __future__ import annotations

import hashlib
import inspect
from typing import Any, NamedTuple

import numba
import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from lava_bccn.dynamics import fixed_point, integer_plasticity, integer_rate, stochastic_rounding
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.schedule import DECAY_PERIOD_BITS
from lava_bccn.dynamics.synapses import DECAY_STREAM

_COMPILED = (
    *(fixed_point.shift, fixed_point.rounded_shift, fixed_point.saturate, fixed_point.select),
    *(fixed_point.integer_sigmoid, integer_rate.soma, integer_rate.potential),
    *(integer_rate.event_rate, integer_rate.apical_gain, integer_rate.apical),
    *(integer_rate.gated_apical, integer_rate.hidden_burst_prob, integer_rate.teacher_burst_prob),
    *(integer_rate.burst_rate, integer_rate.burst_deviation),
    *(integer_plasticity.event_trace, integer_plasticity.signed_trace),
    *(integer_plasticity.saturated_trace, integer_plasticity.weight_change),
    *(integer_plasticity.decay_change, integer_plasticity.bias_change),
    *(integer_plasticity.saturated_weight, integer_plasticity.saturated_bias),
    *(integer_plasticity.synapse_index, stochastic_rounding.hash32),
    *(stochastic_rounding.connection_key, stochastic_rounding.draw),
    stochastic_rounding.stochastic_shift,
)
for _function in _COMPILED:
    register_jitable(_function)

WEIGHT, BIAS, BURST, EVENT = range(4)
"""Rows of ``Layer.saturations``."""

SPARSE = 4
"""Ensembles are visited one by one where fewer than 1 in this many learn, else in rows."""


class Rule(NamedTuple):
    """Constants of one connection's plasticity; see ``dynamics.synapses.IntegerSynapses``."""

    active: bool
    homeostatic: bool
    sign: int
    places: int
    trace_exponent: int
    connection: int
    decay: int
    """−1: none."""


class Layer(NamedTuple):
    """Weights, states and constants of one layer. Arrays are changed in place."""

    weight: NDArray[np.int8]
    bias: NDArray[np.int64]
    feedback_burst: NDArray[np.int8]
    feedback_event: NDArray[np.int8]
    soma: NDArray[np.int64]
    event_rate: NDArray[np.int64]
    apical: NDArray[np.int64]
    burst_prob: NDArray[np.int64]
    burst_rate: NDArray[np.int64]
    deviation: NDArray[np.int64]
    saturations: NDArray[np.int64]
    """(4, 2): weights and traces of each connection."""
    potentials: NDArray[np.int64]
    """(1,): somatic and apical potentials that saturated."""
    soma_shift: int
    soma_fraction_bits: int
    apical_shift: int
    apical_fraction_bits: int
    balanced: bool
    """Q is Y, and stays so: the event feedback is Y's, and only Y is stored."""
    weight_rule: Rule
    bias_rule: Rule
    burst_rule: Rule
    event_rule: Rule


class Units(NamedTuple):
    """Number formats, as ``FixedPointFormat`` has them."""

    event_bits: int
    burst_extra_bits: int
    baseline_shift: int
    max_weight: int

    @classmethod
    def of(cls, units: FixedPointFormat) -> Units:
        """From the description."""
        return cls(units.event_bits, units.burst_extra_bits, units.baseline_shift, units.max_weight)


def _jit(function: Any) -> Any:
    return numba.njit(nogil=True)(function)


@_jit
def _add_events(weight: Any, events: Any, sums: Any) -> None:
    """Σ W e over the presynaptic units that are active."""
    for j in range(len(events)):
        event = np.int32(events[j])
        if event != 0:
            row = weight[j]
            for i in range(len(row)):
                sums[i] += np.int32(row[i]) * event


@_jit
def _events_up(layer: Any, sums: Any, units: Any) -> None:
    for i in range(len(sums)):
        exact = integer_rate.soma(np.int64(sums[i]), layer.bias[i], layer.soma_shift)
        potential = integer_rate.potential(exact)
        layer.potentials[0] += potential != exact
        layer.soma[i] = potential
        layer.event_rate[i] = integer_rate.event_rate(
            potential, layer.soma_fraction_bits, units.event_bits
        )


@_jit
def _teach(layer: Any, target: Any, units: Any) -> None:
    for i in range(len(target)):
        layer.burst_prob[i] = integer_rate.teacher_burst_prob(
            target[i], layer.event_rate[i], units.event_bits, units.baseline_shift
        )
    _burst(layer, units)


@_jit
def _burst(layer: Any, units: Any) -> None:
    for i in range(len(layer.event_rate)):
        event = layer.event_rate[i]
        burst = integer_rate.burst_rate(layer.burst_prob[i], event, units.burst_extra_bits)
        layer.burst_rate[i] = burst
        layer.deviation[i] = integer_rate.burst_deviation(
            burst, event, units.burst_extra_bits, units.baseline_shift
        )


@_jit
def _bursts_down(layer: Any, above: Any, units: Any) -> None:
    """Apical potentials from Yᵀ (b − p^b e) and (Q − Y)ᵀ e, which equal Yᵀ b and Qᵀ e."""
    deviation = above.deviation.astype(np.int32)
    event_rate = above.event_rate.astype(np.int32)
    taught = np.any(deviation != 0)
    for j in range(len(layer.apical)):
        bursts = np.int32(0)
        if taught:
            row = above.feedback_burst[j]
            for i in range(len(row)):
                bursts += np.int32(row[i]) * deviation[i]
        events = np.int32(0)
        if not above.balanced:
            row, other = above.feedback_event[j], above.feedback_burst[j]
            for i in range(len(row)):
                events += (np.int32(row[i]) - np.int32(other[i])) * event_rate[i]
        exact = integer_rate.apical(
            np.int64(bursts),
            np.int64(events),
            layer.apical_shift,
            units.burst_extra_bits,
            units.baseline_shift,
        )
        potential = integer_rate.potential(exact)
        layer.potentials[0] += potential != exact
        layer.apical[j] = potential
        gated = integer_rate.gated_apical(
            potential,
            layer.event_rate[j],
            layer.apical_fraction_bits,
            units.event_bits,
            units.baseline_shift,
        )
        layer.burst_prob[j] = integer_rate.hidden_burst_prob(gated, units.baseline_shift)
    _burst(layer, units)


@_jit
def _event_traces(events: Any, units: Any) -> Any:
    traces = np.empty(len(events), np.int32)
    for i in range(len(events)):
        traces[i] = integer_plasticity.event_trace(np.int64(events[i]), units.event_bits)
    return traces


@_jit
def _signed_traces(values: Any, rule: Any, counts: Any) -> Any:
    traces = np.empty(len(values), np.int32)
    for i in range(len(values)):
        exact = integer_plasticity.signed_trace(rule.sign * values[i], rule.trace_exponent)
        traces[i] = integer_plasticity.saturated_trace(exact)
        counts[1] += traces[i] != exact
    return traces


@_jit
def _change(unit: Any, unit_below: int, units: int, product: Any, places: int, key: Any) -> Any:
    """Δw of one synapse."""
    index = np.uint32(integer_plasticity.synapse_index(unit, unit_below, units))
    random = stochastic_rounding.draw(key, index)
    return np.int32(integer_plasticity.weight_change(product, places, random))


@_jit
def _apply(row: Any, unit: Any, change: Any, limit: Any) -> Any:
    """Change one weight; True where it saturates."""
    exact = np.int32(row[unit]) + change
    held = integer_plasticity.saturated_weight(exact, limit)
    row[unit] = held
    return held != exact


@_jit
def _learn(
    weight: Any, follower: Any, above: Any, below: Any, places: int, key: Any, limit: Any
) -> Any:
    """Change the synapses between active traces, in a matrix and in one that follows it.

    Returns how many weights saturated in each. A follower without rows is none.
    """
    active = np.flatnonzero(above)
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


@_jit
def _decay(weight: Any, places: int, key: Any) -> None:
    below, count = weight.shape
    for j in range(below):
        row = weight[j]
        for i in range(count):
            index = np.uint32(integer_plasticity.synapse_index(i, j, count))
            random = stochastic_rounding.draw(key, index)
            row[i] += np.int8(integer_plasticity.decay_change(np.int32(row[i]), places, random))


@_jit
def _key(seed: int, sample: int, connection: int) -> Any:
    return stochastic_rounding.connection_key(
        np.uint32(seed), np.uint32(sample & 0xFFFFFFFF), np.uint32(connection)
    )


@_jit
def _learn_matrix(
    weight: Any,
    follower: Any,
    rule: Any,
    layer: Any,
    events_below: Any,
    apical_below: Any,
    counts: Any,
    follower_counts: Any,
    time: Any,
    units: Any,
) -> None:
    """One sample's change of W, Y or Q; ``time`` is the sample, the halvings and the seed."""
    sample, halvings, seed = time
    if not rule.active:
        return
    if rule.homeostatic:
        above = _event_traces(layer.event_rate, units)
        below = _signed_traces(apical_below, rule, counts)
    else:
        above = _signed_traces(layer.deviation, rule, counts)
        below = _event_traces(events_below, units)
    key = _key(seed, sample, rule.connection)
    limit = np.int32(units.max_weight)
    saturated = _learn(weight, follower, above, below, rule.places + halvings, key, limit)
    counts[0] += saturated[0]
    if len(follower) > 0:
        follower_counts[0] += saturated[1]
        follower_counts[1] = counts[1]
    if rule.decay >= 0 and (sample + 1) % (1 << DECAY_PERIOD_BITS) == 0:
        places = rule.decay + halvings - DECAY_PERIOD_BITS
        key = _key(seed, sample, rule.connection + DECAY_STREAM)
        _decay(weight, places, key)
        _decay(follower, places, key)


@_jit
def _learn_bias(layer: Any, sample: int, halvings: int, seed: int) -> None:
    rule, counts = layer.bias_rule, layer.saturations[BIAS]
    if not rule.active:
        return
    traces = _signed_traces(layer.deviation, rule, counts)
    key = _key(seed, sample, rule.connection)
    for i in range(len(traces)):
        if traces[i] != 0:
            random = stochastic_rounding.draw(key, np.uint32(i))
            places = rule.places + halvings
            change = integer_plasticity.bias_change(np.int64(traces[i]), places, random)
            exact = layer.bias[i] + change
            layer.bias[i] = integer_plasticity.saturated_bias(exact)
            counts[0] += layer.bias[i] != exact


@_jit
def _learn_layer(
    layer: Any, events: Any, apical: Any, sample: int, halvings: int, seed: int, units: Any
) -> None:
    """One sample's change of everything between a layer and the one below, and of its biases."""
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
    _learn_matrix(layer.weight, follower, rule, *states, counts[WEIGHT], counts[BURST], time, units)
    if not follows:
        rule = layer.burst_rule
        _learn_matrix(burst, none, rule, *states, counts[BURST], counts[BURST], time, units)
    if not layer.balanced:
        rule = layer.event_rule
        _learn_matrix(event, none, rule, *states, counts[EVENT], counts[EVENT], time, units)
    _learn_bias(layer, sample, halvings, seed)


def _fingerprint() -> str:
    """Changes with the source of any equation."""
    modules = (fixed_point, integer_rate, integer_plasticity, stochastic_rounding)
    source = "".join(inspect.getsource(module) for module in modules)
    return hashlib.sha256(source.encode()).hexdigest()


def _compiled(fingerprint: str) -> Any:
    """The loop, kept compiled between runs for as long as no equation changes.

    Numba notices changes of this file by itself; those of the equations it gets to know from the
    fingerprint, as a variable of the compiled function's closure.
    """

    def learn_samples(
        layers: Any,
        samples: NDArray[np.uint16],
        targets: NDArray[np.int64],
        outputs: NDArray[np.int64],
        first: int,
        halve_at: NDArray[np.int64],
        seed: int,
        units: Any,
    ) -> None:
        """Show the samples one after the other; each is learned once its bursts have come down.

        Args:
            layers: typed list of :class:`Layer`.
            samples: (samples, inputs).
            targets: (samples, outputs), negative where there is no teacher.
            outputs: (samples, outputs), filled with the output's event rates before learning.
            first: number of the first sample since learning began.
            halve_at: numbers of samples after which all rates halve.
            seed: of the stochastic rounding.
            units: number formats.
        """
        _ = fingerprint
        last = len(layers) - 1
        for index in range(len(samples)):
            sample = first + index
            inputs = samples[index]
            for number in range(last + 1):
                layer = layers[number]
                sums = np.zeros(len(layer.bias), np.int32)
                if number == 0:
                    _add_events(layer.weight, inputs, sums)
                else:
                    _add_events(layer.weight, layers[number - 1].event_rate, sums)
                _events_up(layer, sums, units)
            outputs[index] = layers[last].event_rate
            _teach(layers[last], targets[index], units)
            for number in range(last - 1, -1, -1):
                _bursts_down(layers[number], layers[number + 1], units)
            halvings = np.searchsorted(halve_at, sample, side="right")
            for number in range(last + 1):
                layer = layers[number]
                below = inputs.astype(np.int64) if number == 0 else layers[number - 1].event_rate
                apical = below if number == 0 else layers[number - 1].apical
                _learn_layer(layer, below, apical, sample, halvings, seed, units)

    return numba.njit(cache=True, nogil=True)(learn_samples)


learn_samples = _compiled(_fingerprint())
