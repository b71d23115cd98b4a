"""Networks with convolutions in the simulator, against PyTorch and against their own adjoints."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate

from lava_bccn import mapping
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import burst_states
from lava_bccn.sim import settle
from lava_bccn.sim.convolution import Convolution
from tests.convolutions import conv_network, geometries, kernel_for, model_for

seeds = st.integers(0, 2**32 - 1)


@given(geometries(), seeds)
def test_upwards_it_is_the_convolution_of_pytorch(geometry, seed):
    random = np.random.default_rng(seed)
    kernel = kernel_for(geometry, random)
    rates = random.integers(0, 256, (3, np.prod(geometry.input_shape)))
    expected = torch.nn.functional.conv2d(
        torch.from_numpy(rates.reshape(3, *geometry.input_shape)).double(),
        torch.from_numpy(kernel).double(),
        None,
        geometry.stride,
        geometry.padding,
        groups=geometry.groups,
    )
    got = Convolution(kernel, geometry, is_feedback=False)(rates)
    assert got.dtype == np.int64
    np.testing.assert_array_equal(got, expected.flatten(1).numpy())


def test_upwards_it_is_a_cross_correlation():
    random = np.random.default_rng(0)
    kernel, image = random.normal(size=(1, 2, 3, 4)), random.normal(size=(2, 6, 7))
    got = Convolution(kernel, ConvolutionGeometry((2, 6, 7)), is_feedback=False)(
        image.reshape(1, -1)
    )
    expected = correlate(image, kernel[0], mode="valid")
    np.testing.assert_allclose(got.reshape(expected.shape), expected)


@given(geometries(), seeds)
def test_downwards_it_is_the_adjoint(geometry, seed):
    random = np.random.default_rng(seed)
    kernel = kernel_for(geometry, random)
    below = random.integers(0, 256, (2, np.prod(geometry.input_shape)))
    above = random.integers(-4080, 4081, (2, np.prod(geometry.output_shape(kernel.shape))))
    up = Convolution(kernel, geometry, is_feedback=False)(below)
    down = Convolution(kernel, geometry, is_feedback=True)(above)
    np.testing.assert_array_equal((up * above).sum(axis=1), (below * down).sum(axis=1))


def test_a_batch_larger_than_what_fits_at_a_time_is_its_samples_one_by_one(generator):
    kernel = generator.integers(-127, 128, (40, 20, 5, 5)).astype(np.int8)
    geometry = ConvolutionGeometry((20, 20, 20))
    rates = generator.integers(0, 256, (12, 8000))
    for is_feedback, values in ((False, rates), (True, generator.integers(0, 9, (12, 10240)))):
        convolution = Convolution(kernel, geometry, is_feedback=is_feedback)
        singles = [convolution(values[i : i + 1]) for i in range(12)]
        np.testing.assert_array_equal(convolution(values), np.concatenate(singles))


@settings(max_examples=30)
@given(geometries(), st.sampled_from(("tied", "random")), st.booleans())
def test_floating_point_is_pytorch(geometry, feedback_event, normalize):
    model, images = model_for(geometry, feedback_event=feedback_event, normalize=normalize)
    network = mapping.from_torch(model, images, precision="float")
    targets = torch.eye(3, dtype=torch.float64)[torch.arange(len(images)) % 3]
    states, _ = settle(network, images.flatten(1).numpy(), targets.numpy())
    expected = burst_states(model, images, targets)
    for got, wanted in zip(states, expected, strict=True):
        for name, value in vars(wanted).items():
            if value is not None:
                np.testing.assert_allclose(
                    getattr(got, name), value.flatten(1), atol=1e-9, err_msg=name
                )


@settings(max_examples=20)
@given(geometries(), seeds)
def test_without_a_teacher_balanced_dendrites_are_silent(geometry, seed):
    model, images = model_for(geometry)
    network = mapping.from_torch(model, images)
    inputs = np.random.default_rng(seed).integers(0, 256, (4, network.input_size))
    states, _ = settle(network, inputs)
    for state in states[:-1]:
        assert not state.apical.any()
        assert (state.burst_prob == 2**14).all()


def test_integers_are_near_the_floats(generator):
    network, reference, images = conv_network(generator)
    report = mapping.rounding_report(reference, network, images, np.eye(4)[np.arange(20) % 4])
    assert all(0 < layer.weight_error < 0.02 for layer in report)
    assert all(layer.event_rate_error < 0.01 for layer in report)


def test_learning_is_refused_before_work(generator):
    import lava_bccn

    network, _, images = conv_network(generator)
    for run in (lava_bccn.run, lava_bccn.run_continuous):
        with pytest.raises(InvalidInputError, match="layer 1, 2 of this network is a convolution"):
            run(network, images, np.eye(4)[np.arange(20) % 4], learn=True)
