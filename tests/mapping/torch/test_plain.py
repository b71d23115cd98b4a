"""Networks of ordinary layers, and of rules that come to the same, with the chosen feedback."""

import numpy as np
import pytest
import torch

from lava_bccn import mapping
from lava_bccn.errors import MappingError
from lava_bccn.nn import ConvolutionSpec, cnn, mlp
from lava_bccn.nn.models import comparator_layers
from tests.mapping.torch.test_models import assert_same_function, plain_model


@pytest.mark.parametrize("feedback", [None, "random", "symmetric", "tied", "kolen_pollack"])
def test_a_plain_sequential_with_the_chosen_feedback(feedback):
    model = plain_model(torch.nn.Sigmoid())
    network = mapping.from_torch(model, precision="float", feedback=feedback, p_baseline=0.25)
    assert_same_function(model, network)
    last = network.layers[-1]
    assert last.feedback == feedback
    if feedback is None:
        assert last.feedback_burst is None
        return
    np.testing.assert_allclose(last.feedback_event, 0.25 * last.feedback_burst, rtol=1e-6)
    assert (last.feedback_burst == last.weight).all() == (feedback in ("symmetric", "tied"))


@pytest.mark.parametrize("name", ["backprop", "feedback_alignment"])
@pytest.mark.parametrize("bias", [True, False])
def test_a_backprop_or_feedback_alignment_network_maps_as_a_plain_one(name, bias):
    model = mlp(name, (12, 5, 4, 3), normalize=(0.4, 0.3))
    if not bias:
        for layer in list(model)[2:]:
            layer.register_parameter("bias", None)
    network = mapping.from_torch(model, precision="float", feedback="symmetric")
    assert_same_function(model, network)
    assert np.array_equal(network.layers[2].feedback_burst, network.layers[2].weight)


@pytest.mark.parametrize("name", ["backprop", "feedback_alignment"])
@pytest.mark.parametrize("bias", [True, False])
def test_so_does_a_convolutional_one(name, bias):
    images = torch.rand(20, 2, 8, 7)
    specs = (ConvolutionSpec(4, 3, stride=2, padding=1), ConvolutionSpec(3, 2))
    model = cnn(name, (2, 8, 7), specs, (5,), 3, normalize=(0.4, 0.3))
    for layer in comparator_layers(model):
        torch.nn.init.normal_(layer.bias)
        if not bias:
            layer.register_parameter("bias", None)
    network = mapping.from_torch(model, images, precision="float", feedback="symmetric")
    assert network.architecture == "2x8x7-4x4x4-3x3x3-5-3"
    assert_same_function(model, network, images)
    assert np.array_equal(network.layers[1].feedback_burst, network.layers[1].weight)


def test_convolutions_of_burstprop_are_refused():
    model = cnn("burstprop", (2, 8, 7), (ConvolutionSpec(4, 3),), (5,), 3)
    with pytest.raises(MappingError, match="BurstpropConv2d cannot be mapped"):
        mapping.from_torch(model, torch.rand(4, 2, 8, 7), precision="float")


@pytest.mark.parametrize("name", ["burstprop", "edn"])
def test_rules_without_a_mapped_form_are_refused(name):
    with pytest.raises(MappingError, match="cannot be mapped"):
        mapping.from_torch(mlp(name, (6, 5, 3)), precision="float")


def test_random_feedback_comes_from_the_seed():
    model = plain_model(torch.nn.Sigmoid())
    first, again, other = (
        mapping.from_torch(model, precision="float", seed=seed).layers[-1].feedback_burst
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
