"""Scales of rectified layers: the function stays, the integers lose little of what counts."""

import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lava_bccn
from lava_bccn.mapping import MappedLayer, MappedNetwork, quantise
from lava_bccn.mapping.rescale import best_scale, taken_with_scales, with_scales
from lava_bccn.network.output import Output


def rectified(generator, sizes=(12, 20, 15, 4), std=0.3, output=None):
    layers = [
        MappedLayer(generator.normal(0, std, shape), generator.normal(0, 0.1, shape[0]))
        for shape in zip(sizes[1:], sizes[:-1], strict=True)
    ]
    return MappedNetwork(tuple(layers), "float", activation="relu", output=output)


def outputs(network, inputs):
    rates = lava_bccn.run(network, inputs).event_rate
    return rates if network.output is None else network.output.of(rates)


def unclipped(network, inputs):
    """The last potentials, of lines that go on above 1."""
    rates = inputs
    for layer in network.layers:
        somata = rates @ layer.weight.T + layer.bias
        rates = somata.clip(0)
    return somata


def test_layers_of_a_network_that_nothing_else_holds_go_as_the_others_come(generator):
    network, inputs = rectified(generator), generator.random((20, 12))
    expected = with_scales(network, inputs, 8)
    held, hidden = [network], weakref.ref(network.layers[1])
    del network
    scaled = taken_with_scales(held, inputs, 8)
    assert held == []
    assert hidden() is None
    for layer, other in zip(scaled.layers, expected.layers, strict=True):
        np.testing.assert_array_equal(layer.weight, other.weight)


@given(st.integers(0, 2**32 - 1), st.sampled_from((0.02, 0.3, 3.0)))
def test_scales_cancel_out(seed, std):
    generator = np.random.default_rng(seed)
    network, inputs = rectified(generator, std=std), generator.random((20, 12))
    scaled = with_scales(network, inputs, 8)
    np.testing.assert_allclose(unclipped(scaled, inputs), unclipped(network, inputs), rtol=1e-9)


@pytest.mark.filterwarnings("ignore:8-bit weights")
@pytest.mark.parametrize("std", [0.05, 0.3, 1.0])
def test_integers_are_near_what_is_clipped_at_one(generator, std):
    """As of ReLU6 and hard tanh, whose upper end is part of the model."""
    network, inputs = rectified(generator, std=std), generator.random((60, 12))
    error = outputs(network, inputs) - outputs(quantise(network, inputs), inputs)
    spread = np.ptp(outputs(network, inputs))
    assert np.sqrt(np.square(error).mean()) < 0.02 * spread


@pytest.mark.parametrize("end", [0, 1])
def test_ends_of_outputs_that_the_model_clips_stay_its_ends(generator, end):
    """No margin is added beyond them."""
    network = rectified(generator, (12, 4), std=0.0, output=Output(scale=6.0, offset=-1.0))
    far = MappedLayer(network.layers[0].weight, np.full(4, 3.0 if end else -2.0))
    near = MappedLayer(generator.normal(0, 0.4, (4, 12)), np.full(4, 0.5))
    inputs = generator.random((40, 12))
    weight = np.concatenate([near.weight, far.weight])
    both = MappedNetwork(
        (MappedLayer(weight, np.concatenate([near.bias, far.bias])),),
        "float",
        activation="relu",
        output=network.output,
    )
    ends = outputs(quantise(both, inputs), inputs)[:, 4:]
    np.testing.assert_allclose(ends, 6 * end - 1, atol=1e-6)


def test_one_enormous_unit_that_hardly_counts_does_not_take_the_steps_of_the_others(generator):
    rates = generator.random((200, 30)) * 0.02
    rates[:, 7] = generator.random(200)
    counting, hardly = np.ones(30), np.where(np.arange(30) == 7, 1e-6, 1.0)
    assert best_scale(rates, counting, 8) > 0.5
    assert best_scale(rates, hardly, 8) < 0.1


@given(st.integers(0, 2**32 - 1), st.integers(4, 12))
def test_a_scale_never_goes_beyond_what_it_has_to_hold(seed, event_bits):
    rates = np.random.default_rng(seed).random((30, 5)) ** 4
    levels = 2**event_bits
    assert 0 < best_scale(rates, np.ones(5), event_bits) <= rates.max() * levels / (levels - 1)
