"""Convolutional networks, from PyTorch through the simulator and back."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lava_bccn
from lava_bccn import mapping
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping import MappedLayer, MappedNetwork
from lava_bccn.mapping.spiking.from_rate import from_rate
from lava_bccn.network.layer import forward
from lava_bccn.nn import Normalize, burst_cnn, burst_states
from lava_bccn.nn.checkpoint import Checkpoint, save_checkpoint
from lava_bccn.nn.model_options import ConvolutionSpec
from lava_bccn.sim import settle
from tests.convolutions import conv_network, geometries, kernel_for, model_for
from tests.network.test_storage import assert_equal

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


def test_learning_in_a_kernel_in_the_engine_is_refused_before_work():
    network = mapping.from_torch(cnn(), IMAGES)
    config = lava_bccn.LearningConfig(rule="engine")
    with pytest.raises(InvalidInputError, match=r"layer 1 is a convolution.*or rule 'hash'"):
        lava_bccn.run(network, IMAGES.numpy(), TARGETS.numpy(), learn=config)


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


@pytest.mark.parametrize("data", [{}, {"input_shape": None}, {"input_shape": "2x7x6"}])
def test_the_size_of_the_images_must_be_known(tmp_path, data):
    with pytest.raises(MappingError, match="that only inputs, or the input_shape that a checkpoin"):
        mapping.from_torch(cnn(), precision="float")
    save_checkpoint(tmp_path / "cnn.pt", Checkpoint(cnn(), data=data))
    with pytest.raises(MappingError, match=r"\(samples, channels, height, width\), got none"):
        mapping.from_torch(tmp_path / "cnn.pt", precision="float")


def test_a_checkpoint_that_records_their_shape_knows_it(tmp_path):
    save_checkpoint(tmp_path / "cnn.pt", Checkpoint(cnn(), data={"input_shape": [2, 7, 6]}))
    expected = mapping.from_torch(cnn(), IMAGES, precision="float")
    alone = mapping.from_torch(tmp_path / "cnn.pt", precision="float")
    flat = mapping.from_torch(tmp_path / "cnn.pt", IMAGES.flatten(1), precision="float")
    noted = mapping.from_torch(cnn(), precision="float", metadata={"input_shape": (2, 7, 6)})
    for network in (alone, flat, noted):
        assert network.architecture == expected.architecture
        for ours, theirs in zip(network.layers, expected.layers, strict=True):
            np.testing.assert_array_equal(ours.bias, theirs.bias)


def test_inputs_of_another_shape_than_recorded_are_what_counts(tmp_path):
    save_checkpoint(tmp_path / "cnn.pt", Checkpoint(cnn(), data={"input_shape": [2, 9, 9]}))
    network = mapping.from_torch(tmp_path / "cnn.pt", IMAGES, precision="float")
    assert network.input_shape == (2, 7, 6)


@settings(max_examples=10)
@given(geometries())
def test_it_returns_to_pytorch(geometry):
    model, images = model_for(geometry, feedback="kolen_pollack", feedback_event="random")
    network = mapping.from_torch(model, images, precision="float")
    again = mapping.to_torch(network, torch.float64)
    assert torch.allclose(again(images), model(images), rtol=0, atol=1e-12)
    assert [type(module) for module in again] == [type(module) for module in model]
    assert_equal(mapping.from_torch(again, images, precision="float"), network)


def test_a_plain_convolutional_network_in_groups_gets_the_chosen_feedback():
    model = torch.nn.Sequential(
        Normalize(0.4, 0.3),
        torch.nn.Conv2d(2, 4, 3, padding="same", groups=2),
        torch.nn.Sigmoid(),
        torch.nn.Conv2d(4, 3, 2, stride=2, bias=False),
        torch.nn.Sigmoid(),
        torch.nn.Flatten(),
        torch.nn.Linear(27, 5),
        torch.nn.Sigmoid(),
    ).double()
    images = torch.rand(4, 2, 6, 6, dtype=torch.float64)
    network = mapping.from_torch(model, images, precision="float", feedback="symmetric")
    assert network.architecture == "2x6x6-4x6x6-3x3x3-5"
    np.testing.assert_array_equal(network.layers[1].feedback_burst, network.layers[1].weight)
    states, _ = settle(network, images.flatten(1).numpy())
    np.testing.assert_allclose(states[-1].event_rate, model(images).detach(), atol=1e-9)


@pytest.mark.parametrize(
    "module",
    [
        torch.nn.Conv2d(2, 1, 3, dilation=2),
        torch.nn.Conv2d(2, 1, 3, padding_mode="reflect", padding=1),
        torch.nn.Conv2d(2, 1, 2, padding="same"),
    ],
)
def test_other_ways_of_laying_a_kernel_are_written_as_this_one(module):
    model, images = torch.nn.Sequential(module, torch.nn.Sigmoid()), torch.rand(4, 2, 6, 6)
    network = mapping.from_torch(model, images, precision="float")
    states, _ = settle(network, images.flatten(1).double().numpy())
    np.testing.assert_allclose(states[-1].event_rate, model(images).flatten(1).detach(), atol=1e-6)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ((4, 72), r"input of shape \(1, 72\) in module '0' .Conv2d.: .*3D .unbatched. or 4D"),
        ((4, 3, 6, 6), r"input of shape \(1, 3, 6, 6\) in module '0' .* to have 2 channels"),
    ],
)
def test_images_of_another_shape_are_told(images, message):
    model = torch.nn.Sequential(torch.nn.Conv2d(2, 1, 3), torch.nn.Sigmoid())
    with pytest.raises(MappingError, match=message):
        mapping.from_torch(model, torch.rand(images), precision="float")


def test_a_normalize_that_scales_places_differently_makes_a_matrix():
    std = torch.rand(1, 6, 6) + 0.5
    model = torch.nn.Sequential(Normalize(0.5, std), torch.nn.Conv2d(1, 1, 3), torch.nn.Sigmoid())
    images = torch.rand(4, 1, 6, 6)
    network = mapping.from_torch(model, images, precision="float")
    assert network.layers[0].geometry is None
    states, _ = settle(network, images.flatten(1).double().numpy())
    np.testing.assert_allclose(states[-1].event_rate, model(images).flatten(1).detach(), atol=1e-6)


@given(geometries(), st.integers(0, 2**32 - 1))
def test_the_largest_sums_are_those_of_the_brightest_image(geometry, seed):
    random, units = np.random.default_rng(seed), FixedPointFormat()
    kernel = np.abs(kernel_for(geometry, random))
    layer = MappedLayer(kernel, np.zeros(1), geometry=geometry)
    weight = torch.from_numpy(kernel).double()
    image = torch.full((1, *geometry.input_shape), float(units.max_event)).double()
    options = {
        "stride": geometry.stride,
        "padding": geometry.padding,
        "groups": geometry.groups,
    }
    largest = int(torch.nn.functional.conv2d(image, weight, None, **options).max())
    received = forward(layer, np.ones(layer.units_below, dtype=np.int64))
    assert int(received.max()) * units.max_event == largest


def test_sums_that_could_leave_32_bits_are_refused():
    units = FixedPointFormat()
    full = np.full((1, 70000, 1, 1), 127, dtype=np.int8)
    many = ConvolutionGeometry((70000, 1, 1))
    layer = MappedLayer(full, np.zeros(1, dtype=np.int32), geometry=many, weight_exponent=-20)
    with pytest.raises(InvalidInputError, match="weight sums of layer 1 could reach 2266950000"):
        MappedNetwork((layer,), "fixed", 0.5, units)
    one = ConvolutionGeometry((1, 1, 1))
    kernel = np.full((9000, 1, 1, 1), 127, dtype=np.int8)
    below = MappedLayer(kernel[:1], np.zeros(1, dtype=np.int32), geometry=one)
    bias = np.zeros(9000, dtype=np.int32)
    above = MappedLayer(kernel, bias, kernel, kernel, geometry=one)
    with pytest.raises(InvalidInputError, match="feedback sums of layer 2"):
        MappedNetwork((below, above), "fixed", 0.5, units)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"geometry": None}, "a kernel and its geometry"),
        ({"geometry": ConvolutionGeometry((4, 5, 4))}, "is a convolution of images of"),
        ({"geometry": ConvolutionGeometry((2, 4, 4))}, "does not fit"),
        ({"bias": np.zeros(3)}, "bias of layer 2 has shape"),
    ],
)
def test_shapes_that_do_not_chain_are_refused(generator, change, message):
    _, network, _ = conv_network(generator)
    first, second, *rest = network.layers
    with pytest.raises(InvalidInputError, match=message):
        replace(network, layers=(first, replace(second, **change), *rest))


def test_convolutions_have_no_spiking_form(generator):
    _, network, _ = conv_network(generator)
    with pytest.raises(InvalidInputError, match=r"layer 1, 2 .* no spiking form"):
        from_rate(network)
