"""The rate model with hard sigmoids: straight lines in floats, and their integers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics import hard_sigmoid, rate
from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.constants import (
    FLOATING,
    Constants,
    floating_constants,
    integer_constants,
)
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.hard_sigmoid import (
    HARD_SIGMOID,
    MAX_EVENT_RATE,
    MIN_EVENT_RATE,
    PROBABILITY_BITS,
)
from lava_bccn.errors import InvalidInputError

BITS = st.integers(5, 12)
UNIT = 2.0**-PROBABILITY_BITS


def integers(event_bits: int = 8, baseline_shift: int = 1, apical_bits: int = 12) -> Constants:
    units = FixedPointFormat(event_bits=event_bits, baseline_shift=baseline_shift)
    return integer_constants(
        units,
        HARD_SIGMOID.integers,
        soma_fraction_bits=HARD_SIGMOID.integers.soma_fraction_bits(event_bits),
        apical_fraction_bits=apical_bits,
    )


@given(BITS, st.integers(-(2**20), 2**20))
def test_integer_event_rates_are_those_of_the_line(event_bits, soma):
    real = soma / 2.0 ** HARD_SIGMOID.integers.soma_fraction_bits(event_bits)
    got = hard_sigmoid.event_rate(np.array(soma), integers(event_bits)) / 2.0**event_bits
    assert got == pytest.approx(float(hard_sigmoid.event_rate(np.array(real), FLOATING)), abs=1e-12)


@given(BITS, st.integers(-(2**20), 2**20))
def test_two_rectified_neurons_draw_the_line(event_bits, soma):
    """As ``processes.hardware_burst_ccn`` composes it."""
    lowest, largest = (
        limit(event_bits) for limit in (hard_sigmoid.min_event_rate, hard_sigmoid.max_event_rate)
    )
    rising = (1 << (event_bits - 1)) + soma
    rectified = max(rising - lowest, 0) - max(rising - largest, 0)
    got = hard_sigmoid.event_rate(np.array(soma), integers(event_bits))
    assert got == lowest + rectified


@given(st.integers(0, 255), st.integers(-(2**22), 2**22), st.integers(4, 16))
def test_integer_burst_probabilities_are_those_of_the_line_rounded_down(event, apical, fraction):
    constants = integers(apical_bits=fraction)
    gated = rate.gated_apical(np.array(apical), np.array(event), constants)
    got = rate.burst_prob(hard_sigmoid.hidden_modulation(gated, constants), constants) * UNIT
    exact = rate.gated_apical(apical / 2.0**fraction, event / 256)
    floating = floating_constants(0.5)
    modulation = hard_sigmoid.hidden_modulation(np.array(exact), floating)
    expected = rate.burst_prob(modulation, floating)
    assert expected - UNIT <= got <= expected


@given(st.integers(0, 255), st.integers(1, 4))
def test_at_rest_a_unit_bursts_at_its_baseline_exactly(event, baseline_shift):
    constants, events = integers(baseline_shift=baseline_shift), np.array(event)
    zero = rate.gated_apical(np.array(0), events, constants)
    prob = rate.burst_prob(hard_sigmoid.hidden_modulation(zero, constants), constants)
    assert prob == 2 ** (PROBABILITY_BITS - baseline_shift)
    assert rate.burst_rate(prob, events, constants) == event << (4 - baseline_shift)
    taught = rate.teacher_modulation(np.array(-1), events, constants)
    assert rate.burst_prob(taught, constants) == prob


@given(st.integers(0, 255), st.integers(0, 256))
def test_the_teacher_moves_bursts_towards_the_target(event, target):
    constants, floating = integers(), floating_constants(0.5)
    modulation = rate.teacher_modulation(np.array(target), np.array(event), constants)
    got = rate.burst_prob(modulation, constants) * UNIT
    modulation = rate.teacher_modulation(np.array(target / 256), event / 256)
    exact = rate.burst_prob(modulation, floating)
    assert exact - UNIT <= got <= exact


def test_arrays_and_tensors_give_the_same():
    values = np.linspace(-4, 4, 41)
    for function in (
        lambda x: HARD_SIGMOID.event_rate(x, FLOATING),
        HARD_SIGMOID.slope,
        lambda x: HARD_SIGMOID.hidden_modulation(x, floating_constants(0.5)),
    ):
        np.testing.assert_allclose(function(torch.from_numpy(values)).numpy(), function(values))


def test_no_unit_falls_quite_silent_or_quite_saturated():
    assert hard_sigmoid.event_rate(np.array(-1e6), FLOATING) == MIN_EVENT_RATE > 0
    highest = hard_sigmoid.event_rate(np.array(1e6), FLOATING)
    assert highest == MAX_EVENT_RATE and rate.apical_gain(highest) > 0


RATES = st.floats(MIN_EVENT_RATE, MAX_EVENT_RATE)


@given(st.floats(0, 1), RATES)
def test_a_target_out_of_reach_asks_for_what_is_in_reach(target, event_rate):
    reached = hard_sigmoid.reachable_target(np.array(target))
    assert reached == min(max(target, MIN_EVENT_RATE), MAX_EVENT_RATE)
    error = hard_sigmoid.reachable_error(np.array(target - event_rate), event_rate)
    assert error == pytest.approx(reached - event_rate, abs=1e-15)


@given(RATES)
def test_without_a_teacher_nothing_is_asked_for(event_rate):
    assert hard_sigmoid.reachable_target(np.array(rate.NO_TEACHER)) == rate.NO_TEACHER
    assert hard_sigmoid.reachable_error(np.array(0.0), event_rate) == 0


@pytest.mark.parametrize("name", ["sigmoid", "hard_sigmoid"])
@given(event_rate=RATES)
def test_the_potential_of_an_event_rate_gives_it(name, event_rate):
    activation = ACTIVATIONS[name]
    soma = np.array(activation.potential(event_rate))
    assert float(activation.event_rate(soma, FLOATING)) == pytest.approx(event_rate)


def test_the_slope_is_that_of_the_line():
    soma = np.linspace(-3, 3, 61)
    numeric = (
        hard_sigmoid.event_rate(soma + 1e-6, FLOATING)
        - hard_sigmoid.event_rate(soma - 1e-6, FLOATING)
    ) / 2e-6
    inside = np.abs(np.abs(soma) - 2) > 0.13  # away from the corners
    got = hard_sigmoid.event_rate_slope(hard_sigmoid.event_rate(soma, FLOATING))
    np.testing.assert_allclose(got[inside], numeric[inside], atol=1e-6)


def test_an_activation_that_does_not_exist_is_refused():
    with pytest.raises(InvalidInputError, match="activation must be one of"):
        ACTIVATIONS["softplus"]
