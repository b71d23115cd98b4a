"""Receptors filter what arrives with a gain of 1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.spiking.receptors import (
    ReceptorConstants,
    bound_receptors,
    receptor_current,
)
from lava_bccn.network.spiking.units import StepUnits


def constants(time_ms: float, precision: str) -> ReceptorConstants:
    retention = StepUnits(1.0, precision).retention("receptor_time", time_ms)
    one = 1 << 12 if precision == "fixed" else 1.0
    return ReceptorConstants(retention, one - retention)


def currents(arriving, held: ReceptorConstants):
    bound, sent = arriving[0] * 0, []
    for each in arriving:
        bound = bound_receptors(bound, each, held)
        sent.append(receptor_current(bound, held))
    return np.array(sent)


@given(st.floats(2.0, 300.0), st.floats(-1e3, 1e3))
def test_a_pulse_decays_with_the_time_constant_and_keeps_its_area(time_ms, pulse):
    steps = round(30 * time_ms)
    arriving = np.zeros(steps)
    arriving[0] = pulse
    sent = currents(arriving, constants(time_ms, "float"))
    expected = pulse * -np.expm1(-1 / time_ms) * np.exp(-np.arange(steps) / time_ms)
    np.testing.assert_allclose(sent, expected, rtol=1e-9, atol=1e-9)
    assert sent.sum() == pytest.approx(pulse, rel=1e-9, abs=1e-9)


@given(st.sampled_from([5.0, 50.0, 80.0, 200.0]), st.integers(-(2**12), 2**12), st.integers(0, 99))
def test_integers_follow_within_a_unit_of_the_state(time_ms, mean, seed):
    """Each decay rounds down by less than a unit, and what is sent by less than another."""
    fixed = constants(time_ms, "fixed")
    exact = ReceptorConstants(fixed.retention / 4096, fixed.gain / 4096)
    arriving = np.random.default_rng(seed).poisson(abs(mean) + 1, 300) * (1 if mean > 0 else -1)
    difference = currents(arriving, fixed) - currents(arriving.astype(float), exact)
    assert difference.max() <= 1e-6 and difference.min() > -2.0


def test_an_integer_state_saturates_at_24_bits():
    held = constants(50.0, "fixed")
    assert bound_receptors(np.array([0]), np.array([2**25]), held) == 2**23 - 1
