"""An ensemble sends two signals at once, and its two kinds of synapse read one each."""

import numpy as np
import pytest

from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.multiplexing import (
    Multiplexing,
    multiplexing,
    multiplexing_neuron,
    response_curves,
    slow_signal,
)
from lava_bccn.network.spiking import NeuronParameters


@pytest.fixture(scope="module", params=["float", pytest.param("fixed", marks=pytest.mark.slow)])
def precision(request) -> str:
    return request.param


@pytest.fixture(scope="module", params=[0, 1])
def result(request, precision) -> Multiplexing:
    return multiplexing(precision=precision, seed=request.param)


def test_each_kind_of_synapse_follows_its_own_signal(result):
    """Naud & Sprekeler (2018): events through depressing, bursts through facilitating synapses."""
    (events_depressing, bursts_depressing), (events_facilitating, bursts_facilitating) = (
        result.correlations
    )
    assert events_depressing > 0.9
    assert bursts_facilitating > 0.9
    assert events_depressing > max(bursts_depressing, events_facilitating)
    assert bursts_facilitating > max(bursts_depressing, events_facilitating)


def test_each_signal_follows_its_own_input(result):
    """Independent inputs; the compartment that each reaches decides which message it changes."""
    inputs = (result.soma_input, result.apical_input)
    correlations = np.corrcoef([*inputs, result.event_rate, result.burst_prob])[:2, 2:]
    assert abs(np.corrcoef(inputs)[0, 1]) < 0.5
    assert correlations[0, 0] > 0.8 and correlations[1, 1] > 0.8
    assert correlations[0, 0] > correlations[1, 0] and correlations[1, 1] > correlations[0, 1]


def test_the_working_point_is_that_of_cortex(result):
    """A few events a second, a minority of them bursts."""
    assert 2 < result.event_rate.mean() < 10
    assert 0.05 < result.burst_rate.mean() / result.event_rate.mean() < 0.4
    np.testing.assert_allclose(
        result.burst_prob * result.event_rate, result.burst_rate, rtol=1e-9, atol=1e-9
    )
    assert result.flags.shape == (20_000, 50)


@pytest.mark.parametrize("burst_poisson", [False, True])
def test_somata_move_events_and_dendrites_move_bursts(precision, burst_poisson):
    curves = response_curves(
        multiplexing_neuron(burst_poisson), points=5, seconds=3, precision=precision
    )
    soma, apical = curves.soma, curves.apical
    assert (np.diff(soma.event_rate) > 0).all()
    assert soma.event_rate[-1] > 3 * soma.event_rate[0]
    assert np.ptp(soma.burst_prob) < 0.07
    assert (np.diff(apical.burst_prob) > 0).all()
    assert apical.burst_prob[-1] > 3 * apical.burst_prob[0]
    assert np.ptp(apical.event_rate) < 0.06 * apical.event_rate.mean()


def test_the_neuron_is_the_published_one_but_for_its_background():
    published, chosen = NeuronParameters(), multiplexing_neuron()
    different = {
        name for name in vars(published) if getattr(published, name) != getattr(chosen, name)
    }
    assert different == {
        "soma_background",
        "soma_noise",
        "dendrite_background",
        "dendrite_noise",
    }


def test_slow_signals_are_smooth_and_of_variance_1(generator):
    signal = slow_signal(generator, 400, 5.0)
    assert signal.mean() == pytest.approx(0, abs=1e-12) and signal.std() == pytest.approx(1)
    assert np.corrcoef(signal[1:], signal[:-1])[0, 1] > 0.95


def test_too_little_time_or_too_few_points_are_refused():
    with pytest.raises(InvalidInputError, match="second"):
        multiplexing(seconds=0.5)
    with pytest.raises(InvalidInputError, match="point"):
        response_curves(points=0)
    with pytest.raises(InvalidInputError, match="point"):
        response_curves(seconds=0.01)
