"""Burst-dependent plasticity: what one event or burst changes, and what trains of them do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.spiking import plasticity
from lava_bccn.dynamics.spiking.neuron import BURST, EVENT
from lava_bccn.dynamics.spiking.plasticity import AverageConstants
from lava_bccn.dynamics.spiking.synapses import burstprop_baseline
from lava_bccn.experiments import poisson_rule as trains
from lava_bccn.experiments.poisson_rule import poisson_rule
from lava_bccn.network.spiking import SpikeLearning
from lava_bccn.network.spiking.units import StepUnits

FLOAT, FIXED = StepUnits(1.0, "float"), StepUnits(1.0, "fixed")
RATE, LIMIT, WEIGHT_UNIT = 0.25, 127.0, 1.0
"""A learning rate that is a power of two of the integer weights' unit."""


def learning(p_baseline: float = 0.25) -> SpikeLearning:
    return SpikeLearning(RATE, p_baseline, -LIMIT, LIMIT)


def traces(events: list[bool]) -> tuple[float, int]:
    """The presynaptic trace of a train, in floating point and in integers."""
    values = {}
    for units in (FLOAT, FIXED):
        constants = learning().constants(units, WEIGHT_UNIT)
        trace = units.dtype(0)
        for event in events:
            trace = plasticity.event_trace(trace, np.bool_(event), constants)
        values[units] = trace
    return values[FLOAT], values[FIXED]


@given(st.lists(st.booleans(), max_size=150))
def test_the_trace_is_the_sum_of_decaying_events(events):
    floating, integer = traces(events)
    ages = len(events) - 1 - np.flatnonzero(events)
    exact = np.exp(-ages / 100.0).sum()
    assert floating == pytest.approx(exact)
    full = (1 << 23) / plasticity.TRACE_RANGE
    assert 0 <= integer <= plasticity.MAX_TRACE_STATE
    if sum(events) < plasticity.TRACE_RANGE:  # so that it never reached its end
        assert integer / full == pytest.approx(exact, abs=0.02 * exact + 1e-4)


@given(
    events=st.lists(st.booleans(), min_size=1, max_size=40),
    p_baseline=st.sampled_from([0.5, 0.25, 0.125]),
)
def test_integers_change_on_average_as_floating_point_does(events, p_baseline):
    """Exactly as the 7 bits of the trace that they read."""
    trace, state = traces(events)
    floating = learning(p_baseline).constants(FLOAT)
    constants = learning(p_baseline).constants(FIXED, WEIGHT_UNIT)
    read = (state >> 16) / 16  # events, in units of 1/16
    assert read <= plasticity.TRACE_RANGE
    if sum(events) < plasticity.TRACE_RANGE:  # so that it never reached its end
        assert read == pytest.approx(trace, abs=0.02 * trace + 1 / 16)
    # Evenly spaced draws: their average is the expectation, but for the last of 2^12 parts.
    draws = (np.arange(2**12) * 2**20 + np.arange(2**12)).astype(np.uint32)
    risen = plasticity.potentiation(state, constants.rate, draws)
    assert risen.mean() == pytest.approx(
        plasticity.potentiation(read, floating.rate, draws), abs=1e-9
    )
    fallen = plasticity.depression(state, constants.rate, constants.baseline, draws)
    assert fallen.mean() == pytest.approx(
        plasticity.depression(read, floating.rate, floating.baseline, draws), abs=1e-9
    )
    assert np.ptp(risen) <= 1 and np.ptp(fallen) <= 1


@given(st.integers(-(2**20), 2**20), st.sampled_from([FLOAT, FIXED]))
def test_weights_stay_within_their_range(weight, units):
    constants = learning().constants(units, WEIGHT_UNIT)
    assert -LIMIT <= plasticity.limited(units.dtype(weight), constants) <= LIMIT


@given(st.lists(st.sampled_from([(0, 0), (1, 0), (1, 1), (0, 1)]), max_size=50))
def test_a_bias_counts_bursts_and_events(sent):
    bias, expected = 0.0, 0.0
    for event, burst in sent:
        bias = plasticity.bias_after(bias, bool(event), bool(burst), 0.5, 0.125)
        expected += 0.5 * burst - 0.125 * event
    assert bias == pytest.approx(expected)


def test_the_moving_average_forgets_exponentially_and_finds_the_burst_probability():
    constants = AverageConstants(True, float(np.exp(-1 / 2000)))
    assert plasticity.moving_average(1.0, False, constants) == pytest.approx(np.exp(-1 / 2000))
    generator = np.random.default_rng(0)
    events = generator.random(60_000) < 0.02
    bursts = events & (generator.random(60_000) < 0.3)
    event_average, burst_average, baselines = 1.0, 0.5, []
    for event, burst in zip(events, bursts, strict=True):
        event_average = plasticity.moving_average(event_average, event, constants)
        burst_average = plasticity.moving_average(burst_average, burst, constants)
        baselines.append(plasticity.moving_baseline(burst_average, event_average))
    assert baselines[0] == pytest.approx(0.5, abs=1e-3)
    assert np.mean(baselines[20_000:]) == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("probability", [0.2, 0.6])
def test_burstprop_changes_nothing_on_average_while_the_burst_probability_stays(probability):
    """+1 when a burst starts and −P̄ at each event add up to 0, also where P̄ rests on few events."""
    constants = AverageConstants(True, float(np.exp(-1 / 500)))
    generator = np.random.default_rng(1)
    neurons, steps, delay = 400, 20_000, 10
    events = generator.random((steps, neurons)) < 0.004
    becoming = events & (generator.random((steps, neurons)) < probability)
    bursts = np.roll(becoming, delay, axis=0)
    flags = EVENT * events + BURST * bursts
    burst_average, event_average = np.full(neurons, probability), np.ones(neurons)
    changes = np.zeros(neurons)
    for step in range(steps):
        burst_average, event_average, baseline = burstprop_baseline(
            burst_average, event_average, flags[step], constants
        )
        changes += np.where(bursts[step], 1.0, 0.0) - np.where(events[step], baseline, 0.0)
    drift = changes / events.sum(axis=0)
    error = drift.std() / np.sqrt(neurons)
    assert error < 0.01
    assert abs(drift.mean()) < 4 * error


def expected_change(before: np.ndarray, after: np.ndarray, p_baseline: float) -> np.ndarray:
    """Δw per second and η for trains of Bernoulli steps of 1 ms, in Hz.

    Each spike is an event if none of the 15 steps before has one, and becomes a burst if one of the
    15 after has; the mean trace is the event rate times Σ exp(−k / 100 ms).
    """

    def events(rate):
        return rate * (1 - rate / 1000) ** 15

    burst_share = 1 - (1 - after / 1000) ** 15
    trace = events(before) / 1000 / -np.expm1(-1 / 100)
    return trace * events(after) * (burst_share - p_baseline)


@pytest.mark.parametrize("p_baseline", [0.5, 0.25])
def test_the_closed_form_is_that_of_events_bursts_and_the_trace(p_baseline):
    before, after = np.array([1.0, 20.0, 80.0, 5.0]), np.array([1.0, 60.0, 10.0, 45.0])
    expected = expected_change(before, after, p_baseline)
    np.testing.assert_allclose(trains.expected_change(before, after, p_baseline), expected)


@pytest.mark.parametrize("p_baseline", [0.5, 0.2])
def test_equal_poisson_trains_depress_at_low_and_potentiate_at_high_rates(p_baseline):
    rates = np.array([2.0, 5.0, 10.0, 20.0, 60.0, 90.0])
    rule = poisson_rule(rates, p_baseline=p_baseline, pairs=30, seconds=10)
    expected = expected_change(rates, rates, p_baseline)
    assert (np.abs(rule.change - expected) < 5 * rule.error).all()
    reliable = np.abs(expected) > 5 * rule.error
    assert reliable[[0, 1, -2, -1]].all()
    assert (np.sign(rule.change) == np.sign(expected))[reliable].all()
    assert rule.change[0] < 0 < rule.change[-1]


@pytest.mark.parametrize("postsynaptic", [5.0, 80.0])
def test_the_magnitude_scales_with_the_presynaptic_event_rate(postsynaptic):
    rates = np.array([5.0, 10.0, 20.0, 40.0])
    rule = poisson_rule(rates, np.full(4, postsynaptic), pairs=40, seconds=10)
    event_rates = rates * (1 - rates / 1000) ** 15
    per_event = rule.change / event_rates
    expected = expected_change(rates, np.full(4, postsynaptic), 0.5) / event_rates
    assert np.ptp(expected) < 1e-12
    assert (np.abs(per_event - expected) < 5 * rule.error / event_rates).all()
    assert (np.abs(expected) > 5 * rule.error / event_rates).all()
