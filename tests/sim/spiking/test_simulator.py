"""The simulator of spiking networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lava_bccn.backends.spikes import run_spikes
from lava_bccn.errors import BackendUnavailableError, InvalidInputError
from lava_bccn.mapping.spiking import quantise
from lava_bccn.network.spiking import (
    HomeostaticLearning,
    NeuronParameters,
    Population,
    SpikingNetwork,
)
from lava_bccn.sim.spiking import SpikingSimulator
from tests.spiking_networks import spiking_network, stimulus

STEPS = {"sample_steps": 100, "learn": True, "record_flags": True}


@pytest.fixture(params=["float", "fixed"])
def network(request):
    described = spiking_network(stp=True, delays=True)
    return quantise(described) if request.param == "fixed" else described


def test_a_run_in_parts_is_the_whole(network):
    currents, targets = stimulus(6)
    whole = SpikingSimulator(network, seed=1).run(currents, None, targets, **STEPS)
    parts = SpikingSimulator(network, seed=1)
    flags = [
        parts.run(currents[cut], None, targets[cut], **STEPS).flags
        for cut in (slice(0, 1), slice(1, 4), slice(4, 6))
    ]
    np.testing.assert_array_equal(whole.flags, np.concatenate(flags))


def test_a_restored_simulator_goes_on_where_it_was(network):
    currents, targets = stimulus(4)
    first = SpikingSimulator(network, seed=1)
    first.run(currents, None, targets, **STEPS)
    kept = {name: array.copy() for name, array in first.arrays().items()}
    expected = first.run(currents, None, targets, **STEPS)
    second = SpikingSimulator(network, seed=1)
    second.restore(kept)
    result = second.run(currents, None, targets, **STEPS)
    np.testing.assert_array_equal(expected.flags, result.flags)
    for one, other in zip(expected.network.connections, result.network.connections, strict=True):
        np.testing.assert_array_equal(one.weight, other.weight)


def test_another_seed_is_another_run(network):
    currents, _ = stimulus(2)
    one, other = (SpikingSimulator(network, seed).run(currents, **STEPS) for seed in (1, 2))
    assert not np.array_equal(one.flags, other.flags)


def test_counts_are_those_of_the_flags(network):
    currents, _ = stimulus(3)
    result = SpikingSimulator(network).run(currents, interval_steps=50, **STEPS)
    for population in network.populations:
        flags = result.flags_of(population.name)
        shape = (6, 50, population.ensembles, population.neurons)
        events = ((flags & 2) != 0).reshape(shape).sum(axis=(1, 3))
        rates = result.event_rate(population.name)
        np.testing.assert_allclose(rates * population.neurons * 0.05, events)
        bursts = ((flags & 4) != 0).reshape(shape).sum(axis=(1, 3))
        np.testing.assert_allclose(
            result.burst_rate(population.name) * population.neurons * 0.05, bursts
        )


def test_float_and_fixed_have_alike_rates():
    neuron = NeuronParameters(
        soma_background=250.0, soma_noise=350.0, dendrite_background=80.0, dendrite_noise=180.0
    )
    described = SpikingNetwork((Population("a", 4, 250, neuron),))
    currents = np.array([[-100.0, 0.0, 150.0, 300.0]])
    rates = [
        SpikingSimulator(network).run(currents, sample_steps=4000)
        for network in (described, quantise(described))
    ]
    np.testing.assert_allclose(rates[0].event_rate("a"), rates[1].event_rate("a"), rtol=0.06)
    np.testing.assert_allclose(rates[0].burst_prob("a"), rates[1].burst_prob("a"), atol=0.03)


def test_the_teacher_moves_bursts_and_hardly_events():
    # Burst-Poisson neurons: no current flows from the dendrite to the soma.
    network = spiking_network(neurons=200)
    currents = np.zeros((3, 5))
    probs, rates = [], []
    for target in (-1.0, 0.0, 60.0):
        result = SpikingSimulator(network, seed=2).run(
            currents, targets=np.full((3, 1), target), sample_steps=1000
        )
        probs.append(result.burst_prob("output").mean())
        rates.append(result.event_rate("output").mean())
    none, down, up = probs
    assert down < none - 0.1 and up > none + 0.1
    np.testing.assert_allclose(rates, rates[0], rtol=0.15)


def test_a_result_shows_itself_in_a_few_lines():
    network = spiking_network()
    currents, targets = stimulus()
    result = run_spikes(network, currents, None, targets, **STEPS)
    first, intervals, rates = repr(result).splitlines()
    assert first == "SpikingResult of 3 populations and 4 connections, float"
    assert intervals.startswith("  4 intervals of 100 ms in ")
    assert intervals.endswith(", flags of 400 steps")
    assert rates.endswith(f"output {result.event_rate('output').mean():.3g}")
    nothing = run_spikes(network, currents[:0], sample_steps=100)
    assert repr(nothing).splitlines()[1].startswith("  0 intervals")


def test_bad_input_is_named():
    network = spiking_network()
    simulator = SpikingSimulator(network)
    with pytest.raises(InvalidInputError, match=r"expected \(samples, 5\)"):
        simulator.run(np.zeros((2, 4)), sample_steps=10)
    with pytest.raises(InvalidInputError, match="finite"):
        simulator.run(np.full((2, 5), np.nan), sample_steps=10)
    with pytest.raises(InvalidInputError, match=r"expected \(2, 1\)"):
        simulator.run(np.zeros((2, 5)), targets=np.zeros((2, 3)), sample_steps=10)
    with pytest.raises(InvalidInputError, match="need a teacher"):
        run_spikes(
            spiking_network(teacher=False),
            np.zeros((2, 5)),
            targets=np.ones((2, 1)),
            sample_steps=9,
        )
    with pytest.raises(InvalidInputError, match="sample_steps must be an integer of at least 1"):
        run_spikes(network, np.zeros((2, 5)), sample_steps=0)
    with pytest.raises(InvalidInputError, match="not 'gpu'"):
        run_spikes(network, np.zeros((2, 5)), sample_steps=5, backend="gpu")
    with pytest.raises(BackendUnavailableError, match="Loihi 2"):
        run_spikes(network, np.zeros((2, 5)), sample_steps=5, backend="loihi2")
    result = run_spikes(network, np.zeros((2, 5)), sample_steps=5)
    with pytest.raises(InvalidInputError, match="record_flags"):
        result.flags_of("hidden")
    with pytest.raises(InvalidInputError, match="weight_1"):
        result.transmitted("weight_3")


def test_homeostasis_silences_the_dendrites_from_nothing():
    """A channel that starts at 0 learns to cancel a feedback of bursts; it stays inhibitory."""
    network = spiking_network(stp=True, receptors=True, teacher=False, neurons=60)
    weight_1, weight_2, burst, event = network.connections
    network = replace(
        network,
        connections=(
            replace(weight_1, learning=None),
            replace(weight_2, learning=None),
            replace(burst, weight=np.full(len(burst.weight), 500.0)),
            replace(
                event, weight=0 * event.weight, homeostasis=HomeostaticLearning(0.05, -500.0, 0.0)
            ),
        ),
    )
    simulator = SpikingSimulator(network, seed=1)
    currents = np.zeros((1, 5))

    def mean_apical_current():
        simulator.run(currents, sample_steps=500)
        means = []
        for _ in range(200):
            simulator.run(currents, sample_steps=20)
            means.append(simulator.arrays()["hidden/apical_current"].mean())
        return float(np.mean(means))

    before = mean_apical_current()
    learned = simulator.run(currents, sample_steps=60_000, learn=True).network.connections[3]
    assert before > 0.2 and abs(mean_apical_current()) < 0.1 * before
    assert learned.weight.max() <= 0 and learned.weight.mean() < -50


def test_rates_that_are_halved_change_less():
    network = spiking_network()
    currents, targets = stimulus()
    changes = []
    for rate_shift in (0, 1, 3):
        result = run_spikes(
            network, currents, None, targets, sample_steps=100, learn=True, rate_shift=rate_shift
        )
        change = result.network.connections[0].weight - network.connections[0].weight
        changes.append(np.abs(change).mean())
    assert changes[0] / changes[1] == pytest.approx(2, rel=0.1)
    assert changes[0] / changes[2] == pytest.approx(8, rel=0.2)
    with pytest.raises(InvalidInputError, match="rate_shift must be an integer from 0 to 30"):
        run_spikes(network, currents, sample_steps=5, rate_shift=-1)
