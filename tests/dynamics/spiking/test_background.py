"""Background noise: Gaussian enough, and a matter of seed, step, population and neuron alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.spiking.background import (
    DRAWS,
    GAUSSIAN_STD,
    background_key,
    gaussian,
    neuron_draw,
)
from lava_bccn.dynamics.stochastic_rounding import connection_key
from lava_bccn.network.spiking import NeuronParameters
from lava_bccn.network.spiking.units import StepUnits

SEED, STEP = st.integers(0, 2**32 - 1), st.integers(0, 2**40)
NUMBER = st.integers(0, DRAWS - 1)


def draws(seed, step, population, count, number):
    neurons = np.arange(count, dtype=np.uint32)
    with np.errstate(over="ignore"):  # the hash wraps, as it wants to
        return neuron_draw(background_key(seed, step, population), neurons, number)


@given(SEED, STEP, st.integers(0, 1000), NUMBER)
def test_draws_are_reproducible_whatever_the_number_of_neurons(seed, step, population, number):
    few, many = (draws(seed, step, population, count, number) for count in (10, 200))
    assert few.dtype == np.uint32
    np.testing.assert_array_equal(few, many[:10])


@given(SEED, st.integers(0, 2**31), st.integers(0, 1000))
def test_draws_differ_with_seed_step_population_neuron_and_number(seed, step, population):
    drawn = [draws(seed, step, population, 50, number) for number in range(DRAWS)]
    drawn.append(draws(seed ^ 1, step, population, 50, 0))
    drawn.append(draws(seed, step + 1, population, 50, 0))
    drawn.append(draws(seed, step, population + 1, 50, 0))
    # 300 draws of 32 bits: about 1e-5 chance of one pair alike, so allow for it.
    assert len(np.unique(drawn)) >= 6 * 50 - 1


@given(SEED, st.integers(0, 2**31), st.integers(0, 1000))
def test_keys_are_none_of_a_connection(seed, step, number):
    with np.errstate(over="ignore"):
        key = connection_key(np.uint32(seed), np.uint32(step), np.uint32(number))
        assert background_key(seed, step, number) != key


def long_series() -> np.ndarray:
    """(steps, neurons, draws)."""
    return np.stack(
        [
            np.stack([gaussian(draws(3, step, 1, 200, number)) for number in range(2)], axis=-1)
            for step in range(1000)
        ]
    )


def test_noise_has_the_moments_of_a_gaussian():
    noise = long_series()[..., 0].ravel() / GAUSSIAN_STD
    error = 1 / np.sqrt(noise.size)
    assert abs(noise.mean()) < 5 * error
    assert noise.var() == pytest.approx(1, abs=5 * np.sqrt(2) * error)
    assert abs((noise**3).mean()) < 5 * np.sqrt(15) * error
    # A sum of four uniform numbers has a kurtosis of 3 − 1.2 / 4.
    assert (noise**4).mean() == pytest.approx(2.7, abs=5 * np.sqrt(96) * error)
    assert np.abs(noise).max() <= 510 / GAUSSIAN_STD


def test_noise_of_other_steps_neurons_and_compartments_is_independent():
    noise = long_series() / GAUSSIAN_STD
    limit = 5 / np.sqrt(noise[..., 0].size)
    pairs = {
        "next step": (noise[1:, :, 0], noise[:-1, :, 0]),
        "next neuron": (noise[:, 1:, 0], noise[:, :-1, 0]),
        "other compartment": (noise[..., 0], noise[..., 1]),
    }
    for name, (first, second) in pairs.items():
        assert abs((first * second).mean()) < limit, name
        assert abs((first**2 * second**2).mean() - 1) < 3 * limit, name


@pytest.mark.parametrize("time_step", [1.0, 0.5])
@pytest.mark.parametrize("precision", ["float", "fixed"])
def test_filtered_noise_has_the_standard_deviation_asked_for(precision, time_step):
    """The current that the neuron makes of it: an Ornstein–Uhlenbeck process."""
    neuron = NeuronParameters(soma_noise=350.0, dendrite_noise=180.0)
    units = StepUnits(time_step, precision)
    constants = neuron.constants(units)
    scale = 2.0**-12 if units.is_fixed else 1.0
    parts = (
        (constants.soma_noise, constants.soma_synapse_retention, 350, 16, 370),
        (constants.apical_noise, constants.apical_synapse_retention, 180, 7, 170),
    )
    for gain, retention, wanted, time, capacitance in parts:
        kept = retention * scale
        std = gain * scale * GAUSSIAN_STD / np.sqrt(1 - kept**2) * scale
        held = -np.expm1(-time_step / time) * time / capacitance
        assert std == pytest.approx(wanted * held, rel=0.02)
