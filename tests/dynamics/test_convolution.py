"""Convolutions of flat states: independent references, and the adjoint."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate

from lava_bccn.dynamics.convolution import (
    ConvolutionGeometry,
    down,
    downward,
    up,
    upward,
)
from lava_bccn.dynamics.convolution_bounds import largest_down, largest_up
from lava_bccn.errors import InvalidInputError


@st.composite
def convolutions(draw):
    """A kernel of integers and how it lies on images that it fits."""
    groups = draw(st.integers(1, 2))
    below, above = (groups * draw(st.integers(1, 2)) for _ in range(2))
    kernel_size = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = draw(st.tuples(st.integers(0, 1), st.integers(0, 1)))
    smallest = [max(1, k - 2 * p) for k, p in zip(kernel_size, padding, strict=True)]
    size = tuple(draw(st.integers(least, 6)) for least in smallest)
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    kernel = random.integers(-9, 10, (above, below // groups, *kernel_size))
    return kernel, ConvolutionGeometry((below, *size), stride, padding, groups), random


def convolved(rates, kernel, geometry):
    return up(rates, lambda rows: rows @ upward(kernel, geometry.groups), kernel.shape, geometry)


def transposed(rates, kernel, geometry):
    matrices = downward(kernel, geometry.groups)
    return down(rates, lambda rows: rows @ matrices, kernel.shape, geometry)


@settings(max_examples=60, deadline=None)
@given(convolutions())
def test_it_is_the_cross_correlation_of_scipy(convolution):
    kernel, geometry, random = convolution
    images = random.integers(0, 99, (2, *geometry.input_shape))
    got = convolved(images.reshape(2, -1), kernel, geometry)
    pads = [(pad, pad) for pad in geometry.padding]
    channels_below = geometry.input_shape[0] // geometry.groups
    expected = np.zeros((2, *geometry.output_shape(kernel.shape)), dtype=int)
    for sample, out in np.ndindex(expected.shape[:2]):
        group = out // (len(kernel) // geometry.groups)
        for channel in range(channels_below):
            image = np.pad(images[sample, group * channels_below + channel], pads)
            sums = correlate(image, kernel[out, channel], mode="valid", method="direct")
            expected[sample, out] += sums[:: geometry.stride[0], :: geometry.stride[1]]
    assert np.array_equal(got, expected.reshape(2, -1))


@settings(max_examples=60, deadline=None)
@given(convolutions())
def test_downwards_it_is_the_adjoint(convolution):
    kernel, geometry, random = convolution
    below = random.integers(0, 99, (1, int(np.prod(geometry.input_shape))))
    above = random.integers(0, 99, (1, int(np.prod(geometry.output_shape(kernel.shape)))))
    through_up = (convolved(below, kernel, geometry) * above).sum()
    assert through_up == (below * transposed(above, kernel, geometry)).sum()


@pytest.mark.parametrize(
    ("kernel_shape", "message"),
    [((4, 3, 2, 2), "does not fit"), ((4, 2, 9, 9), "smaller than the kernel"), ((4, 2), "fit")],
)
def test_a_kernel_that_does_not_fit_is_refused(kernel_shape, message):
    with pytest.raises(InvalidInputError, match=message):
        ConvolutionGeometry((2, 5, 5)).output_shape(kernel_shape)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"stride": (0, 1)}, "stride"), ({"padding": (-1, 0)}, "padding"), ({"groups": 3}, "groups")],
)
def test_numbers_that_no_convolution_has_are_refused(change, message):
    with pytest.raises(InvalidInputError, match=message):
        ConvolutionGeometry((4, 5, 5), **change)


@settings(max_examples=200)
@given(convolutions())
def test_the_largest_sums_are_those_of_images_of_ones(convolution):
    kernel, geometry, _ = convolution
    kernel = abs(kernel)
    ones_below = np.ones((1, int(np.prod(geometry.input_shape))), dtype=int)
    ones = np.ones((1, int(np.prod(geometry.output_shape(kernel.shape)))), dtype=int)
    assert largest_up(kernel, geometry) == convolved(ones_below, kernel, geometry).max()
    assert largest_down(kernel, geometry) == transposed(ones, kernel, geometry).max()


def test_images_larger_than_any_chip_are_refused():
    with pytest.raises(InvalidInputError, match="900,000,000 values, more than"):
        ConvolutionGeometry((1, 30_000, 30_000), (30_000, 30_000))
    with pytest.raises(InvalidInputError, match="values, more than"):
        ConvolutionGeometry((1, 8, 8), padding=(10**6, 10**6))
    with pytest.raises(InvalidInputError, match="images of a layer have"):
        ConvolutionGeometry((1, 4000, 4000)).output_shape((2, 1, 1, 1))
