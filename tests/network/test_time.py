"""The description of continuous time."""

import pytest

from lava_bccn import ContinuousTime
from lava_bccn.errors import InvalidInputError


@pytest.mark.parametrize("name", ["tau_soma", "tau_apical"])
def test_a_time_constant_below_the_step_is_refused_by_name(name):
    with pytest.raises(InvalidInputError, match=name):
        ContinuousTime(dt=0.02, **{name: 0.01})


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["dt", "tau_soma", "tau_apical"])
def test_times_must_be_positive_and_finite(name, value):
    with pytest.raises(InvalidInputError, match=name):
        ContinuousTime(**{name: value})


def test_fractions_in_12_bits():
    time = ContinuousTime(dt=0.02, tau_soma=0.02, tau_apical=0.08)
    assert time.integer_step_fractions == (4096, 1024)
    with pytest.raises(InvalidInputError, match=r"tau_apical .*the longest is 81\.92"):
        _ = ContinuousTime(dt=0.02, tau_apical=1000).integer_step_fractions


def test_the_weights_time_constant_follows_from_the_learning_rate():
    assert ContinuousTime(dt=0.02).tau_weight(5) == pytest.approx(0.64)
    assert ContinuousTime(dt=0.02).steps(1000) == 50_000
