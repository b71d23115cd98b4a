"""Corrected biases: potentials of integers are right on average."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping import quantise, stored_rounding
from lava_bccn.mapping.rescale import with_scales
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.settled import settle
from tests.mapping.test_equalise import convolutional, dense, inputs_of

pytestmark = pytest.mark.filterwarnings("ignore::lava_bccn.errors.RoundingWarning")


def mean_errors(network: MappedNetwork, exact: MappedNetwork, inputs) -> list[float]:
    """The largest mean error of the somata of a channel, of each layer."""
    found = settle(network, network.quantise_inputs(inputs))[0]
    expected = settle(exact, inputs)[0]
    errors = []
    for index, (state, right) in enumerate(zip(found, expected, strict=True)):
        error = state.soma * network.state_unit("soma", index) - right.soma
        channels = len(network.layers[index].weight)
        errors.append(np.abs(error.reshape(len(inputs), channels, -1).mean(axis=(0, 2))).max())
    return errors


@pytest.mark.parametrize("make", [partial(dense, spread=0), convolutional])
def test_potentials_are_right_on_average(make):
    random = np.random.default_rng(0)
    network = make(random)
    inputs = inputs_of(network, random)
    exact = with_scales(network, inputs, 8)
    corrected = quantise(network, inputs, weight_bits=4, correct_bias=True)
    usual = quantise(network, inputs, weight_bits=4, correct_bias=False)
    before = mean_errors(usual, exact, inputs)
    after = mean_errors(corrected, exact, inputs)
    assert sum(after) < 0.5 * sum(before)


@given(seed=st.integers(0, 200), bits=st.sampled_from([8, 4]))
@settings(max_examples=10)
def test_event_rates_never_err_more_in_the_first_layer(seed, bits):
    random = np.random.default_rng(seed)
    network = dense(random)
    inputs = inputs_of(network, random)
    with_it, without = (
        stored_rounding(quantise(network, inputs, weight_bits=bits, correct_bias=correct))[0]
        for correct in (True, False)
    )
    assert with_it.event_rate_error <= without.event_rate_error


def test_only_biases_change():
    random = np.random.default_rng(1)
    network = dense(random)
    inputs = inputs_of(network, random)
    for layer, other in zip(
        quantise(network, inputs, correct_bias=True).layers,
        quantise(network, inputs, correct_bias=False).layers,
        strict=True,
    ):
        same = replace(layer, bias=other.bias)
        np.testing.assert_array_equal(same.weight, other.weight)
        assert same.weight_exponent == other.weight_exponent
        assert layer.bias.dtype == other.bias.dtype == np.int32


@pytest.mark.parametrize(("activation", "usual"), [("relu", True), ("sigmoid", False)])
def test_it_is_usual_where_lines_are_rectified(activation, usual):
    """Networks of sigmoids keep the integers that they always had."""
    random = np.random.default_rng(2)
    network = dense(random, activation=activation)
    inputs = inputs_of(network, random)
    by_default, chosen, other = (
        [layer.bias for layer in quantise(network, inputs, correct_bias=correct).layers]
        for correct in (None, usual, not usual)
    )
    assert all(map(np.array_equal, by_default, chosen))
    assert not all(map(np.array_equal, by_default, other))


@pytest.mark.parametrize("option", ["equalise", "correct_bias"])
def test_what_is_no_flag_is_refused(option):
    random = np.random.default_rng(3)
    network = dense(random)
    with pytest.raises(InvalidInputError, match=option):
        quantise(network, inputs_of(network, random), **{option: "yes"})
