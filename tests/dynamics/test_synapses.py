"""How connections learn: against an independent reference, and on average."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.schedule import DECAY_PERIOD_BITS, Schedule
from lava_bccn.dynamics.stochastic_rounding import connection_key, draw
from lava_bccn.dynamics.synapses import (
    FloatBiases,
    FloatSynapses,
    IntegerBiases,
    IntegerSynapses,
    Saturations,
)

seeds = st.integers(0, 2**32 - 1)


def random_draw(seed, sample, connection, synapse):
    words = (np.array([value], dtype=np.uint32) for value in (seed, sample, connection))
    return int(draw(connection_key(*words), np.array([synapse], dtype=np.uint32))[0])


def clip(value, limit):
    return max(-limit, min(limit, value))


def trace(value, exponent):
    """Nearest multiple of 2^exponent, half up, before it saturates."""
    return math.floor(value / 2**exponent + 0.5)


def reference(rule, weight, unit, below, sample):
    """One sample in Python's own integers, synapse by synapse, from the contract."""
    saturated, result = 0, weight.astype(int).copy()
    places = (
        rule.unit_places
        + rule.schedule.rate
        + len([at for at in rule.schedule.halve_at if at <= sample])
    )
    burst_dependent = rule.rule == "burst_dependent"
    events = below if burst_dependent else unit
    signed = [rule.sign * int(s) for s in (unit if burst_dependent else below)]
    event_traces = [min(trace(int(e) * 2**7, rule.event_bits), 127) for e in events]
    exact = [trace(s, rule.trace_exponent) for s in signed]
    signals = [clip(s, 127) for s in exact]
    above, presynaptic = (signals, event_traces) if burst_dependent else (event_traces, signals)
    units = len(weight)
    for i in range(units):
        for j in range(weight.shape[1]):
            fraction = random_draw(rule.seed, sample, rule.connection, j * units + i) % 2**places
            changed = result[i, j] + (above[i] * presynaptic[j] + fraction) // 2**places
            result[i, j] = clip(changed, rule.max_weight)
            saturated += result[i, j] != changed
    if rule.schedule.decay is not None and (sample + 1) % 2**DECAY_PERIOD_BITS == 0:
        shift = places - rule.unit_places + rule.schedule.decay - DECAY_PERIOD_BITS
        for i in range(units):
            for j in range(weight.shape[1]):
                random = random_draw(rule.seed, sample, rule.connection + 1, j * units + i)
                result[i, j] += (-result[i, j] + random % 2**shift) // 2**shift
    traces = sum(a != b for a, b in zip(exact, signals, strict=True))
    return result, Saturations(saturated, traces)


@st.composite
def rules(draw):
    return IntegerSynapses(
        rule=draw(st.sampled_from(("burst_dependent", "homeostatic"))),
        sign=draw(st.sampled_from((1, -1))),
        schedule=Schedule(
            rate=draw(st.integers(0, 6)),
            halve_at=tuple(sorted(draw(st.lists(st.integers(1, 200), max_size=3)))),
            decay=draw(st.sampled_from((None, 7, 10))),
        ),
        event_bits=draw(st.integers(4, 12)),
        trace_exponent=draw(st.integers(0, 6)),
        unit_places=draw(st.integers(4, 12)),
        max_weight=draw(st.sampled_from((7, 31, 127))),
        seed=draw(seeds),
        connection=draw(st.integers(0, 40)),
    )


@given(rules(), seeds, st.integers(0, 3).map(lambda n: 64 * n + 63) | st.integers(0, 300))
def test_every_synapse_learns_as_the_contract_says(rule, seed, sample):
    random = np.random.default_rng(seed)
    weight = random.integers(-rule.max_weight, rule.max_weight + 1, (3, 4))
    events = random.integers(0, 2**rule.event_bits, 4) * random.integers(0, 2, 4)
    signed = random.integers(-(2**10), 2**10, 4) * random.integers(0, 2, 4)
    if rule.rule == "burst_dependent":
        unit, below = signed[:3], events
    else:
        unit, below = events[:3], signed
    before = weight.copy()
    learned, saturated = rule.learn(weight, unit, below, sample)
    expected, expected_saturated = reference(rule, weight, unit, below, sample)
    np.testing.assert_array_equal(learned, expected)
    assert saturated == expected_saturated
    np.testing.assert_array_equal(weight, before)  # the argument stays as it was


@given(seeds)
def test_the_expected_change_is_the_unrounded_product(seed):
    """Hoeffding's bound for p = 1e-9 over as many synapses as share one product."""
    count = 20_000
    rule = IntegerSynapses("burst_dependent", 1, Schedule(4), 8, 1, 8, 127, seed, 3)
    weight = np.zeros((count, 1), dtype=int)
    learned, _ = rule.learn(weight, np.full(count, -90), np.array([201]), 5)
    exact = -45 * 101 / 2**12  # traces of -90 / 2 and (201 + 1) // 2
    assert abs(learned.mean() - exact) <= math.sqrt(math.log(2 / 1e-9) / (2 * count))


@given(seeds, st.integers(1, 12))
def test_decay_is_exact_on_average_and_never_crosses_zero(seed, decay):
    rule = IntegerSynapses("burst_dependent", 1, Schedule(6, (), decay), 8, 0, 8, 127, seed, 0)
    weight = np.repeat([[-100], [0], [3], [127]], 20_000, axis=1)
    learned, _ = rule.learn(weight, np.zeros(4, int), np.zeros(20_000, int), 63)
    assert (learned * np.sign(weight) >= 0).all() and (np.abs(learned) <= np.abs(weight)).all()
    exact = weight.mean(1) * (1 - 2.0**-decay)
    bound = math.sqrt(math.log(2 / 1e-9) / (2 * 20_000))
    assert (np.abs(learned.mean(1) - exact) <= bound).all()


def test_biases_learn_exactly_where_their_unit_is_fine_enough():
    rule = IntegerBiases(Schedule(2), trace_exponent=1, unit_places=-7, seed=0, connection=2)
    deviation = np.array([-40, 0, 7, 1000])
    bias, saturated = rule.learn(np.array([5, 6, 7, 2**23 - 1]), deviation, 0)
    assert bias.tolist() == [5 - 20 * 32, 6, 7 + 4 * 32, 2**23 - 1]
    assert saturated == Saturations(weights=1, traces=1)


def test_biases_round_stochastically_where_it_is_not():
    rule = IntegerBiases(Schedule(2), trace_exponent=0, unit_places=4, seed=1, connection=2)
    bias, _ = rule.learn(np.zeros(50_000, int), np.full(50_000, 21), 9)
    assert set(bias) == {0, 1}
    assert abs(bias.mean() - 21 / 64) <= math.sqrt(math.log(2 / 1e-9) / 100_000)


def test_in_floating_point_the_change_is_the_rule_times_the_rate():
    random = np.random.default_rng(0)
    weight, unit, below = random.normal(size=(3, 4)), random.normal(size=3), random.random(4)
    rule = FloatSynapses("burst_dependent", 1, Schedule(3, (10,)))
    for sample, rate in ((9, 2**-3), (10, 2**-4)):
        learned, saturated = rule.learn(weight, unit, below, sample)
        np.testing.assert_allclose(learned - weight, rate * np.outer(unit, below), atol=1e-15)
        assert saturated == Saturations()
    silenced, _ = FloatSynapses("homeostatic", -1, Schedule(3)).learn(weight, unit, below, 0)
    np.testing.assert_allclose(silenced - weight, -np.outer(unit, below) / 8, atol=1e-15)
    bias, _ = FloatBiases(Schedule(1)).learn(unit, unit, 0)
    np.testing.assert_allclose(bias, 1.5 * unit)


def test_in_floating_point_weights_decay_as_often():
    rule = FloatSynapses("burst_dependent", 1, Schedule(3, (), 5))
    still = np.zeros(1), np.zeros(1)
    assert rule.learn(np.ones((1, 1)), *still, 62)[0] == 1
    assert rule.learn(np.ones((1, 1)), *still, 63)[0] == pytest.approx(1 - 64 * 2**-8)


def test_what_is_not_known_of_a_part_is_not_known_of_the_whole():
    assert Saturations(-1, 2, 3) + Saturations(4, 5, -1) == Saturations(-1, 7, -1)
