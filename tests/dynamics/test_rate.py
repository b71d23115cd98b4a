"""The floating-point rate model means the same to NumPy and to PyTorch, and what the paper says."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics import plasticity, rate
from lava_bccn.dynamics.constants import floating_constants
from lava_bccn.dynamics.sigmoid import hidden_modulation, sigmoid

reals = st.floats(-50, 50)
rates = st.floats(0, 1)
baselines = st.sampled_from((0.5, 0.25, 0.2, 0.1))


@given(reals)
def test_sigmoid_is_the_logistic_function_in_both_libraries(x):
    expected = 1 / (1 + np.exp(-x))
    assert sigmoid(np.array(x)) == pytest.approx(expected, abs=1e-15)
    assert float(sigmoid(torch.tensor(x, dtype=torch.float64))) == pytest.approx(expected)


def test_sigmoid_does_not_overflow():
    with np.errstate(all="raise", under="ignore"):
        assert sigmoid(np.array([-1e4, 1e4])).tolist() == [0.0, 1.0]


@given(reals, rates, baselines)
def test_hidden_burst_prob_is_the_papers_sigmoid(apical, event_rate, p_baseline):
    constants = floating_constants(p_baseline)
    gated = rate.gated_apical(np.array(apical), np.array(event_rate))
    burst_prob = rate.burst_prob(hidden_modulation(gated, constants), constants)
    argument = 2 / p_baseline * apical * (1 - event_rate)
    assert burst_prob == pytest.approx(2 * p_baseline * sigmoid(np.array(argument)), abs=1e-12)
    assert 0 <= burst_prob <= 2 * p_baseline


@given(rates, rates, baselines)
def test_teacher_moves_the_burst_prob_by_the_gated_error(target, event_rate, p_baseline):
    modulation = rate.teacher_modulation(np.array(target), np.array(event_rate))
    expected = p_baseline * (1 + (target - event_rate) * (1 - event_rate))
    assert rate.burst_prob(modulation, floating_constants(p_baseline)) == pytest.approx(expected)


@given(rates, baselines)
def test_without_a_teacher_units_burst_at_baseline(event_rate, p_baseline):
    modulation = rate.teacher_modulation(np.array(rate.NO_TEACHER), np.array(event_rate))
    assert rate.burst_prob(modulation, floating_constants(p_baseline)) == p_baseline


@given(st.floats(-1, 1), rates, baselines)
def test_deviation_is_burst_rate_minus_baseline_bursts(modulation, event_rate, p_baseline):
    burst_rate = rate.burst_rate(
        rate.burst_prob(modulation, floating_constants(p_baseline)), event_rate
    )
    deviation = rate.deviation_of_modulation(modulation, event_rate, p_baseline)
    assert deviation == pytest.approx(burst_rate - p_baseline * event_rate, abs=1e-15)
    of_rates = rate.burst_deviation(burst_rate, event_rate, floating_constants(p_baseline))
    assert of_rates == pytest.approx(deviation, abs=1e-15)


def test_small_deviations_keep_their_relative_precision():
    gated = np.array(1e-12)
    modulation = hidden_modulation(gated, floating_constants(0.5))
    deviation = rate.deviation_of_modulation(modulation, np.array(0.3), 0.5)
    assert deviation == pytest.approx(0.3e-12, rel=1e-9)


def test_learning_rules_are_outer_products_summed_over_the_batch(generator):
    deviation, below = generator.normal(size=(5, 3)), generator.random((5, 4))
    expected = sum(np.outer(d, e) for d, e in zip(deviation, below, strict=True))
    np.testing.assert_allclose(plasticity.burst_dependent(deviation, below), expected)
    np.testing.assert_allclose(plasticity.homeostatic(deviation, below), expected)
    np.testing.assert_allclose(plasticity.burst_dependent_bias(deviation), deviation.sum(axis=0))
