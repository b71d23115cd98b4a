"""Lanes are NumPy's int32, and equations that are called with them have the same bits."""

import operator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics import integer_plasticity, stochastic_rounding
from lava_bccn.dynamics.arithmetic import held
from lava_bccn.sim.jit import jit
from lava_bccn.sim.lanes import lane, plain

integers = st.integers(-(2**31), 2**31 - 1)


@jit
def arithmetic(a, b, places):
    left, right = lane(a), lane(b)
    total = lane(1)
    total += left
    return (
        plain(left + right),
        plain(left - b),
        plain(a * right),
        plain(left << places),
        plain(left >> places),
        plain(left & right),
        plain(left | right),
        plain(left ^ right),
        plain(-left),
        plain(np.minimum(left, b)),
        plain(np.maximum(left, right)),
        plain(total),
    )


@jit
def comparisons(a, b):
    left, right = lane(a), lane(b)
    return left < right, left <= b, a > right, left >= right, left == right, left != right


@given(integers, integers, st.integers(0, 31))
def test_lanes_wrap_as_int32_does(a, b, places):
    left, right = np.array([a], np.int32), np.array([b], np.int32)
    shift = np.array([places], np.int32)
    expected = (
        *(left + right, left - right, left * right, left << shift, left >> shift),
        *(left & right, left | right, left ^ right, -left),
        *(np.minimum(left, right), np.maximum(left, right), left + np.int32(1)),
    )
    assert arithmetic(a, b, places) == tuple(int(each[0]) for each in expected)


@given(integers, integers)
def test_lanes_compare_as_numbers_do(a, b):
    signs = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
    assert comparisons(a, b) == tuple(compare(a, b) for compare in signs)


@jit
def changed(weight, product, places, index, limit):
    random = np.uint32(stochastic_rounding.draw(np.uint32(7), np.uint32(index)))
    exact = lane(weight) + integer_plasticity.weight_change(lane(product), places, random)
    return plain(integer_plasticity.saturated_weight(exact, limit))


@given(
    st.integers(-127, 127),
    st.integers(-(2**30) + 1, 2**30 - 1),
    st.integers(0, 30),
    st.integers(0, 2**32 - 1),
    st.integers(1, 127),
)
def test_equations_have_the_same_bits(weight, product, places, index, limit):
    random = stochastic_rounding.draw(np.array([7], np.uint32), np.array([index], np.uint32))
    change = integer_plasticity.weight_change(np.array([product], np.int32), places, random)
    expected = integer_plasticity.saturated_weight(weight + change.astype(np.int64), limit)
    assert changed(weight, product, places, index, limit) == expected[0]


@jit
def _held(value):
    return plain(held(lane(value)))


@given(value=integers)
def test_of_equations_with_two_forms_they_take_that_of_integers(value):
    assert _held(value) == held(np.int64(value))
