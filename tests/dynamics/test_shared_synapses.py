"""How kernels learn: against sums written out, place by place, in Python's own integers."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_bccn.dynamics.convolution import ConvolutionGeometry, outer, up, upward
from lava_bccn.dynamics.integer_plasticity import MAX_PLACES, MAX_TRACE, shared_synapse_index
from lava_bccn.dynamics.schedule import DECAY_PERIOD_BITS, Schedule
from lava_bccn.dynamics.stochastic_rounding import MAX_ROUNDED_PLACES
from lava_bccn.dynamics.synapses import (
    FloatBiases,
    FloatSynapses,
    IntegerBiases,
    IntegerSynapses,
    Saturations,
)
from tests.convolutions import geometries, kernel_for
from tests.dynamics.test_synapses import clip, random_draw, trace

seeds = st.integers(0, 2**32 - 1)


def written_out(above, below, kernel_shape, geometry):
    """Σ d[o, y, x] e[i, s y + a − p, s x + b − p], term by term."""
    channels, height, width = geometry.output_shape(kernel_shape)
    d, e = above.reshape(channels, height, width), below.reshape(geometry.input_shape)
    sums = np.zeros(kernel_shape, dtype=object)
    for o, i, a, b in product(*map(range, kernel_shape)):
        channel = o // (channels // geometry.groups) * kernel_shape[1] + i
        for y, x in product(range(height), range(width)):
            line = geometry.stride[0] * y + a - geometry.padding[0]
            column = geometry.stride[1] * x + b - geometry.padding[1]
            if 0 <= line < e.shape[1] and 0 <= column < e.shape[2]:
                sums[o, i, a, b] += int(d[o, y, x]) * int(e[channel, line, column])
    return sums


def ends_of(kernel, geometry, random, largest):
    """Rates of the units above and below, signed above."""
    units, below = math.prod(geometry.output_shape(kernel.shape)), math.prod(geometry.input_shape)
    return random.integers(-largest, largest + 1, units), random.integers(0, largest + 1, below)


@settings(deadline=None)
@given(geometries(), seeds)
def test_the_sum_over_places_is_that_of_every_place_in_turn(geometry, seed):
    random = np.random.default_rng(seed)
    kernel = kernel_for(geometry, random)
    above, below = ends_of(kernel, geometry, random, 127)
    expected = written_out(above, below, kernel.shape, geometry)
    for dtype in (np.int32, np.int64, np.float64):
        sums = outer(above[None].astype(dtype), below[None].astype(dtype), kernel.shape, geometry)
        assert sums.dtype == dtype
        np.testing.assert_array_equal(sums, expected)


@settings(deadline=None)
@given(geometries(), seeds)
def test_it_is_the_gradient_of_what_goes_up(geometry, seed):
    """⟨d, up(W, e)⟩ is linear in W: it is ⟨W, outer(d, e)⟩ for every W; samples add up."""
    random = np.random.default_rng(seed)
    kernel = kernel_for(geometry, random).astype(np.int64)
    pairs = [ends_of(kernel, geometry, random, 127) for _ in range(3)]
    above, below = (np.stack(each) for each in zip(*pairs, strict=True))
    matrices = upward(kernel, geometry.groups)
    through = up(below, lambda rows: rows @ matrices, kernel.shape, geometry)
    sums = outer(above, below, kernel.shape, geometry)
    assert (above * through).sum() == (kernel * sums).sum()


def test_sums_of_the_most_places_are_as_large_as_rounding_takes_and_fit_32_bits():
    assert MAX_PLACES * MAX_TRACE**2 < 2**MAX_ROUNDED_PLACES <= (MAX_PLACES + 1) * MAX_TRACE**2
    # With the fraction that is added, and a weight.
    largest = MAX_PLACES * MAX_TRACE**2 + 2**MAX_ROUNDED_PLACES - 1 + 127
    assert largest < 2**31


@st.composite
def kernels(draw):
    """A rule of a kernel, and the kernel."""
    random = np.random.default_rng(draw(seeds))
    geometry = draw(geometries())
    rule = IntegerSynapses(
        rule=draw(st.sampled_from(("burst_dependent", "homeostatic"))),
        sign=draw(st.sampled_from((1, -1))),
        schedule=Schedule(draw(st.integers(0, 4)), (60,), draw(st.sampled_from((None, 7)))),
        event_bits=draw(st.integers(4, 12)),
        trace_exponent=draw(st.integers(0, 4)),
        unit_places=draw(st.integers(4, 12)),
        max_weight=draw(st.sampled_from((7, 127))),
        seed=draw(seeds),
        connection=draw(st.integers(0, 40)),
        geometry=geometry,
    )
    kernel = kernel_for(geometry, random).astype(np.int64)
    return rule, np.clip(kernel, -rule.max_weight, rule.max_weight), random


@settings(deadline=None)
@given(kernels(), st.sampled_from((0, 59, 60, 63)))
def test_every_weight_of_a_kernel_learns_the_rounded_sum(case, sample):
    rule, kernel, random = case
    signed, events = ends_of(kernel, rule.geometry, random, 2**rule.event_bits - 1)
    if rule.rule == "burst_dependent":
        ends = signed, events
        traces = [clip(trace(rule.sign * int(s), rule.trace_exponent), 127) for s in signed]
        above, below = traces, [min(trace(int(e) * 2**7, rule.event_bits), 127) for e in events]
    else:
        ends = np.abs(signed), events - int(events.max()) // 2
        traces = [clip(trace(rule.sign * int(s), rule.trace_exponent), 127) for s in ends[1]]
        above = [min(trace(int(e) * 2**7, rule.event_bits), 127) for e in ends[0]]
        below = traces
    sums = written_out(np.array(above), np.array(below), kernel.shape, rule.geometry)
    learned, saturated = rule.learn(kernel, *ends, sample)
    places = rule.unit_places + rule.schedule.rate + (sample >= 60)
    channels, channels_below, _, width = kernel.shape
    expected, weights = kernel.copy(), 0
    for o, i, a, b in np.ndindex(kernel.shape):
        index = ((a * width + b) * channels_below + i) * channels + o
        fraction = random_draw(rule.seed, sample, rule.connection, index) % 2**places
        changed = int(kernel[o, i, a, b]) + (sums[o, i, a, b] + fraction) // 2**places
        value = clip(changed, rule.max_weight)
        weights += value != changed
        if rule.schedule.decay is not None and (sample + 1) % 2**DECAY_PERIOD_BITS == 0:
            shift = places - rule.unit_places + rule.schedule.decay - DECAY_PERIOD_BITS
            fraction = random_draw(rule.seed, sample, rule.connection + 1, index) % 2**shift
            value += (-value + fraction) // 2**shift
        expected[o, i, a, b] = value
    np.testing.assert_array_equal(learned, expected)
    signed = ends[rule.rule == "homeostatic"]
    exact = [trace(rule.sign * int(each), rule.trace_exponent) for each in signed]
    beyond = sum(a != b for a, b in zip(exact, traces, strict=True))
    assert saturated == Saturations(weights, beyond)


@given(st.integers(1, 4), st.integers(1, 5), seeds, st.sampled_from((0, 63)))
def test_a_kernel_of_a_single_place_learns_the_bits_of_a_matrix(units, below, seed, sample):
    random = np.random.default_rng(seed)
    matrix = random.integers(-127, 128, (units, below))
    rule = IntegerSynapses("burst_dependent", 1, Schedule(1, (), 7), 8, 0, 6, 127, seed, 5)
    ends = random.integers(-127, 128, units), random.integers(0, 256, below)
    expected, counted = rule.learn(matrix, *ends, sample)
    shared = replace(rule, geometry=ConvolutionGeometry((below, 1, 1)))
    learned, saturated = shared.learn(matrix[..., None, None], *ends, sample)
    np.testing.assert_array_equal(learned[..., 0, 0], expected)
    assert saturated == counted


@given(geometries(), seeds)
def test_each_weight_of_a_kernel_has_a_draw_of_its_own(geometry, seed):
    kernel = kernel_for(geometry, np.random.default_rng(seed))
    index = shared_synapse_index(kernel.shape)
    assert index.shape == kernel.shape
    assert sorted(index.ravel()) == list(range(kernel.size))


@given(st.integers(1, 4), st.integers(1, 6), seeds)
def test_the_units_of_a_channel_share_one_change_of_their_biases(channels, shared, seed):
    random = np.random.default_rng(seed)
    deviation = random.integers(-150, 151, channels * shared)
    bias = random.integers(-(2**20), 2**20, channels * shared)
    rule = IntegerBiases(Schedule(1), 0, 3, seed, 2, shared)
    learned, saturated = rule.learn(bias, deviation, 7)
    for channel in range(channels):
        units = slice(channel * shared, (channel + 1) * shared)
        total = sum(clip(int(each), 127) for each in deviation[units])
        change = (total + random_draw(seed, 7, 2, channel) % 2**4) // 2**4
        np.testing.assert_array_equal(learned[units], bias[units] + change)
    assert saturated == Saturations(0, int((np.abs(deviation) > 127).sum()))


@settings(deadline=None)
@given(geometries(), seeds)
def test_in_floating_point_the_change_is_the_sum_times_the_rate(geometry, seed):
    random = np.random.default_rng(seed)
    kernel = kernel_for(geometry, random) / 128
    above, below = (each / 128 for each in ends_of(kernel, geometry, random, 127))
    learned, _ = FloatSynapses("burst_dependent", 1.0, Schedule(2), geometry).learn(
        kernel, above, below, 0
    )
    sums = outer(above[None], below[None], kernel.shape, geometry)
    np.testing.assert_allclose(learned - kernel, sums / 4, rtol=0, atol=1e-12)
    shared = len(above) // len(kernel)
    bias, _ = FloatBiases(Schedule(2), shared).learn(np.zeros(len(above)), above, 0)
    of_channels = above.reshape(len(kernel), shared).sum(1) / 4
    np.testing.assert_allclose(bias, of_channels.repeat(shared), rtol=0, atol=1e-12)


@pytest.mark.parametrize("places", [1, 4, 144])
def test_the_expected_change_of_a_shared_weight_is_the_unrounded_sum(places):
    """Hoeffding's bound for p = 1e-9 over as many kernels as share one sum."""
    count = 20_000
    geometry = ConvolutionGeometry((1, 1, places))
    rule = IntegerSynapses("burst_dependent", 1, Schedule(6), 8, 0, 12, 127, 3, 3, geometry)
    kernel = np.zeros((count, 1, 1, 1), dtype=int)
    learned, _ = rule.learn(kernel, np.full(count * places, -45), np.full(places, 201), 5)
    exact = -45 * 101 * places / 2**18
    assert abs(learned.mean() - exact) <= math.sqrt(math.log(2 / 1e-9) / (2 * count))
