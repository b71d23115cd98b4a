"""Factors between rectified channels: the same function, and integers that lose less."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.mapping import quantise
from lava_bccn.mapping.equalise import equalised, scaled_channels
from lava_bccn.mapping.rounding import stored_rounding
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.settled import settle

pytestmark = pytest.mark.filterwarnings("ignore::lava_bccn.errors.RoundingWarning")
UNITS = FixedPointFormat()


def scattered(random, shape, spread=1.0) -> np.ndarray:
    """Weights whose rows are of sizes that differ up to 10^±spread."""
    sizes = 10.0 ** random.uniform(-spread, spread, (shape[0], *(1,) * (len(shape) - 1)))
    return random.normal(0, 1, shape) * sizes / np.sqrt(np.prod(shape[1:]))


def dense(random, sizes=(6, 8, 7, 4), activation="relu", spread=1.0) -> MappedNetwork:
    layers = [
        MappedLayer(scattered(random, (units, below), spread), random.normal(0, 0.1, units))
        for below, units in pairwise(sizes)
    ]
    return within_range(MappedNetwork(tuple(layers), "float", activation=activation), random)


def convolutional(random) -> MappedNetwork:
    layers = (
        MappedLayer(
            scattered(random, (4, 2, 3, 3)),
            random.normal(0, 0.1, 4 * 36),
            geometry=ConvolutionGeometry((2, 6, 6), padding=(1, 1)),
        ),
        MappedLayer(
            scattered(random, (6, 2, 2, 2)),
            random.normal(0, 0.1, 6 * 9),
            geometry=ConvolutionGeometry((4, 6, 6), stride=(2, 2), groups=2),
        ),
        MappedLayer(scattered(random, (5, 54)), np.zeros(5)),
    )
    return within_range(MappedNetwork(layers, "float", activation="relu"), random)


def inputs_of(network, random, samples=60) -> np.ndarray:
    return random.random((samples, network.input_size))


def within_range(network, random) -> MappedNetwork:
    """With somata of at most 1 on inputs, as the reader of models leaves them."""
    inputs = np.random.default_rng(0).random((200, network.input_size))
    layers = list(network.layers)
    for index in range(len(layers)):
        part = replace(network, layers=tuple(layers[: index + 1]))
        largest = 1.05 * max(settle(part, inputs)[0][-1].soma.max(), 0.1)
        layer = layers[index]
        layers[index] = replace(layer, weight=layer.weight / largest, bias=layer.bias / largest)
    return replace(network, layers=tuple(layers))


@pytest.mark.parametrize("make", [dense, convolutional])
@given(seed=st.integers(0, 500))
@settings(max_examples=10)
def test_the_function_stays_and_nothing_more_is_clipped(make, seed):
    random = np.random.default_rng(seed)
    network = make(random)
    inputs = np.random.default_rng(0).random((200, network.input_size))[:60]
    found = equalised(network, inputs, UNITS)
    before, after = settle(network, inputs)[0], settle(found, inputs)[0]
    np.testing.assert_allclose(after[-1].soma, before[-1].soma, atol=1e-6)
    for index in range(len(network.layers) - 1):
        assert after[index].soma.max() <= 1 + 1e-9


def test_factors_between_channels_are_found_again():
    """Integers of a network whose channels are of other sizes lose little more than without."""
    random = np.random.default_rng(0)
    errors = []
    for _ in range(10):
        network = dense(random, (20, 30, 5), spread=0)
        inputs = inputs_of(network, random)
        unequal = scaled_channels(network, 0, 10.0 ** random.uniform(-2, 0, 30))
        errors.append(
            [
                stored_rounding(quantise(each, inputs, equalise=equalise))[-1].event_rate_error
                for each, equalise in ((network, False), (unequal, False), (unequal, True))
            ]
        )
    without, uneven, equal = np.mean(errors, axis=0)
    assert equal < 2 * without and equal < 0.5 * uneven


@given(seed=st.integers(0, 30))
@settings(max_examples=10)
def test_it_never_costs_the_output_anything_on_the_inputs(seed):
    random = np.random.default_rng(seed)
    network = dense(random)
    inputs = inputs_of(network, random)
    with_it, without = (
        stored_rounding(quantise(network, inputs, weight_bits=4, equalise=equalise))[-1]
        for equalise in (True, False)
    )
    assert with_it.event_rate_error <= without.event_rate_error


@pytest.mark.parametrize("activation", ["sigmoid", "hard_sigmoid"])
def test_what_is_no_relu_stays(activation):
    random = np.random.default_rng(1)
    network = dense(random, activation=activation)
    assert equalised(network, inputs_of(network, random), UNITS) is network


def test_channels_that_are_clipped_stay():
    """As ReLU6 clips: a factor would clip them elsewhere."""
    random = np.random.default_rng(2)
    network = dense(random)
    layer = network.layers[0]
    weight = layer.weight.copy()
    weight[0] = 1.0
    layers = (replace(layer, weight=weight), *network.layers[1:])
    network = replace(network, layers=layers)
    inputs = inputs_of(network, random)
    found = equalised(network, inputs, UNITS)
    np.testing.assert_array_equal(found.layers[0].weight[0], weight[0])
    np.testing.assert_allclose(
        settle(found, inputs)[0][-1].soma, settle(network, inputs)[0][-1].soma, atol=1e-6
    )


def test_silent_channels_stay():
    random = np.random.default_rng(4)
    network = dense(random)
    layer = network.layers[0]
    bias = layer.bias.copy()
    bias[2] = -100.0
    silent = replace(layer, bias=bias)
    network = replace(network, layers=(silent, *network.layers[1:]))
    found = equalised(network, inputs_of(network, random), UNITS)
    np.testing.assert_array_equal(found.layers[0].weight[2], silent.weight[2])
