"""Depressing synapses transmit the first spikes, facilitating ones the later; both as published."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from lava_bccn.dynamics.spiking.arithmetic import GUARD_BITS, ONE
from lava_bccn.dynamics.spiking.short_term_plasticity import (
    StpState,
    release_probability,
    resources,
    steady_state_release,
    transmit,
)
from lava_bccn.experiments.regular_trains import regular_trains, train_releases
from lava_bccn.network.spiking.stp import DEPRESSING, FACILITATING, StpParameters
from lava_bccn.network.spiking.units import StepUnits

PRESETS = pytest.mark.parametrize("stp", [DEPRESSING, FACILITATING], ids=["depress", "facilitate"])


@PRESETS
@pytest.mark.parametrize(
    ("precision", "time_step", "tolerance"),
    [
        ("float", 1.0, 1e-6),
        ("float", 0.5, 1e-6),
        ("fixed", 1.0, 0.01),
        # A decay of 20 / 4096 a step is what 12 bits can have of exp(−0.5 / 100).
        ("fixed", 0.5, 0.022),
    ],
)
def test_regular_trains_of_1_to_100_hz_settle_at_the_closed_form(
    stp, precision, time_step, tolerance
):
    trains = regular_trains(stp, precision, time_step_ms=time_step)
    assert trains.rate.min() == 1 and trains.rate.max() == 100
    np.testing.assert_allclose(trains.release, trains.closed_form, rtol=tolerance)


@given(
    interval=st.floats(1, 1000),
    depression_time=st.floats(5, 1000),
    facilitation_time=st.floats(5, 1000),
    baseline=st.floats(0.01, 1),
    facilitation=st.floats(0, 1),
)
def test_the_closed_form_is_what_a_spike_and_an_interval_bring_back(
    interval, depression_time, facilitation_time, baseline, facilitation
):
    """U and x before a spike are found by root search on the published one-interval maps."""

    def next_use(use):
        after = use + facilitation * (1 - use)
        return baseline + (after - baseline) * np.exp(-interval / facilitation_time)

    def next_resources(left):
        after = left * (1 - use)
        return 1 + (after - 1) * np.exp(-interval / depression_time)

    use = brentq(lambda value: next_use(value) - value, -1e-9, 1 + 1e-9, xtol=1e-14)
    left = brentq(lambda value: next_resources(value) - value, -1e-9, 1 + 1e-9, xtol=1e-14)
    times = (depression_time, facilitation_time)
    release = steady_state_release(interval, *times, baseline, facilitation)
    assert release == pytest.approx(use * left, rel=1e-6)


@pytest.mark.parametrize("precision", ["float", "fixed"])
@given(interval=st.integers(1, 80))
def test_paired_pulses_depress_or_facilitate(precision, interval):
    """Beyond 80 ms the depressing synapse has recovered, and its slow facilitation shows."""
    first, second = train_releases(DEPRESSING, interval, 2, precision)
    assert second < first
    first, second = train_releases(FACILITATING, interval, 2, precision)
    assert second > first


def test_a_burst_tells_the_presets_apart():
    """Of a burst of three at 8 ms, the first spike or the others make most of the release."""
    depressing = train_releases(DEPRESSING, 8, 3)
    facilitating = train_releases(FACILITATING, 8, 3)
    assert depressing[0] > 0.5 * depressing.sum()
    assert facilitating[0] < 0.1 * facilitating.sum()


@given(
    parameters=st.builds(
        StpParameters,
        depression_time=st.floats(1, 390),
        facilitation_time=st.floats(1, 390),
        baseline=st.floats(0, 1),
        facilitation=st.floats(0, 1),
    ),
    train=st.lists(st.booleans(), max_size=80),
)
def test_integer_states_are_fractions_whatever_the_train_and_parameters(parameters, train):
    units = StepUnits(1.0, "fixed")
    constants = parameters.constants(units)
    state = StpState(np.int64(0), np.int64(0))
    for spike in train:
        state, released = transmit(state, np.bool_(spike), constants)
        assert 0 <= state.utilisation < 1 << 23
        assert 0 <= state.depletion < 1 << 23
        assert 0 <= released <= release_probability(state, constants) <= ONE
        assert 0 <= resources(state) <= ONE


def test_what_decays_reaches_zero():
    """Twelve-bit decays do not stop short: the guard bits take the rest."""
    constants = DEPRESSING.constants(StepUnits(0.5, "fixed"))
    state = StpState(np.int64(ONE << GUARD_BITS), np.int64(ONE << GUARD_BITS))
    for _ in range(30_000):
        state, _ = transmit(state, np.bool_(False), constants)
    assert release_probability(state, constants) == constants.baseline
    assert resources(state) == ONE
