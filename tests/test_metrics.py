"""Accuracy and angles."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn import metrics


def test_accuracy_counts_the_most_active_unit():
    rates = [[0.1, 0.9], [0.8, 0.2], [0.6, 0.4]]
    assert metrics.accuracy(rates, [1, 0, 1]) == pytest.approx(2 / 3)


@given(st.floats(1e-6, 180))
def test_angle_is_accurate_from_tiny_to_straight(degrees):
    radians = np.radians(degrees)
    first, second = np.array([1.0, 0.0]), np.array([[np.cos(radians)], [np.sin(radians)]])
    assert metrics.angle_degrees(first, second) == pytest.approx(degrees, rel=1e-6)
    both = metrics.angle_degrees(torch.from_numpy(first), torch.from_numpy(second))
    assert both == pytest.approx(degrees, rel=1e-6)


def test_angle_to_nothing_is_a_right_angle():
    assert metrics.angle_degrees(np.zeros(3), np.ones(3)) == 90


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.uint8])
def test_angles_of_narrow_integers_are_those_of_their_values(dtype):
    first, second = (np.random.default_rng(seed).integers(0, 128, 50) for seed in (0, 1))
    expected = metrics.angle_degrees(first.astype(float), second.astype(float))
    assert metrics.angle_degrees(first.astype(dtype), second.astype(dtype)) == expected
