"""The description of spiking networks, and its integers."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.errors import InvalidInputError, RoundingWarning
from lava_bccn.mapping.spiking import quantise
from lava_bccn.mapping.spiking.quantise import weight_unit
from lava_bccn.network.spiking import (
    Connection,
    HomeostaticLearning,
    NeuronParameters,
    Population,
    SpikeLearning,
    SpikingNetwork,
    StpParameters,
    Teacher,
    random_synapses,
)
from lava_bccn.network.spiking.units import StepUnits
from tests.spiking_networks import spiking_network

NEURON = NeuronParameters()


def connection(weights, **changes):
    count = len(weights)
    described = {
        "name": "w",
        "source": "a",
        "target": "b",
        "compartment": "soma",
        "message": "events",
        "presynaptic": np.zeros(count, np.int32),
        "postsynaptic": np.arange(count, dtype=np.int32),
        "weight": np.asarray(weights, float),
    }
    return Connection(**{**described, **changes})


def network(weights, **changes):
    populations = (Population("a", 1, 1, NEURON), Population("b", 1, max(1, len(weights)), NEURON))
    return SpikingNetwork(populations, (connection(weights, **changes),))


@pytest.mark.filterwarnings("ignore::lava_bccn.errors.RoundingWarning")
@given(st.lists(st.floats(-500, 500), min_size=1, max_size=20))
def test_an_integer_weight_is_the_nearest(weights):
    fixed = quantise(network(weights)).connections[0]
    unit = weight_unit(fixed, Population("b", 1, 1, NEURON), StepUnits(1.0, "fixed"))
    assert np.abs(fixed.weight.astype(int)).max() <= 127
    np.testing.assert_allclose(fixed.weight * unit, weights, atol=unit / 2 * (1 + 1e-9))


def test_event_feedback_of_p_baseline_y_has_the_integers_of_y():
    fixed = quantise(spiking_network())
    burst, event = fixed.connections[2:]
    np.testing.assert_array_equal(event.weight, -burst.weight)
    assert event.exponent == burst.exponent - 1


def test_quantising_twice_changes_nothing():
    fixed = quantise(spiking_network(stp=True))
    assert quantise(fixed) is fixed


def test_weights_that_become_0_beside_an_enormous_one_are_warned_of():
    weights = np.array([1000.0, *np.linspace(0.5, 1.5, 19)])
    with pytest.warns(
        RoundingWarning, match=r"'w' keeps 5\.0% of its weights .* 1\.03 pA.*numpy\.clip"
    ):
        quantise(network(weights))
    rule = SpikeLearning(1.0, low=0, high=1000)
    with pytest.warns(RoundingWarning, match="narrow the range"):
        quantise(network(weights[1:], learning=rule))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quantise(network(np.clip(weights, -2, 2)))
        quantise(network(weights[1:], learning=replace(rule, high=5.0)))


@pytest.mark.parametrize("name", ["soma_time", "synapse_time", "dendrite_time", "threshold_time"])
def test_a_time_constant_below_the_step_is_refused(name):
    neuron = replace(NEURON, **{name: 0.4})
    with pytest.raises(InvalidInputError, match=f"{name} is 0.4 ms, below the time step of 1 ms"):
        neuron.constants(StepUnits(1.0, "float"))
    neuron.constants(StepUnits(0.2, "float"))


def test_a_time_constant_beyond_12_bits_is_refused_in_integers():
    neuron = replace(NEURON, adaptation_time=20_000.0)
    neuron.constants(StepUnits(1.0, "float"))
    with pytest.raises(InvalidInputError, match="longest"):
        neuron.constants(StepUnits(1.0, "fixed"))


@pytest.mark.parametrize("value", [-0.1, 1.2, float("nan")])
def test_probabilities_outside_0_and_1_are_refused(value):
    with pytest.raises(InvalidInputError, match=r"in \[0, 1\]"):
        StpParameters(20.0, 100.0, value, 0.1)
    with pytest.raises(InvalidInputError, match=r"in \[0, 1\]"):
        random_synapses(np.random.default_rng(0), (0, 5), (0, 5), value)
    with pytest.raises(InvalidInputError, match="probability"):
        SpikeLearning(1.0, p_baseline=value)


def test_weights_that_overflow_24_bits_are_refused():
    count = 2000
    populations = (Population("a", 1, count, NEURON), Population("b", 1, 1, NEURON))
    every = np.arange(count, dtype=np.int32)
    described = SpikingNetwork(
        populations,
        (connection(np.full(count, 1000.0), presynaptic=every, postsynaptic=0 * every),),
    )
    with pytest.raises(InvalidInputError, match="24 bits"):
        quantise(described)


def test_fixed_point_needs_a_power_of_two_and_limits():
    rule = SpikeLearning(1.0, p_baseline=0.3, low=-10, high=10)
    with pytest.raises(InvalidInputError, match="2\\^-k"):
        quantise(network([1.0], learning=rule))
    with pytest.raises(InvalidInputError, match="without limits"):
        quantise(network([1.0], learning=SpikeLearning(1.0)))
    moving = SpikeLearning(1.0, low=-10, high=10, average_time=2000.0)
    with pytest.raises(InvalidInputError, match="divides"):
        quantise(network([1.0], learning=moving))
    with pytest.raises(InvalidInputError, match="unit of the integer"):
        quantise(network([1.0], learning=SpikeLearning(1e-12, low=-10, high=10)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"compartment": "axon"}, "compartment"),
        ({"message": "spike"}, "message"),
        ({"stp": StpParameters(20, 100, 0.5, 0.1)}, "reads spikes"),
        ({"delay": 0}, "at least 1 step"),
        ({"receptor_time": 0.0}, "receptor_time of connection"),
        ({"homeostasis": HomeostaticLearning(1.0)}, "reads the current of dendrites"),
        (
            {
                "compartment": "apical",
                "homeostasis": HomeostaticLearning(1.0),
                "learning": SpikeLearning(1.0),
            },
            "both learning and homeostasis",
        ),
        ({"weight": np.array([np.inf, 1.0])}, "NaN or infinite, the first at .0."),
        ({"postsynaptic": np.array([1, 0], np.int32)}, "sort"),
        ({"postsynaptic": np.array([0], np.int32)}, "same number"),
        ({"postsynaptic": np.array([0, 7], np.int32)}, "beyond the 2"),
        ({"target": "c"}, "no population 'c'; there are a, b"),
    ],
)
def test_what_a_connection_refuses(changes, message):
    with pytest.raises(InvalidInputError, match=message):
        network([1.0, 2.0], **changes)


def test_a_teacher_needs_its_population():
    with pytest.raises(InvalidInputError, match="no population 'x'"):
        SpikingNetwork((Population("a", 1, 1, NEURON),), teacher=Teacher("x", 1.0))


def test_expected_noise_of_an_ensemble_is_that_of_poisson_processes():
    population = Population("a", 1, 100, NEURON)
    counts = np.random.default_rng(0).poisson(10 * 100 * 0.2, 20_000) / (100 * 0.2)
    assert population.rate_noise(10.0, 200.0) == pytest.approx(counts.std(), rel=0.03)
