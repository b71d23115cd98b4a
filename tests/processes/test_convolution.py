"""Convolutional networks in Lava."""

import numpy as np
import pytest
import torch

import lava_bccn
from lava_bccn import mapping
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import burst_cnn
from lava_bccn.nn.model_options import ConvolutionSpec
from tests.convolutions import conv_network

IMAGES = torch.rand(3, 2, 7, 6, generator=torch.Generator().manual_seed(2))
TARGETS = np.array([[1.0, 0, 0, 0], [0, 0, 0, 1], [-1, -1, -1, -1]])


def network(precision):
    model = burst_cnn(
        (2, 7, 6),
        [ConvolutionSpec(4, 3, stride=2, padding=1), ConvolutionSpec(3, 2)],
        [6],
        4,
        normalize=(0.4, 0.3),
        generator=torch.Generator().manual_seed(0),
        gain=3.0,
        feedback="random",
        feedback_event="random",
        learn_feedback_event=True,
    )
    return mapping.from_torch(model, IMAGES, precision=precision)


def states(precision, backend):
    result = lava_bccn.run(
        network(precision), IMAGES.numpy(), TARGETS, record=STATE_NAMES, backend=backend
    )
    return {
        (layer, name): array
        for layer, state in enumerate(result.states)
        for name, array in vars(state).items()
        if array is not None
    }


def test_lava_and_the_simulator_have_the_same_integers():
    lava, sim = (states("fixed", backend) for backend in ("lava", "sim"))
    assert lava.keys() == sim.keys()
    for key, array in lava.items():
        assert np.array_equal(array, sim[key]), key


def test_lava_and_the_simulator_agree_in_floating_point():
    lava, sim = (states("float", backend) for backend in ("lava", "sim"))
    for key, array in lava.items():
        np.testing.assert_allclose(array, sim[key], atol=1e-12, err_msg=str(key))


def test_in_continuous_time_every_step_has_the_same_integers(generator):
    blocks, _, images = conv_network(generator)  # with groups and an uneven kernel
    first, second = (
        lava_bccn.run_continuous(blocks, images[:8], backend=backend, record=STATE_NAMES)
        for backend in ("sim", "lava")
    )
    for expected, got in zip(first.states, second.states, strict=True):
        for name, array in vars(expected).items():
            if array is not None:
                np.testing.assert_array_equal(getattr(got, name), array, err_msg=name)
    assert first.states[0].apical.any()


@pytest.mark.parametrize(
    ("backend", "activation"), [("lava", "sigmoid"), ("lava-hardware", "hard_sigmoid")]
)
def test_kernels_do_not_learn_in_lava_which_says_where_they_do(backend, activation):
    images = IMAGES[:, :1].numpy()
    fresh = mapping.new_network(
        (42, 4), images, convolutions=[ConvolutionSpec(3, 3)], activation=activation
    )
    with pytest.raises(
        InvalidInputError, match=r"layer 1 .*is a convolution.* learn with backend 'sim'"
    ):
        lava_bccn.run(fresh, images, TARGETS, backend=backend, learn=True)
