"""Draws that depend on nothing but their key, and rounding that is exact on average."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lava_bccn.dynamics.stochastic_rounding import (
    MAX_ROUNDED_PLACES,
    connection_key,
    draw,
    hash32,
    stochastic_shift,
)

words = st.integers(0, 2**32 - 1)


def word(value):
    return np.array([value], dtype=np.uint32)


def lowbias32(x):
    """From its published definition, in Python's own integers."""
    for multiplier, shift in ((0x7FEB352D, 16), (0x846CA68B, 15)):
        x ^= x >> shift
        x = (x * multiplier) % 2**32
    return x ^ (x >> 16)


@given(words)
def test_the_hash_is_lowbias32(x):
    assert hash32(word(x))[0] == lowbias32(x)


def test_the_hash_maps_different_words_to_different_words():
    hashes = hash32(np.arange(2**20, dtype=np.uint32))
    assert len(np.unique(hashes)) == 2**20


@given(words, words, words, st.integers(0, 2))
def test_another_seed_step_or_connection_is_another_key(seed, step, connection, changed):
    first = [seed, step, connection]
    second = list(first)
    second[changed] ^= 1
    assert connection_key(*map(word, first)) != connection_key(*map(word, second))


def test_draws_are_uniform_and_independent_between_synapses_steps_and_connections():
    synapses = np.arange(100_000, dtype=np.uint32)
    draws = {
        key: draw(connection_key(*map(word, key)), synapses)
        for key in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))
    }
    for values in draws.values():
        counts = np.bincount(values >> np.uint32(24), minlength=256)
        assert stats.chisquare(counts).pvalue > 1e-4
    uniform = {key: values / 2**32 for key, values in draws.items()}
    # The correlation of n independent pairs is normal with deviation 1 / sqrt(n).
    bound = 5 / math.sqrt(len(synapses))
    reference = uniform.pop((0, 0, 0))
    assert abs(np.corrcoef(reference[1:], reference[:-1])[0, 1]) < bound
    for values in uniform.values():
        assert abs(np.corrcoef(reference, values)[0, 1]) < bound


@given(st.integers(-(2**20), 2**20), st.integers(0, MAX_ROUNDED_PLACES), words)
def test_rounding_goes_to_one_of_the_two_neighbours(value, places, random):
    rounded = int(stochastic_shift(np.array([value]), places, word(random))[0])
    exact = value / 2**places
    assert math.floor(exact) <= rounded <= math.ceil(exact)


@given(st.integers(-(2**14), 2**14), st.integers(0, 20), words)
def test_the_expected_value_is_the_unrounded_one(value, places, seed):
    # Hoeffding: the mean of n values in an interval of length 1 is off by more than
    # sqrt(ln(2 / p) / 2n) with probability below p, here 1e-9 for each of Hypothesis's examples.
    count = 40_000
    key = connection_key(word(seed), word(0), word(0))
    random = draw(key, np.arange(count, dtype=np.uint32))
    mean = stochastic_shift(np.full(count, value), places, random).mean()
    assert abs(mean - value / 2**places) <= math.sqrt(math.log(2 / 1e-9) / (2 * count))
