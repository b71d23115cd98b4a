"""The operations that a Loihi 2 core has, and the integer sigmoid built from them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.fixed_point import (
    PROBABILITY_BITS,
    SIGMOID_INPUT_FRACTION_BITS,
    SIGMOID_MAX_ERROR,
    SIGMOID_MAX_ERROR_WITHIN_8,
    FixedPointFormat,
    integer_sigmoid,
    magnitude_sums,
    rounded_shift,
    saturate,
    select,
    shift,
)
from lava_bccn.errors import InvalidInputError

integers = st.integers(-(2**40), 2**40)


@pytest.mark.parametrize("dtype", (np.int8, np.int16, np.int64))
def test_magnitudes_are_added_up_beyond_the_bits_that_hold_them(dtype):
    values = np.array([[-128, 127, 1], [-128, -128, 0]], dtype=dtype)
    assert magnitude_sums(values, axis=1).tolist() == [256, 256]
    assert magnitude_sums(values, axis=0).tolist() == [256, 255, 1]
    assert magnitude_sums(values.T, axis=-2).tolist() == [256, 256]


@given(integers, st.integers(-20, 20))
def test_shift_rounds_toward_minus_infinity(value, places):
    assert shift(np.int64(value), places) == math.floor(value * 2.0**places)


@given(integers, st.integers(-20, 20))
def test_rounded_shift_rounds_half_up(value, places):
    assert rounded_shift(np.int64(value), places) == math.floor(value * 2.0**places + 0.5)


@given(integers, st.integers(2, 32))
def test_saturate_clips_to_a_signed_integer(value, bits):
    limit = 2 ** (bits - 1)
    assert saturate(np.int64(value), bits) == max(-limit, min(limit - 1, value))


@given(st.booleans(), integers, integers)
def test_select(condition, first, second):
    chosen = select(np.bool_(condition), np.int64(first), np.int64(second))
    assert chosen == (first if condition else second)


SIGMOID_INPUT = np.arange(-(2**16), 2**16 + 1)
SIGMOID_OUTPUT = integer_sigmoid(SIGMOID_INPUT)


def test_sigmoid_error_is_as_stated_at_every_input():
    exact = 1 / (1 + np.exp(-SIGMOID_INPUT * 2.0**-SIGMOID_INPUT_FRACTION_BITS))
    error = np.abs(SIGMOID_OUTPUT * 2.0**-PROBABILITY_BITS - exact)
    within = np.abs(SIGMOID_INPUT) < 8 << SIGMOID_INPUT_FRACTION_BITS
    assert error.max() <= SIGMOID_MAX_ERROR
    assert error[within].max() <= SIGMOID_MAX_ERROR_WITHIN_8


def test_sigmoid_never_decreases_and_is_odd_about_one_half():
    assert (np.diff(SIGMOID_OUTPUT) >= 0).all()
    assert (SIGMOID_OUTPUT + SIGMOID_OUTPUT[::-1] == 2**PROBABILITY_BITS).all()
    assert integer_sigmoid(np.int64(0)) == 2 ** (PROBABILITY_BITS - 1)


def test_sigmoid_stays_constant_far_out():
    assert integer_sigmoid(np.int64(2**40)) == SIGMOID_OUTPUT[-1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_bits", 3),
        ("event_bits", 13),
        ("weight_bits", 9),
        ("weight_bits", 1),
        ("baseline_shift", 0),
        ("burst_extra_bits", 0),
        ("event_bits", 8.0),
    ],
)
def test_format_refuses_what_the_arithmetic_cannot_hold(field, value):
    with pytest.raises(InvalidInputError, match=field):
        FixedPointFormat(**{field: value})


@given(st.floats(0, 1))
def test_event_rates_are_rounded_to_the_nearest_integer_below_the_top(value):
    units = FixedPointFormat()
    integer = int(units.quantise_event_rate(np.array(value)))
    assert 0 <= integer <= 255
    assert abs(integer / 256 - value) <= 1 / 256


def test_targets_reach_one_and_keep_no_teacher():
    quantised = FixedPointFormat().quantise_target(np.array([0.0, 0.5, 1.0, -1.0]))
    assert quantised.tolist() == [0, 128, 256, -1]
