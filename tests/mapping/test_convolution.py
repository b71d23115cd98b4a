"""Convolutions from PyTorch, in files, back to PyTorch; and those that have no mapping."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_bccn import mapping
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping import MappedLayer, MappedNetwork
from lava_bccn.mapping.spiking.from_rate import from_rate
from lava_bccn.nn import ConvolutionSpec, Normalize, burst_cnn
from lava_bccn.sim import settle
from tests.convolutions import conv_network, geometries, kernel_for, model_for
from tests.mapping.test_storage import assert_equal


@pytest.mark.parametrize("is_fixed", [True, False])
def test_a_network_survives_the_file(tmp_path, generator, is_fixed):
    fixed, floating, _ = conv_network(generator)
    network = fixed if is_fixed else floating
    network.save(tmp_path / "network.safetensors")
    assert_equal(mapping.load(tmp_path / "network.safetensors"), network)


@settings(max_examples=10)
@given(geometries())
def test_it_returns_to_pytorch(geometry):
    model, images = model_for(geometry, feedback="kolen_pollack", feedback_event="random")
    network = mapping.from_torch(model, images, precision="float")
    again = mapping.to_torch(network, torch.float64)
    assert torch.allclose(again(images), model(images), rtol=0, atol=1e-12)
    assert [type(module) for module in again] == [type(module) for module in model]
    assert_equal(mapping.from_torch(again, images, precision="float"), network)


def test_integers_return_to_pytorch_as_what_they_stand_for(generator):
    convolutions = (ConvolutionSpec(3, 4, stride=2), ConvolutionSpec(2, 3))
    model = burst_cnn((1, 12, 12), convolutions, hidden=(), classes=2)
    network = mapping.from_torch(model, generator.random((6, 1, 12, 12)))
    kernel = mapping.to_torch(network)[0].weight.detach().numpy()
    layer = network.layers[0]
    np.testing.assert_array_equal(kernel, layer.weight * 2.0**layer.weight_exponent)


def test_biases_that_padding_made_different_do_not_return(generator):
    _, network, _ = conv_network(generator)
    with pytest.raises(MappingError, match="biases of layer 1 differ within a channel"):
        mapping.to_torch(network)


def test_a_plain_convolutional_network_gets_the_chosen_feedback():
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
    ("module", "images", "message"),
    [
        (torch.nn.Conv2d(2, 1, 3, dilation=2), (4, 2, 6, 6), "dilation 1"),
        (torch.nn.Conv2d(2, 1, 3, padding_mode="reflect"), (4, 2, 6, 6), "padding_mode 'zeros'"),
        (torch.nn.Conv2d(2, 1, 2, padding="same"), (4, 2, 6, 6), "one side more"),
        (torch.nn.Conv2d(2, 1, 3), (4, 72), "channels, height, width.*got inputs of shape"),
        (torch.nn.Conv2d(2, 1, 3), (4, 3, 6, 6), "images of 2 channels"),
    ],
)
def test_what_has_no_mapping_is_named(module, images, message):
    model = torch.nn.Sequential(module, torch.nn.Sigmoid())
    with pytest.raises(MappingError, match=message):
        mapping.from_torch(model, torch.rand(images), precision="float")


def test_a_normalize_that_scales_places_differently_is_refused():
    std = torch.ones(1, 6, 6)
    std[0, 2, 3] = 2.0
    model = torch.nn.Sequential(Normalize(0.5, std), torch.nn.Conv2d(1, 1, 3), torch.nn.Sigmoid())
    with pytest.raises(MappingError, match="one std for all places"):
        mapping.from_torch(model, torch.rand(4, 1, 6, 6), precision="float")


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
    received = mapping.network.forward(layer, np.ones(layer.units_below, dtype=np.int64))
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


@pytest.mark.parametrize(
    "arguments",
    [
        {"input_shape": (1, 2)},
        {"stride": (0, 1)},
        {"padding": (-1, 0)},
        {"groups": 3},
        {"groups": 0},
    ],
)
def test_what_no_convolution_has_is_refused(arguments):
    with pytest.raises(InvalidInputError, match="of a convolution must"):
        ConvolutionGeometry(**{"input_shape": (4, 5, 5), **arguments})


def test_convolutions_have_no_spiking_form(generator):
    _, network, _ = conv_network(generator)
    with pytest.raises(InvalidInputError, match=r"layer 1, 2 .* no spiking form"):
        from_rate(network)
