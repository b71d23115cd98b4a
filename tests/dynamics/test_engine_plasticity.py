"""BurstCCN's plasticity as rules of the learning engine."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.constants import integer_constants
from lava_bccn.dynamics.engine import (
    LAVA,
    NEAREST,
    EngineArithmetic,
    EngineSaturations,
    EngineSynapses,
    EngineTraces,
    learned,
    payload_trace,
)
from lava_bccn.dynamics.engine_plasticity import (
    MAX_SENT_TRACE,
    EnginePlasticity,
    deviation_trace,
    placed,
    rectified,
    sent_trace,
)
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.sigmoid import SIGMOID
from lava_bccn.errors import InvalidInputError

UNITS = FixedPointFormat()
ENGINES = ("integer_tag", "tag", "direct")


def test_rules_are_the_text_that_lava_is_given():
    plasticity = EnginePlasticity("tag", exponent=-3, half=16, decay=7)
    transfer = "2^0*x0*sgn(t - 17) + 2^0*x0*sgn(t + 17)"
    back = "-16*x0*sgn(t - 17) - 16*x0*sgn(t + 17)"
    change = "2^-3*x0*x1*y2 - 2^-3*x0*x1*y3"
    following = "2^-3*x0*(x1 - 64)*y1"
    assert plasticity.weight_rule.dw == plasticity.following_rule.dw == transfer
    assert plasticity.weight_rule.dt == f"{back} + {change} - 2^-7*u7*w"
    assert plasticity.following_rule.dt == f"{back} + {following} - 2^-7*u7*w"
    direct = EnginePlasticity("direct", exponent=-3)
    assert (direct.weight_rule.dw, direct.weight_rule.dt) == (change, None)
    assert (direct.following_rule.dw, direct.following_rule.dt) == (following, None)


@pytest.mark.parametrize("arithmetic", [LAVA, EngineArithmetic(mantissa_bits=3)])
@pytest.mark.parametrize("half", [16, 64])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_sample_changes_a_weight_by_the_rate(engine, half, arithmetic):
    """Δw = 2^−rate (b − p^b e) e_below, as far as the engine cuts nothing off."""
    compared, event = 0, 200
    for rate, deviation in product(range(-8, 20), (-400, 96, 1000)):
        try:
            plasticity = placed(engine, rate, -8, UNITS, arithmetic, trace_exponent=2, half=half)
        except InvalidInputError:
            continue
        places = plasticity.trace_exponent
        trace, exact = deviation_trace(np.array([deviation]), places, MAX_SENT_TRACE)
        after, lost = learned(
            plasticity.weight_rule,
            EngineSynapses(np.zeros((1, 1), dtype=int), np.zeros((1, 1), dtype=int)),
            EngineTraces(1, payload_trace(np.array([event])), 0, 0, *rectified(trace)),
            1,
            NEAREST,
            arithmetic,
        )
        if trace == exact and lost == EngineSaturations():
            finest = 2.0**-9 if engine == "direct" else 2.0**-9 / half
            cut_off = finest * (1 + 2.0**plasticity.exponent)
            trace_rounds = 2.0 ** (places - 1 - 12 - rate)
            change = after.weight.item() * 2.0**-9 + after.tag.item() * 2.0**-9 / half
            real = 2.0**-rate * (deviation * 2.0**-12) * (event * 2.0**-8)
            assert change == pytest.approx(real, abs=cut_off + trace_rounds)
            compared += 1
    assert compared > 5


@given(
    st.sampled_from(ENGINES),
    st.integers(-20, 30),
    st.integers(-12, 0),
    st.integers(0, 12),
    st.sampled_from((16, 32, 64)),
)
def test_what_rates_are_possible_is_said_where_one_is_not(engine, rate, unit, traces, half):
    def place(rate):
        return placed(engine, rate, unit, UNITS, LAVA, trace_exponent=traces, half=half)

    try:
        plasticity = place(rate)
    except InvalidInputError as error:
        least, most = map(int, str(error).rsplit(" n from ", 1)[1].split(" to "))
        assert not least <= rate <= most
        for possible in range(least, most + 1):
            place(possible)
        return
    assert plasticity.trace_exponent >= (0 if engine == "integer_tag" else traces)
    assert plasticity.exponent == 0 or engine != "integer_tag"


def test_half_the_rate_is_in_the_neuron_or_in_the_rule():
    def at(engine, rate):
        plasticity = placed(engine, rate, -8, UNITS, LAVA, trace_exponent=1)
        return plasticity.exponent, plasticity.trace_exponent

    assert [at("integer_tag", rate) for rate in (-1, 0, 3)] == [(0, 0), (0, 1), (0, 4)]
    assert [at("tag", rate) for rate in (-1, 0, 3)] == [(1, 1), (0, 1), (-3, 1)]
    assert [at("direct", rate) for rate in (-1, 1, 3)] == [(-5, 1), (-7, 1), (-7, 3)]


def test_decay_needs_tags():
    with pytest.raises(InvalidInputError, match="take engine='integer_tag' or 'tag'"):
        EnginePlasticity("direct", decay=7)
    assert EnginePlasticity("integer_tag", decay=7).weight_rule.tag_change.every == 7


@given(st.integers(-(2**13), 2**13), st.integers(0, 12), st.sampled_from((63, 127)))
def test_traces_are_the_nearest_that_fit(deviation, exponent, limit):
    trace, exact = deviation_trace(np.array(deviation), exponent, limit)
    assert abs(exact * 2**exponent - deviation) <= 2**exponent / 2
    assert trace == max(-limit, min(exact, limit))
    positive, negative = rectified(trace)
    assert positive - negative == trace
    assert min(positive, negative) == 0


def test_traces_that_round_at_random_are_exact_on_average(generator):
    random = generator.integers(0, 2**32, 40_000, dtype=np.uint32)
    trace, _ = deviation_trace(np.full(40_000, -37), 4, 127, random)
    assert set(trace) == {-3, -2}
    assert trace.mean() == pytest.approx(-37 / 16, abs=0.02)


@given(st.integers(-MAX_SENT_TRACE, MAX_SENT_TRACE))
def test_a_trace_arrives_as_it_was_sent(trace):
    payload = sent_trace(np.array(trace))
    assert 0 < payload < 256
    assert payload_trace(payload) - 64 == trace


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(0, 7))
def test_a_deviation_sent_down_is_what_bursts_and_events_are(seed, baseline_shift, more_bits):
    """Yᵀ δ = Yᵀ b − Qᵀ e with Q = p^b Y, to the last bit: neither Q nor two messages are needed."""
    units = FixedPointFormat(
        burst_extra_bits=baseline_shift + more_bits, baseline_shift=baseline_shift
    )
    random = np.random.default_rng(seed)
    constants = integer_constants(
        units,
        SIGMOID.integers,
        apical_places=random.integers(-9, 2),
        apical_fraction_bits=12,
        soma_fraction_bits=12,
    )
    ensembles = Ensembles(SIGMOID, constants)
    feedback = random.integers(-256, 256, (5, 7))
    event_rate = random.integers(0, 256, 7)
    burst_rate = ensembles.burst_rate(random.integers(0, 2 * constants.p_baseline, 7), event_rate)
    deviation = ensembles.burst_deviation(burst_rate, event_rate)
    assert np.abs(deviation).max() < 2**15  # which a signed graded message of 16 bits carries
    own = random.integers(0, 256, 5)
    one, _ = ensembles.apical(feedback @ burst_rate, feedback @ event_rate, own)
    other, _ = ensembles.apical(feedback @ deviation, np.zeros(5, dtype=np.int64), own)
    assert np.array_equal(one, other)
