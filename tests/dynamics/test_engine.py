"""The learning engine in integers: a synapse at a time in exact arithmetic, and what rules rely on.

``tests/processes/test_learning_engine.py`` compares it with Lava's own.
"""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.engine import (
    LAVA,
    NEAREST,
    NENGO_LOIHI,
    EngineArithmetic,
    EngineSaturations,
    EngineSynapses,
    EngineTraces,
    hashed_chances,
    lava_chance,
    learned,
    payload_trace,
)
from lava_bccn.dynamics.engine_rule import EngineRule
from lava_bccn.dynamics.stochastic_rounding import connection_key, draw
from tests.engine_rules import (
    FOLLOWING,
    RULES,
    STEP,
    TRANSFER,
    UPDATE,
    engine_rules,
    fresh_synapses,
    messages,
    traces_of,
)

CHANCES = st.integers(0, 255)
TRACES = st.integers(0, 127)


def one_synapse(rule, weight=0, tag=0, chance=NEAREST, arithmetic=LAVA, epoch=1, **traces):
    """Weight and tag of a single synapse after an epoch in which its input was active."""
    synapses = EngineSynapses(np.array([[weight]]), np.array([[tag]]))
    read = EngineTraces(**({"x0": 1, "x1": 0} | traces))
    after, _ = learned(rule, synapses, read, epoch, chance, arithmetic)
    return after.weight.item(), after.tag.item()


def exactly(series, before, values, places, limits, chance, arithmetic):
    """From the definition, in fractions: one synapse, one sum of products."""
    low, high = Fraction(-(2**15) - 1, 128), Fraction(2**15 - 1, 128)
    total = Fraction(before)
    for product in series.products:
        value = values[product.dependency] * product.mantissa
        for factor in product.factors:
            each = values[factor.name] + factor.constant
            if factor.is_sign:
                value *= (each > 0) - (each < 0)
            else:
                value *= max(-(2**factor.bits), min(each, 2**factor.bits - 1))
        lost = max(0, sum(f.bits for f in product.factors) + arithmetic.mantissa_bits - 15)
        quotient = Fraction(value, 2**lost)
        kept = int(quotient) if arithmetic.truncates_products else floor(quotient)
        term = kept * Fraction(2) ** product.exponent
        total = max(low, min(total + max(low, min(term, high)), high))
    unit = 2 ** (places - 7)
    sign = -1 if arithmetic.rounds_magnitudes and total < 0 else 1
    steps = sign * total / unit
    up = (steps - floor(steps)) * 2**places > chance >> (8 - places)
    return max(limits[0], min(sign * (floor(steps) + up) * unit, limits[1]))


arithmetics = st.builds(
    EngineArithmetic, st.sampled_from((3, 4)), st.booleans(), st.booleans(), st.booleans()
)


@given(engine_rules(), arithmetics, st.integers(1, 16), st.integers(0, 2**32 - 1))
def test_every_synapse_adds_its_products_one_by_one(rule, arithmetic, epoch, seed):
    generator = np.random.default_rng(seed)
    synapses, sent = fresh_synapses(3, 2, generator), messages(1, 3, 2, generator)
    traces = traces_of(sent, 0, np.zeros(3, dtype=int))
    chance = generator.integers(0, 256, (2, 3))
    after, _ = learned(rule, synapses, traces, epoch, chance, arithmetic)
    for post, pre in np.ndindex(2, 3):
        values = {"w": int(synapses.weight[post, pre]), "t": int(synapses.tag[post, pre])}
        values |= {"x0": int(traces.x0[pre] > 0), "x1": int(traces.x1[pre])}
        values |= {name: int(getattr(traces, name)[post]) for name in ("y0", "y1", "y2", "y3")}
        sums = {
            "w": (rule.weight_change, arithmetic.weight_places, arithmetic.weight_limits),
            "t": (rule.tag_change, 7, arithmetic.tag_limits),
        }
        for name, (series, places, limits) in sums.items():
            expected = values[name]
            if series is not None:
                counted = series.every is not None and epoch % 2**series.every == 0
                expected = exactly(
                    series,
                    values[name],
                    values | {"u": int(counted)},
                    places,
                    limits,
                    int(chance[post, pre]),
                    arithmetic,
                )
            got = {"w": after.weight, "t": after.tag}[name][post, pre]
            assert got == expected


@given(st.integers(0, 255))
def test_half_of_a_payload_becomes_the_trace(payload):
    assert payload_trace(np.array(payload)) == min(round(payload / 2), 127)


@given(st.integers(-127, 127), TRACES, st.integers(0, 15), CHANCES)
def test_two_traces_are_multiplied_to_an_eighth(half, below, above, chance):
    for sign, text in ((1, ""), (-1, "-")):
        rule = EngineRule(dw=f"{text}x0*x1*y2")
        after, _ = one_synapse(rule, 2 * half, x1=below, y2=above, chance=chance)
        assert after == max(-256, min(2 * half + (sign * below * above >> 3), 255))


def test_a_mantissa_keeps_bits_that_a_power_of_two_shifts_away():
    coarse, fine = EngineRule(dt="2^0*x0*x1*y2"), EngineRule(dt="4*2^-2*x0*x1*y2")
    assert one_synapse(coarse, x1=7, y2=1) == (0, 0)
    assert one_synapse(fine, x1=7, y2=1) == (0, 1)  # 7/8, to the nearest


@given(st.integers(-252, 252), st.integers(-129, 129))
def test_a_transfer_moves_tags_into_weights_and_loses_nothing(weight, tag):
    rule = RULES["integer tag"]
    after, left = one_synapse(rule, weight, tag)
    assert 64 * after + left == 64 * weight + tag
    assert abs(left) <= 65
    assert one_synapse(rule, after, left)[1] == left or abs(left) == 65


@given(TRACES, st.integers(-63, 63), st.integers(-257, 255), st.integers(-250, 250), CHANCES)
def test_feedback_that_follows_changes_as_its_weight(event, deviation, tag, weight, chance):
    """Kolen–Pollack: x1 and y change places."""
    forward, feedback = pair_of_synapses(event, deviation, tag, weight, chance, chance)
    assert forward == feedback


@given(TRACES, st.integers(-63, 63), st.integers(-65, 65), CHANCES, CHANCES)
def test_no_random_number_has_a_say_in_it_where_nothing_saturates(
    event, deviation, tag, one, other
):
    """Both ends are a fraction off whole units, 1/128, which is rounded: the least that differs."""
    forward, feedback = pair_of_synapses(event, deviation, tag, 0, one, other)
    change = event * deviation >> 3
    saturates = not all(-256 <= each <= 255 for each in (change, tag + change))
    assert forward[0] == feedback[0]
    assert abs(forward[1] - feedback[1]) <= saturates


def pair_of_synapses(event, deviation, tag, weight, *chances):
    """A W and the Y that follows it, of the same two units, after learning the same."""
    rules = EngineRule(STEP, TRANSFER + UPDATE), EngineRule(STEP, TRANSFER + FOLLOWING)
    seen = (
        {"x1": event, "y2": max(deviation, 0), "y3": max(-deviation, 0)},
        {"x1": payload_trace(np.array(128 + 2 * deviation)), "y1": event},
    )
    return [
        one_synapse(rule, weight, tag, chance, **traces)
        for rule, chance, traces in zip(rules, chances, seen, strict=True)
    ]


def test_dw_and_dt_read_what_was_before_the_epoch():
    assert one_synapse(EngineRule(dw="x0*t", dt="x0*w"), weight=3, tag=5) == (8, 8)


def test_order_counts_where_a_sum_saturates():
    equal = {"weight": 254, "x1": 127, "y2": 15, "y3": 15}
    assert one_synapse(EngineRule(dw="x0*x1*y2 - x0*x1*y3"), **equal)[0] < 20
    assert one_synapse(EngineRule(dw="-x0*x1*y3 + x0*x1*y2"), **equal)[0] == 253


@pytest.mark.parametrize(("chance", "after"), [(0, -256), (253, -256), (254, -257), (255, -257)])
def test_a_tag_at_its_lower_end_moves_at_rest(chance, after):
    """Lava saturates at −2^15 − 1, 1/128 below −256, and does so although nothing is added."""
    rest = EngineRule(dt="x0*x1*y2")
    assert one_synapse(rest, tag=-257, chance=chance, x0=0)[1] == after
    assert one_synapse(rest, tag=-256, chance=chance, x0=0)[1] == -256


@given(engine_rules(), st.integers(0, 2**32 - 1), CHANCES)
def test_without_messages_and_beyond_that_end_nothing_moves(rule, seed, chance):
    synapses = fresh_synapses(4, 4, np.random.default_rng(seed))
    synapses = EngineSynapses(synapses.weight, synapses.tag.clip(-256))
    odd = 1  # an epoch that u<k> with k > 0 does not count
    if any(each is not None and each.every == 0 for each in (rule.weight_change, rule.tag_change)):
        return
    silent = EngineTraces(np.zeros(4), np.full(4, 127), np.zeros(4))
    after, saturations = learned(rule, synapses, silent, odd, chance)
    assert np.array_equal(after.weight, synapses.weight)
    assert np.array_equal(after.tag, synapses.tag)
    assert saturations == EngineSaturations()


def test_u_counts_every_so_many_epochs():
    rule = EngineRule(dw="u2*t")
    weights = [one_synapse(rule, tag=1, epoch=epoch, x0=0)[0] for epoch in range(1, 9)]
    assert weights == [0, 0, 0, 1, 0, 0, 0, 1]


def test_lavas_random_numbers_are_one_for_all_and_start_at_the_same_seed():
    generator = np.random.default_rng(2)
    numbers = [generator.random(1)[0] for _ in range(6)]
    assert [lava_chance(n) for n in range(1, 6)] == [floor(256 * each) for each in numbers[1:]]


def test_a_draw_a_synapse_rounds_as_often_as_the_fraction_is_large():
    words = (np.array([word], dtype=np.uint32) for word in (0, 1, 2))
    random = draw(connection_key(*words), np.arange(40_000, dtype=np.uint32)).reshape(200, 200)
    rule = EngineRule(dw="2^-5*x0*x1*y2")  # 127 · 12 / 8 · 2^−5 = 5.9375
    zero = np.zeros((200, 200), dtype=int)
    traces = EngineTraces(np.ones(200), np.full(200, 127), 0, 0, np.full(200, 12))
    for arithmetic in (LAVA, EngineArithmetic(even_weights=True)):
        after, _ = learned(
            rule, EngineSynapses(zero, zero), traces, 1, hashed_chances(random), arithmetic
        )
        assert after.weight.mean() == pytest.approx(127 * 12 // 8 / 32, abs=0.02)


@given(engine_rules(), st.integers(0, 2**32 - 1), CHANCES)
def test_even_weights_stay_even(rule, seed, chance):
    generator = np.random.default_rng(seed)
    synapses, sent = fresh_synapses(3, 3, generator), messages(1, 3, 3, generator)
    traces = traces_of(sent, 0, np.zeros(3, dtype=int))
    for arithmetic in (NENGO_LOIHI, EngineArithmetic(even_weights=True)):
        after, _ = learned(rule, synapses, traces, 1, chance, arithmetic)
        assert not (after.weight % 2).any()


@given(TRACES, TRACES, st.integers(-127, 127), CHANCES)
def test_by_magnitude_the_opposite_has_the_opposite_sign(below, above, half, chance):
    both = [
        one_synapse(
            EngineRule(dw=f"{sign}2^-6*x0*x1*y2"),
            int(f"{sign}2") * half,
            chance=chance,
            arithmetic=EngineArithmetic(3, True, True, True),
            x1=below,
            y2=above,
        )[0]
        for sign in "+-"
    ]
    assert both[0] == -both[1]


def test_what_does_not_fit_is_counted():
    synapses = EngineSynapses(np.array([[250, 100, -250]]), np.array([[0, 250, -250]]))
    rule = EngineRule(dw="2^0*x0*x1*y2", dt="-2^0*x0*x1*y2")
    traces = EngineTraces(np.ones(3), np.full(3, 80), 0, 0, np.full(1, 1))
    after, saturations = learned(rule, synapses, traces, 1, NEAREST)
    assert after.weight.tolist() == [[255, 110, -240]]
    assert after.tag.tolist() == [[-10, 240, -256]]
    assert saturations == EngineSaturations(weights=1, tags=1)


def test_the_dtype_of_synapses_stays():
    synapses = EngineSynapses(np.zeros((1, 1), np.int16), np.zeros((1, 1), np.int8))
    after, _ = learned(RULES["integer tag"], synapses, EngineTraces(1, 1), 1, NEAREST)
    assert (after.weight.dtype, after.tag.dtype) == (np.int16, np.int8)
