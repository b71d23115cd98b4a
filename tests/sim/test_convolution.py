"""Networks with convolutions in the simulator: batches, silence, and PyTorch as reference."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_bccn import mapping
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.nn import burst_states
from lava_bccn.sim import settle
from lava_bccn.sim.convolution import Convolution
from tests.convolutions import geometries, model_for

seeds = st.integers(0, 2**32 - 1)


def test_a_batch_larger_than_what_fits_at_a_time_is_its_samples_one_by_one(generator):
    kernel = generator.integers(-127, 128, (40, 20, 5, 5)).astype(np.int8)
    geometry = ConvolutionGeometry((20, 20, 20))
    rates = generator.integers(0, 256, (12, 8000))
    for is_feedback, values in ((False, rates), (True, generator.integers(0, 9, (12, 10240)))):
        convolution = Convolution(kernel, geometry, is_feedback=is_feedback)
        singles = [convolution(values[i : i + 1]) for i in range(12)]
        np.testing.assert_array_equal(convolution(values), np.concatenate(singles))


@pytest.mark.parametrize("is_feedback", [True, False])
def test_a_large_kernel_that_is_laid_out_in_parts_gives_the_same_sums(generator, is_feedback):
    kernel = generator.integers(-127, 128, (600, 500, 3, 3)).astype(np.int8)
    geometry = ConvolutionGeometry((500, 4, 4))
    rates = generator.integers(0, 256, (3, 600 * 4 if is_feedback else 500 * 16))
    kept, parts = (
        Convolution(kernel, geometry, is_feedback=is_feedback, is_reused=is_reused)
        for is_reused in (True, False)
    )
    np.testing.assert_array_equal(parts(rates), kept(rates))


@pytest.mark.parametrize("is_feedback", [True, False])
@pytest.mark.parametrize("dtype", [np.int8, np.float64])
def test_what_is_silent_delivers_zeros_of_the_right_kind(is_feedback, dtype):
    geometry = ConvolutionGeometry((2, 5, 4), padding=(1, 0))
    kernel = np.ones((3, 2, 2, 2), dtype=dtype)
    for weights, rate in ((0 * kernel, 7), (kernel, 0)):
        convolution = Convolution(weights, geometry, is_feedback=is_feedback)
        rates = np.full((3, 54 if is_feedback else 40), rate)
        silence = convolution(rates)
        assert silence.shape == (3, 40 if is_feedback else 54) and not silence.any()
        assert silence.dtype == convolution(rates + 1 - rates).dtype


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
