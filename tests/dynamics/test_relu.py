"""Rectified lines: in floats, in integers, and as stock neurons draw them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics import relu
from lava_bccn.dynamics.activations import ACTIVATIONS, learning_activations
from lava_bccn.dynamics.constants import FLOATING, Constants, integer_constants
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.relu import RELU

BITS = st.integers(4, 12)


def integers(event_bits: int, soma_fraction_bits: int) -> Constants:
    return integer_constants(
        FixedPointFormat(event_bits=event_bits),
        RELU.integers,
        soma_fraction_bits=soma_fraction_bits,
        apical_fraction_bits=12,
    )


@given(BITS, st.integers(0, 16), st.integers(-(2**22), 2**22))
def test_integers_are_the_nearest_event_rates(event_bits, fraction_bits, soma):
    got = relu.event_rate(np.array(soma), integers(event_bits, fraction_bits))
    real = relu.event_rate(np.array(soma / 2.0**fraction_bits), FLOATING)
    highest = 1 - 2.0**-event_bits
    assert 0 <= got < 2**event_bits
    assert abs(got / 2.0**event_bits - min(real, highest)) <= 2.0 ** -(event_bits + 1)


@given(BITS, st.integers(-(2**20), 2**20))
def test_two_rectified_neurons_draw_the_line(event_bits, soma):
    """As ``processes.hardware_burst_ccn`` composes it."""
    stock = RELU.integers.stock
    line = stock.line(event_bits)
    rectified = max(soma, 0) - max(soma - line.highest, 0)
    constants = integers(event_bits, event_bits - stock.soma_bits_below_events)
    assert relu.event_rate(np.array(soma), constants) == line.lowest + rectified


@given(st.floats(-3, 3))
def test_it_is_relu_up_to_one(soma):
    expected = min(torch.nn.functional.relu(torch.tensor(soma, dtype=torch.float64)).item(), 1)
    assert relu.event_rate(np.array(soma), FLOATING) == expected
    assert relu.event_rate(torch.tensor(soma, dtype=torch.float64), FLOATING).item() == expected


@pytest.mark.parametrize("constants", [FLOATING, integers(8, 12)])
def test_its_burst_probability_stays_at_rest(constants, generator):
    argument = generator.integers(-500, 500, 20) * (1 if constants.event_bits else 0.01)
    assert not np.any(relu.hidden_modulation(argument, constants))


def test_its_slope_is_that_of_the_line():
    assert np.array_equal(relu.event_rate_slope(np.array([0.0, 0.4, 1.0])), [0, 1, 0])


def test_it_infers_only():
    assert "relu" in ACTIVATIONS
    assert "relu" not in learning_activations()
