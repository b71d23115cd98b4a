"""What a neuron calls an event or a burst, when it bursts by chance, and its apical gain."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.spiking.arithmetic import ONE
from lava_bccn.dynamics.spiking.firing import advance
from lava_bccn.dynamics.spiking.neuron import BURST, EVENT, SPIKE, apical_gain
from lava_bccn.experiments.poisson_rule import RELAY
from lava_bccn.network.spiking import NeuronParameters
from tests.dynamics.spiking.neurons import FIXED, FLOAT, at_rest, given_input

BOTH = pytest.mark.parametrize("units", [FLOAT, FIXED], ids=["float", "fixed"])


@BOTH
@given(fires=st.lists(st.booleans(), min_size=1, max_size=80))
def test_spikes_less_than_16_ms_apart_are_one_burst(units, fires):
    """The first spike of a group is an event, the second starts a burst, others are only spikes."""
    state, constants, sent = at_rest(1, units), RELAY.constants(units), []
    for fire in fires:
        inputs = given_input(1, units, bias=np.array([100.0 * fire]))
        state, flags = advance(state, inputs, constants)
        sent.append(int(flags[0]))
    expected, last, in_group = [0] * len(fires), -16, 0
    for time in np.flatnonzero(fires):
        in_group = 1 if time - last >= 16 else in_group + 1
        expected[time] = SPIKE | {1: EVENT, 2: BURST}.get(in_group, 0)
        last = time
    assert sent == expected


@BOTH
@pytest.mark.parametrize("dendrite_mv", [-65.0, -57.0, -52.0])
def test_burst_poisson_events_become_bursts_as_often_as_the_sigmoid_says(units, dendrite_mv):
    count = 20_000
    neuron = NeuronParameters.burst_poisson_neuron()
    constants = neuron.constants(units)
    held = units.potential(dendrite_mv - neuron.rest)
    state = at_rest(count, units)._replace(dendrite=np.full(count, held / math.exp(-1 / 7)))
    state = state._replace(dendrite=state.dendrite.astype(units.dtype))
    draws = np.random.default_rng(0).integers(0, 2**32, count)
    inputs = given_input(count, units, bias=np.full(count, 100.0), burst_draw=draws)
    state, flags = advance(state, inputs, constants)
    assert (flags == SPIKE | EVENT).all()
    delays = np.zeros(count, int)
    for step in range(1, 20):
        state, flags = advance(state, given_input(count, units), constants)
        assert np.isin(flags, (0, SPIKE | BURST)).all()
        assert not delays[flags > 0].any()
        delays[flags > 0] = step
    share = 1 / (1 + math.exp(-(dendrite_mv - neuron.burst_half) / neuron.burst_width))
    assert np.mean(delays > 0) == pytest.approx(share, abs=5 * math.sqrt(0.25 / count))
    counts = np.bincount(delays, minlength=20)
    assert counts[1:5].sum() == counts[16:].sum() == 0
    expected = count * share / 11
    assert np.abs(counts[5:16] - expected).max() < 5 * math.sqrt(expected)


@BOTH
@pytest.mark.parametrize("limit", [10.0, 25.0, 80.0])
def test_the_apical_gain_falls_with_the_neurons_own_event_rate(units, limit):
    constants = replace(RELAY, gain_rate=limit).constants(units)
    rates, gains = np.array([1, 4, 10, 20, 40]), []
    state = at_rest(len(rates), units)
    for step in range(3000):
        inputs = given_input(len(rates), units, bias=100.0 * (step % (1000 // rates) == 0))
        state, _ = advance(state, inputs, constants)
        gains.append(apical_gain(state) / (ONE if units.is_fixed else 1))
    assert 0 <= np.min(gains) <= np.max(gains) <= 1
    slow, fast = rates < limit / 2, rates > 2 * limit
    slow &= rates > 1  # one event alone may take the gain to 0 for a while
    mean = np.mean(gains[2000:], axis=0)
    np.testing.assert_allclose(mean[slow], 1 - rates[slow] / limit, atol=0.03)
    assert (np.array(gains)[2000:, fast] == 0).all()


@BOTH
def test_without_a_limit_the_apical_gain_is_1(units):
    state = at_rest(1, units)
    for _ in range(100):
        inputs = given_input(1, units, bias=np.array([100.0]))
        state, _ = advance(state, inputs, RELAY.constants(units))
    assert apical_gain(state)[0] == (ONE if units.is_fixed else 1.0)
