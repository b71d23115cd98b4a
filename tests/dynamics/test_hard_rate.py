"""The rate model with hard sigmoids: straight lines in floats, and their integers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics import hard_rate, rate
from lava_bccn.dynamics.activations import functions_of
from lava_bccn.errors import InvalidInputError

BITS = st.integers(5, 12)


@given(BITS, st.integers(-(2**20), 2**20))
def test_integer_event_rates_are_those_of_the_line(event_bits, soma):
    real = soma / 2.0 ** hard_rate.soma_fraction_bits(event_bits)
    got = hard_rate.event_rate(np.array(soma), event_bits) / 2.0**event_bits
    assert got == pytest.approx(float(rate.hard_event_rate(np.array(real))), abs=1e-12)


@given(st.integers(0, 255), st.integers(-(2**22), 2**22), st.integers(4, 16))
def test_integer_burst_probabilities_are_those_of_the_line_rounded_down(event, apical, fraction):
    gated = hard_rate.gated_apical(np.array(apical), np.array(event), fraction, 8)
    got = hard_rate.hidden_burst_prob(gated, 1) / 2.0**hard_rate.HARD_PROBABILITY_BITS
    exact = rate.gated_apical(apical / 2.0**fraction, event / 256)
    expected = rate.burst_prob(rate.hard_hidden_modulation(np.array(exact), 0.5), 0.5)
    assert expected - 2.0**-hard_rate.HARD_PROBABILITY_BITS <= got <= expected


@given(st.integers(0, 255), st.integers(1, 4))
def test_at_rest_a_unit_bursts_at_its_baseline_exactly(event, baseline_shift):
    zero = hard_rate.gated_apical(np.array(0), np.array(event), 12, 8)
    prob = hard_rate.hidden_burst_prob(zero, baseline_shift)
    assert prob == 2 ** (hard_rate.HARD_PROBABILITY_BITS - baseline_shift)
    assert hard_rate.burst_rate(prob, event, 4) == event << (4 - baseline_shift)
    assert hard_rate.teacher_burst_prob(np.array(-1), np.array(event), 8, baseline_shift) == prob


@given(st.integers(0, 255), st.integers(0, 256))
def test_the_teacher_moves_bursts_towards_the_target(event, target):
    prob = hard_rate.teacher_burst_prob(np.array(target), np.array(event), 8, 1)
    exact = rate.burst_prob(rate.teacher_modulation(np.array(target / 256), event / 256), 0.5)
    unit = 2.0**-hard_rate.HARD_PROBABILITY_BITS
    assert exact - unit <= prob * unit <= exact


def test_arrays_and_tensors_give_the_same():
    values = np.linspace(-4, 4, 41)
    functions = functions_of("hard_sigmoid")
    for function in (
        functions.event_rate,
        functions.slope,
        lambda x: functions.hidden_modulation(x, 0.5),
    ):
        np.testing.assert_allclose(function(torch.from_numpy(values)).numpy(), function(values))


def test_no_unit_falls_quite_silent_or_quite_saturated():
    assert rate.hard_event_rate(np.array(-1e6)) == rate.HARD_MIN_EVENT_RATE > 0
    highest = rate.hard_event_rate(np.array(1e6))
    assert highest == rate.HARD_MAX_EVENT_RATE and rate.apical_gain(highest) > 0


RATES = st.floats(rate.HARD_MIN_EVENT_RATE, rate.HARD_MAX_EVENT_RATE)


@given(st.floats(0, 1), RATES)
def test_a_target_out_of_reach_asks_for_what_is_in_reach(target, event_rate):
    reached = rate.hard_reachable_target(np.array(target))
    assert reached == min(max(target, rate.HARD_MIN_EVENT_RATE), rate.HARD_MAX_EVENT_RATE)
    error = rate.hard_reachable_error(np.array(target - event_rate), event_rate)
    assert error == pytest.approx(reached - event_rate, abs=1e-15)


@given(RATES)
def test_without_a_teacher_nothing_is_asked_for(event_rate):
    assert rate.hard_reachable_target(np.array(rate.NO_TEACHER)) == rate.NO_TEACHER
    assert rate.hard_reachable_error(np.array(0.0), event_rate) == 0


@pytest.mark.parametrize("name", ["sigmoid", "hard_sigmoid"])
@given(event_rate=RATES)
def test_the_potential_of_an_event_rate_gives_it(name, event_rate):
    functions = functions_of(name)
    soma = np.array(functions.potential(event_rate))
    assert float(functions.event_rate(soma)) == pytest.approx(event_rate)


def test_the_slope_is_that_of_the_line():
    soma = np.linspace(-3, 3, 61)
    numeric = (rate.hard_event_rate(soma + 1e-6) - rate.hard_event_rate(soma - 1e-6)) / 2e-6
    inside = np.abs(np.abs(soma) - 2) > 0.13  # away from the corners
    got = rate.hard_event_rate_slope(rate.hard_event_rate(soma))
    np.testing.assert_allclose(got[inside], numeric[inside], atol=1e-6)


def test_an_activation_that_does_not_exist_is_refused():
    with pytest.raises(InvalidInputError, match="activation must be one of"):
        functions_of("relu")
