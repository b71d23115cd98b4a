"""Rate networks that run as ensembles of spiking neurons do what they did."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import expit

import lava_bccn
from lava_bccn import datasets, mapping, metrics
from lava_bccn.errors import InvalidInputError, RoundingWarning
from lava_bccn.mapping.spiking import quantise
from lava_bccn.mapping.spiking.from_rate import RATE_NEURON, from_rate
from lava_bccn.mapping.spiking.rate_code import (
    POTENTIALS,
    decode,
    input_currents,
    measure,
    rheobase,
    sigmoid_biases,
)
from lava_bccn.network.spiking import NeuronParameters, Population, SpikingNetwork
from lava_bccn.nn import TrainingConfig, burst_mlp, train
from lava_bccn.sim.spiking import SpikingSimulator

MAX_RATE = 40.0
CURRENT = 400.0
SIZES = (6, 8, 4)


@pytest.fixture(scope="module")
def rate_network():
    inputs = np.random.default_rng(3).random((50, SIZES[0]))
    return mapping.new_network(
        SIZES,
        inputs,
        feedback="symmetric",
        feedback_event="symmetric",
        gain=4.0,
        precision="float",
    )


@pytest.fixture(scope="module")
def spiking(rate_network):
    return from_rate(rate_network)


@pytest.fixture(scope="module")
def curve():
    return measure(RATE_NEURON)


@pytest.mark.parametrize("neurons", [100, 500])
def test_the_curve_of_an_ensemble_is_the_sigmoid(curve, neurons):
    """Within 1.2 % of e_max in the mean and 4 % anywhere, as simulated."""
    bias = sigmoid_biases(curve, rheobase(RATE_NEURON), CURRENT, neurons, MAX_RATE)
    assert np.all(np.diff(bias) <= 0)
    potentials = POTENTIALS[::10]
    ensembles = len(potentials)
    population = Population("ensemble", ensembles, neurons, RATE_NEURON, np.tile(bias, ensembles))
    simulator = SpikingSimulator(SpikingNetwork((population,)), seed=1)
    currents = CURRENT * potentials[None]
    simulator.run(currents, sample_steps=200)
    rates = simulator.run(currents, sample_steps=3000).event_rate("ensemble")[0]
    difference = rates / MAX_RATE - expit(potentials)
    assert np.sqrt(np.mean(difference**2)) < 0.012 + 0.5 / neurons
    assert np.abs(difference).max() < 0.04 + 0.5 / neurons


def test_faster_neurons_than_the_sigmoid_needs_stay_silent(curve):
    bias = sigmoid_biases(curve, rheobase(RATE_NEURON), CURRENT, 100, 20.0)
    rates = curve.ensemble(CURRENT * POTENTIALS, bias) / 20.0
    assert np.sqrt(np.mean((rates - expit(POTENTIALS)) ** 2)) < 0.015


def test_too_flat_a_curve_is_refused(curve):
    with pytest.raises(InvalidInputError, match="larger current_per_unit"):
        sigmoid_biases(curve, rheobase(RATE_NEURON), 50.0, 100, MAX_RATE)


@pytest.mark.parametrize("precision", ["float", "fixed"])
def test_event_rates_are_those_of_the_rate_network(rate_network, spiking, precision):
    network = quantise(spiking) if precision == "fixed" else spiking
    samples, count = np.random.default_rng(0).random((10, SIZES[0])), 10
    result = SpikingSimulator(network).run(
        input_currents(network, samples), sample_steps=700, interval_steps=100
    )
    rates = lava_bccn.run(rate_network, samples, record=("event_rate",))
    wanted = [samples, *(rates.values("event_rate", layer) for layer in (0, 1))]
    for population, expected in zip(network.populations, wanted, strict=True):
        decoded = decode(result, count, skip=2, population=population.name)
        difference = np.sqrt(np.mean((decoded - expected) ** 2))
        noise = population.rate_noise(MAX_RATE * float(expected.mean()), 500) / MAX_RATE
        # The noise of Poisson events, and how well the curves are calibrated.
        assert difference < noise + 0.02, population.name
        assert abs(np.mean(decoded - expected)) < 0.02, population.name


@pytest.mark.parametrize("precision", ["float", "fixed"])
def test_the_teacher_moves_burst_probabilities_as_in_the_rate_network(
    rate_network, spiking, precision
):
    network = quantise(spiking) if precision == "fixed" else spiking
    random = np.random.default_rng(3)
    samples = random.random((10, SIZES[0]))
    targets = (random.random((10, SIZES[-1])) > 0.5).astype(float)
    currents = input_currents(network, samples)
    probabilities, counts, slopes = {}, {}, {}
    for taught in (False, True):
        result = SpikingSimulator(network).run(
            currents,
            targets=MAX_RATE * targets if taught else np.full_like(targets, -1.0),
            sample_steps=2500,
            interval_steps=250,
        )
        for name in ("hidden1", "output"):
            events, bursts = (
                rate.reshape(10, -1, rate.shape[1])[:, 1:].mean(axis=1)
                for rate in (result.event_rate(name), result.burst_rate(name))
            )
            probabilities[name, taught] = (bursts / events).ravel()
            counts[name, taught] = (events * network.population(name).neurons * 2.25).ravel()
    rates = lava_bccn.run(rate_network, samples, targets, record=("burst_prob",))
    for layer, name in enumerate(("hidden1", "output")):
        at_rest = probabilities[name, False]
        assert abs(at_rest.mean() - 0.5) < 0.01
        # Events burst by chance, one by one: their counting noise, and that of feedback.
        deviations = (at_rest - 0.5) / np.sqrt(0.25 / counts[name, False])
        assert deviations.std() < 2
        expected = (rates.values("burst_prob", layer) - 0.5).ravel()
        moved = probabilities[name, True] - 0.5
        weights = counts[name, True]
        correlation = np.cov([expected, moved], aweights=weights)
        assert correlation[0, 1] / np.sqrt(correlation[0, 0] * correlation[1, 1]) > 0.9
        slopes[name] = correlation[0, 1] / correlation[0, 0]
    # The sigmoid of the burst probability bends what is linear in the rate network.
    assert slopes == pytest.approx({"hidden1": 0.75, "output": 0.9}, abs=0.15)


def test_synapses_bring_each_neuron_the_same_current(rate_network, spiking):
    for number, layer in enumerate(rate_network.layers, start=1):
        connection = next(c for c in spiking.connections if c.name == f"weight{number}")
        size = spiking.population(connection.target).size
        sums = np.bincount(connection.postsynaptic, connection.weight, minlength=size)
        lasting = MAX_RATE / 1000 / (1 - np.exp(-1 / RATE_NEURON.synapse_time))
        wanted = CURRENT * layer.weight.sum(axis=1)
        np.testing.assert_allclose(
            sums.reshape(-1, 100) * lasting, wanted[:, None] + 0 * sums[:100]
        )
    burst, event = spiking.connections[-2:]
    assert (burst.message, event.message) == ("bursts", "events")
    np.testing.assert_array_equal(burst.presynaptic, event.presynaptic)
    np.testing.assert_array_equal(burst.postsynaptic, event.postsynaptic)
    np.testing.assert_allclose(event.weight, -0.5 * burst.weight)


def test_the_same_seed_gives_the_same_synapses(rate_network):
    first, same, other = (
        from_rate(rate_network, neurons=30, seed=seed, feedback=False) for seed in (0, 0, 1)
    )
    assert first.teacher is None
    assert [connection.name for connection in first.connections] == ["weight1", "weight2"]
    arrays = [network.connections[0].presynaptic for network in (first, same, other)]
    np.testing.assert_array_equal(arrays[0], arrays[1])
    assert not np.array_equal(arrays[0], arrays[2])


def test_fixed_networks_are_mapped_by_what_their_integers_stand_for(rate_network):
    samples = np.random.default_rng(0).random((50, SIZES[0]))
    integers = mapping.quantise(rate_network, samples)
    of_float, of_fixed = (from_rate(each, neurons=30) for each in (rate_network, integers))
    for exact, rounded in zip(of_float.connections, of_fixed.connections, strict=True):
        matrices = []
        for connection in (exact, rounded):
            shape = (of_float.population(name).ensembles for name in (exact.target, exact.source))
            matrix = np.zeros(tuple(shape))
            ends = (connection.postsynaptic // 30, connection.presynaptic // 30)
            np.add.at(matrix, ends, connection.weight)
            matrices.append(matrix)
        np.testing.assert_allclose(*matrices, atol=np.abs(matrices[0]).max() / 60)
    for exact, rounded in zip(of_float.populations, of_fixed.populations, strict=True):
        np.testing.assert_allclose(exact.bias, rounded.bias, atol=0.05 * CURRENT)


def test_an_enormous_weight_spoils_neither_calibration_nor_integers(rate_network):
    samples = np.random.default_rng(0).random((50, SIZES[0]))
    samples[:, 0] = 0
    below, *above = rate_network.layers
    weight = below.weight / 10
    enormous = weight.copy()
    enormous[0, 0] = 60.0
    small, harmed = (
        replace(rate_network, layers=(replace(below, weight=matrix), *above))
        for matrix in (weight, enormous)
    )
    healthy, outlier = (from_rate(each, neurons=30) for each in (small, harmed))
    for exact, other in zip(healthy.populations, outlier.populations, strict=True):
        np.testing.assert_allclose(exact.bias, other.bias, atol=0.1 * CURRENT)
    with pytest.warns(RoundingWarning, match="give from_rate what mapping.quantise makes"):
        quantise(outlier)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RoundingWarning)
        quantise(from_rate(mapping.quantise(harmed, samples), neurons=30))


def test_small_ensembles_are_warned_of(rate_network):
    with pytest.warns(UserWarning, match=r"10 neurons are too small.*deviation of 3\.2 Hz"):
        from_rate(rate_network, neurons=10, connection_probability=0.5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"neurons": 0}, "neurons must be an integer of at least 1"),
        ({"neurons": 10.5}, "neurons must be an integer of at least 1"),
        ({"connection_probability": 0.0}, "connection_probability"),
        ({"connection_probability": 1.1}, "connection_probability"),
        ({"max_rate_hz": 50.0}, "refractory"),
        ({"max_rate_hz": float("nan")}, "max_rate_hz"),
        ({"current_per_unit": -1.0}, "current_per_unit"),
        ({"neuron": NeuronParameters()}, "burst-Poisson"),
        ({"time_step_ms": 20.0}, "below the time step"),
    ],
)
def test_bad_parameters(rate_network, changes, message):
    with pytest.raises(InvalidInputError, match=message):
        from_rate(rate_network, **changes)


def test_bad_samples(spiking):
    with pytest.raises(InvalidInputError):
        input_currents(spiking, np.zeros((2, SIZES[0] + 1)))
    with pytest.raises(InvalidInputError):
        input_currents(spiking, np.full((2, SIZES[0]), 1.5))
    neuron = replace(RATE_NEURON, gain_rate=np.inf)
    with pytest.raises(InvalidInputError, match="from_rate"):
        input_currents(SpikingNetwork((Population("input", 1, 1, neuron),)), np.zeros((1, 1)))


def test_intervals_must_fit_the_samples(spiking):
    result = SpikingSimulator(spiking).run(
        input_currents(spiking, np.zeros((2, SIZES[0]))), sample_steps=30, interval_steps=20
    )
    with pytest.raises(InvalidInputError, match="interval_steps"):
        decode(result, 2)
    with pytest.raises(InvalidInputError, match="skip"):
        decode(result, 3, skip=1)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_digits_from_spikes():
    data = datasets.load("digits")
    normalize = (float(data.train_inputs.mean()), float(data.train_inputs.std()))
    model = burst_mlp((64, 32, 10), normalize=normalize, generator=torch.Generator().manual_seed(0))
    training, test = (
        (torch.from_numpy(inputs), torch.from_numpy(labels))
        for inputs, labels in (
            (data.train_inputs, data.train_labels),
            (data.test_inputs, data.test_labels),
        )
    )
    train(model, training, test, TrainingConfig(seed=0))
    network = from_rate(mapping.from_torch(model, precision="float"), feedback=False)
    for described in (network, quantise(network)):
        result = SpikingSimulator(described).run(
            input_currents(described, data.test_inputs), sample_steps=200, interval_steps=100
        )
        event_rate = decode(result, len(data.test_inputs), skip=1)
        assert metrics.accuracy(event_rate, data.test_labels) >= 0.94
