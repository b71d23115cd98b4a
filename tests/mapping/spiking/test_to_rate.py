"""What spiking ensembles learned, as the network of event rates that they came from."""

from dataclasses import replace

import numpy as np
import pytest

from lava_bccn import mapping
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.spiking import from_rate, quantise, to_rate

SIZES = (5, 4, 3)
OPTIONS = {"neurons": 8, "input_neurons": 2, "connection_probability": 0.5, "seed": 3}
KAPPA = 400.0

pytestmark = pytest.mark.filterwarnings("ignore:ensembles of .* are too small")


@pytest.fixture(scope="module")
def rate_network():
    inputs = np.random.default_rng(3).random((20, SIZES[0]))
    return mapping.new_network(SIZES, inputs, precision="float", feedback="random", gain=4.0)


@pytest.fixture(scope="module")
def spiking(rate_network):
    return from_rate(rate_network, **OPTIONS)


def assert_same(network, other, **tolerance):
    for layer, same in zip(network.layers, other.layers, strict=True):
        np.testing.assert_allclose(layer.weight, same.weight, **tolerance)
        np.testing.assert_allclose(layer.bias, same.bias, **tolerance)


def test_what_has_learned_nothing_is_the_same_to_the_bit(rate_network, spiking):
    assert_same(to_rate(spiking, rate_network, spiking), rate_network, rtol=0, atol=0)


def test_other_weights_come_back_as_from_rate_would_have_mapped_them(rate_network, spiking):
    """Calibrated biases aside, which follow the noise of the weights."""
    random = np.random.default_rng(5)
    moved = [
        replace(layer, weight=layer.weight + 0.2 * random.normal(size=layer.weight.shape))
        for layer in rate_network.layers
    ]
    other = replace(rate_network, layers=tuple(moved))
    mapped = from_rate(other, **OPTIONS)
    learned = replace(mapped, populations=spiking.populations)
    assert_same(to_rate(learned, rate_network, spiking), other, rtol=1e-9)


def test_a_bias_is_the_mean_of_its_ensemble(rate_network, spiking):
    random = np.random.default_rng(5)
    hidden = spiking.populations[1]
    change = random.normal(size=hidden.size)
    moved = replace(hidden, bias=hidden.bias + KAPPA * change)
    learned = replace(spiking, populations=(spiking.populations[0], moved, spiking.populations[2]))
    result = to_rate(learned, rate_network, spiking)
    expected = rate_network.layers[0].bias + change.reshape(4, 8).mean(axis=1)
    np.testing.assert_allclose(result.layers[0].bias, expected)
    np.testing.assert_array_equal(result.layers[0].weight, rate_network.layers[0].weight)


def test_integers_come_back_to_within_their_steps(rate_network, spiking):
    learned = quantise(spiking)
    result = to_rate(learned, rate_network, spiking)
    for layer, same in zip(result.layers, rate_network.layers, strict=True):
        np.testing.assert_allclose(layer.weight, same.weight, atol=np.abs(same.weight).max() / 100)


def test_populations_may_be_divided_otherwise(rate_network, spiking):
    output = spiking.populations[-1]
    divided = replace(output, ensembles=output.size, neurons=1)
    learned = replace(spiking, populations=(*spiking.populations[:-1], divided))
    assert_same(to_rate(learned, rate_network, spiking), rate_network, rtol=0, atol=0)


def test_networks_that_do_not_belong_together_are_refused(rate_network, spiking):
    other = from_rate(rate_network, **{**OPTIONS, "seed": 4})
    with pytest.raises(InvalidInputError, match="weight1 joins other neurons than at the start"):
        to_rate(other, rate_network, spiking)
    without = replace(spiking, connections=spiking.connections[:1])
    with pytest.raises(InvalidInputError, match=r"no connection 'weight2'.* by from_rate"):
        to_rate(without, rate_network, spiking)
    integers = mapping.new_network(SIZES, np.zeros((2, SIZES[0])))
    with pytest.raises(InvalidInputError, match="precision='float'"):
        to_rate(spiking, integers, spiking)
    larger = mapping.new_network((5, 4, 2), np.zeros((2, 5)), precision="float")
    with pytest.raises(InvalidInputError, match=r"shape \(2, 4\), .* joined as \(3, 4\)"):
        to_rate(spiking, larger, spiking)
