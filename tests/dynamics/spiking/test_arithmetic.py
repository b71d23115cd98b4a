"""The sigmoid of spiking neurons."""

import numpy as np

from lava_bccn.dynamics.spiking.arithmetic import SIGMOID_ERROR, logistic, sigmoid


def test_the_sigmoid_is_as_precise_as_it_says():
    x = np.concatenate([np.linspace(-599, 599, 20001), np.linspace(-40, 40, 200001)])
    expected = 1 / (1 + np.exp(-x.astype(np.longdouble)))
    assert np.abs(sigmoid(x) / expected - 1).max() < SIGMOID_ERROR


def test_beyond_its_range_the_sigmoid_stays():
    with np.errstate(all="raise"):
        far = sigmoid(np.array([-np.inf, -1e300, -601.0, 601.0, 1e300, np.inf]))
    assert np.all(far[:3] == sigmoid(-600.0)) and far[0] < 1e-260
    np.testing.assert_array_equal(far[3:], 1.0)


def test_the_sigmoid_has_the_same_bits_for_arrays_and_single_numbers():
    x = np.random.default_rng(0).normal(0, 20, 300)
    single = [float(logistic(value)) for value in x.tolist()]
    np.testing.assert_array_equal(logistic(x), single)
    assert logistic(x[:1]).shape == (1,)
