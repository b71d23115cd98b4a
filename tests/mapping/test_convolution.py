"""Convolutional networks, from PyTorch through the simulator and back."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lava_bccn
from lava_bccn import mapping
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.nn import burst_cnn, burst_states
from lava_bccn.nn.models import ConvolutionSpec
from lava_bccn.states import STATE_NAMES

IMAGES = torch.rand(6, 2, 7, 6, generator=torch.Generator().manual_seed(1))
TARGETS = torch.eye(4)[torch.arange(6) % 4]
SPECS = (ConvolutionSpec(4, 3, stride=2, padding=1), ConvolutionSpec(3, 2))


def cnn(specs=SPECS, seed=0, **options):
    options = {"gain": 3.0, "feedback": "random", "feedback_event": "symmetric", **options}
    generator = torch.Generator().manual_seed(seed)
    return burst_cnn((2, 7, 6), specs, [6], 4, normalize=(0.4, 0.3), generator=generator, **options)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.integers(0, 99))
def test_states_are_those_of_pytorch(kernel_size, stride, padding, seed):
    specs = (ConvolutionSpec(3, kernel_size, stride, padding), ConvolutionSpec(2, 2))
    model = cnn(specs, seed)
    network = mapping.from_torch(model, IMAGES, precision="float")
    result = lava_bccn.run(network, IMAGES.numpy(), TARGETS.numpy(), record=STATE_NAMES)
    states = burst_states(model.double(), IMAGES.double(), TARGETS.double())
    for layer, state in enumerate(states):
        for name in STATE_NAMES:
            expected = getattr(state, name)
            if expected is not None:
                got = result.values(name, layer)
                np.testing.assert_allclose(got, expected.reshape(len(got), -1), atol=1e-6)


def test_without_a_teacher_every_integer_apical_potential_is_0():
    network = mapping.from_torch(cnn(), IMAGES)
    result = lava_bccn.run(network, IMAGES.numpy(), record=("apical", "burst_prob"))
    for layer in range(3):
        assert not result.states[layer].apical.any()
        assert (result.values("burst_prob", layer) == 0.5).all()


def test_integers_are_close_to_what_they_stand_for():
    model = cnn(gain=1.5)
    exact = lava_bccn.run(mapping.from_torch(model, IMAGES, precision="float"), IMAGES.numpy())
    rounded = lava_bccn.run(mapping.from_torch(model, IMAGES), IMAGES.numpy())
    assert np.abs(exact.event_rate - rounded.event_rate).max() < 0.02


def test_a_file_keeps_everything(tmp_path):
    network = mapping.from_torch(cnn(), IMAGES)
    network.save(tmp_path / "cnn.safetensors")
    read = mapping.load(tmp_path / "cnn.safetensors")
    assert read.architecture == network.architecture == "2x7x6-4x4x3-3x3x2-6-4"
    for ours, theirs in zip(network.layers, read.layers, strict=True):
        assert ours.geometry == theirs.geometry
        assert np.array_equal(ours.weight, theirs.weight)


def test_back_in_pytorch_it_is_the_same_network():
    network = mapping.from_torch(cnn((ConvolutionSpec(4, 3, stride=2),)), IMAGES)
    again = mapping.from_torch(mapping.to_torch(network), IMAGES, precision="float")
    expected = lava_bccn.run(replace_precision(network), IMAGES.numpy()).event_rate
    np.testing.assert_allclose(lava_bccn.run(again, IMAGES.numpy()).event_rate, expected, atol=1e-6)


def replace_precision(network):
    """The same numbers in floating point."""
    layers = [
        replace(
            layer,
            weight=layer.weight * 2.0**layer.weight_exponent,
            bias=layer.bias * network.state_unit("soma", index),
            feedback_burst=None,
            feedback_event=None,
            feedback=None,
        )
        for index, layer in enumerate(network.layers)
    ]
    return replace(network, layers=tuple(layers), precision="float", number_format=None)


def test_biases_that_padding_made_differ_within_a_channel_do_not_go_back():
    with pytest.raises(MappingError, match="differ within a channel"):
        mapping.to_torch(mapping.from_torch(cnn(), IMAGES))


def test_learning_in_a_kernel_is_refused_before_work():
    network = mapping.from_torch(cnn(), IMAGES)
    with pytest.raises(InvalidInputError, match="layer 1, 2 of this network is a convolution"):
        lava_bccn.run(network, IMAGES.numpy(), TARGETS.numpy(), learn=True)


def test_images_of_another_shape_are_refused():
    network = mapping.from_torch(cnn(), IMAGES)
    with pytest.raises(InvalidInputError, match=r"images \(2, 7, 6\)"):
        lava_bccn.run(network, IMAGES.numpy().transpose(0, 1, 3, 2))


def test_a_plain_convolutional_network_maps():
    model = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3, padding="same", groups=1),
        torch.nn.Sigmoid(),
        torch.nn.Flatten(),
        torch.nn.Linear(3 * 7 * 6, 4),
        torch.nn.Sigmoid(),
    )
    network = mapping.from_torch(model, IMAGES, precision="float")
    got = lava_bccn.run(network, IMAGES.numpy()).event_rate
    np.testing.assert_allclose(got, model(IMAGES).detach(), atol=1e-6)


def test_the_size_of_the_images_must_be_known():
    with pytest.raises(MappingError, match="takes images of a size that only they tell"):
        mapping.from_torch(cnn(), precision="float")
