"""However a connection calculates its products, they are those of the plain formulas."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_bccn.nn import connections, windows
from lava_bccn.nn.connections import Convolution, Dense

DOUBLE = torch.float64


def random(*shape, dtype=torch.float32):
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.mark.parametrize("size", [(5, 7), (1100, 1000)])
def test_a_dense_connection_of_any_size_sums_two_transposed_maps(size):
    first, second = random(*size), random(*size) + 1
    assert (first.nbytes > windows.CACHED_BYTES) == (size[0] > 5)
    above, below = (random(3, size[0]), random(3, size[0]) + 1), random(3, size[1])
    down = Dense().down_both(above, (first, second), lambda a, b: b - 0.5 * a, below)
    imbalance = second.double() - 0.5 * first
    expected = above[0].double() @ first.double() + above[1].double() @ imbalance
    torch.testing.assert_close(down.double(), expected, atol=1e-3, rtol=1e-5)


@pytest.mark.parametrize("size", [(5, 7), (1100, 1000)])
def test_several_outer_products_are_the_same_one_by_one(size):
    weight, dense = torch.empty(size), Dense()
    assert (weight.nbytes >= connections.LARGE_BYTES) == (size[0] > 5)
    pairs = [(random(3, size[0]) + i, random(3, size[1])) for i in range(2)]
    together = dense.outers(pairs, weight)
    for pair, change in zip(pairs, together, strict=True):
        torch.testing.assert_close(change, dense.outer(*pair, weight))
    assert list(dense.outers([], weight)) == []


@st.composite
def convolutions(draw):
    """A convolution, the images below it and the shape of its kernels."""
    pairs = {
        name: draw(st.tuples(st.integers(*of), st.integers(*of)))
        for name, of in {"kernel": (1, 4), "stride": (1, 3), "padding": (0, 2)}.items()
    }
    size = draw(st.tuples(st.integers(4, 9), st.integers(4, 9)))
    channels = draw(st.sampled_from((1, 3, windows.FEW_CHANNELS)))
    groups = draw(st.sampled_from((1, channels)))
    batch = draw(st.integers(1, 4))
    connection = Convolution(pairs["stride"], pairs["padding"], groups)
    below = random(batch, channels, *size, dtype=DOUBLE)
    return connection, below, (2 * channels, channels // groups, *pairs["kernel"])


@settings(max_examples=60)
@given(convolutions(), st.sampled_from((1, 2**10, 2**20)))
def test_the_products_of_a_convolution_are_its_gradients(drawn, cached_bytes):
    connection, below, shape = drawn
    weight = random(*shape, dtype=DOUBLE).requires_grad_()
    below = below.requires_grad_()
    potential = connection.up(below, weight)
    above = random(*potential.shape, dtype=DOUBLE)
    expected = torch.autograd.grad(potential, (below, weight), above)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "CACHED_BYTES", cached_bytes)
        below, weight = below.detach(), weight.detach()
        torch.testing.assert_close(connection.down(above, weight, below), expected[0])
        torch.testing.assert_close(connection.outer(above, below, weight), expected[1])
        torch.testing.assert_close(connection.outers([(above, below)], weight)[0], expected[1])


def test_only_narrow_images_with_many_channels_are_laid_out_as_windows():
    below = torch.zeros(2, windows.FEW_CHANNELS, 9, 9)
    narrow, wide = torch.zeros(2, 4, 9, windows.NARROW - 1), torch.zeros(2, 4, 9, windows.NARROW)
    assert windows.pay_off(narrow, below, groups=1)
    assert not windows.pay_off(wide, below, groups=1)
    assert not windows.pay_off(narrow, below[:, 1:], groups=1)
    assert not windows.pay_off(narrow, below, groups=2)
    assert not windows.pay_off(narrow.bfloat16(), below, groups=1)
