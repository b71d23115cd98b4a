"""Homeostasis: what channels release comes to predict nothing of a dendrite's current."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.spiking.homeostasis import (
    CURRENT_BITS,
    HomeostasisConstants,
    homeostatic_change,
)
from lava_bccn.dynamics.spiking.synapses import balanced_weights
from lava_bccn.dynamics.stochastic_rounding import draw


def test_its_fixed_point_is_the_least_squares_balance():
    """Two channels against a current that is a mixture of both and a part that neither predicts."""
    generator = np.random.default_rng(0)
    weight = np.zeros(2)
    held = HomeostasisConstants(0.02, 0, -10.0, 10.0)
    none, ends = np.uint32(0), np.array([0, 1])
    released = generator.random((20_000, 2))
    wanted = released @ [0.5, -1.5] + 0.3 * generator.standard_normal(len(released))
    for each, current in zip(released, wanted, strict=True):
        now = np.array([current + each @ weight])
        weight = balanced_weights(weight, each, now, ends, 0 * ends, held, none)
    exact, *_ = np.linalg.lstsq(released, -wanted, rcond=None)
    np.testing.assert_allclose(weight, exact, atol=0.1)


@given(st.integers(0, 2**15 - 1), st.integers(-(2**23), 2**23 - 1), st.integers(0, 30))
def test_integers_are_right_on_average_and_end_at_16_bits_of_current(released, current, places):
    random = draw(np.uint32(7), np.arange(2000, dtype=np.uint32))
    change = homeostatic_change(released, current, places, 5, random)
    limit = 2 ** (CURRENT_BITS - 1) - 1
    exact = -(released >> 5) * min(max(current, -limit), limit) / 2**places
    assert (np.abs(change - exact) < 1).all()
    assert change.mean() == pytest.approx(exact, abs=0.08)


def test_nothing_that_was_not_released_changes_and_limits_hold():
    held = HomeostasisConstants(1.0, 0, -1.0, 1.0)
    weight, ends = np.array([0.5, 0.5, 0.5]), np.array([0, 1, 2])
    changed = balanced_weights(
        weight,
        np.array([0.0, 1.0, 1.0]),
        np.array([-9.0, -9.0, 9.0]),
        ends,
        ends,
        held,
        np.uint32(0),
    )
    np.testing.assert_array_equal(changed, [0.5, 1.0, -1.0])
