"""A state variable of the bursting neuron is declared once, where its equations are."""

import numpy as np
import pytest

from lava_bccn.dynamics.spiking.neuron import COUNTED, INITIAL, STATES
from lava_bccn.mapping.spiking import quantise
from lava_bccn.sim.spiking import SpikingSimulator
from tests.spiking_networks import spiking_network


@pytest.mark.lava
def test_every_state_is_a_var_of_the_process_that_starts_where_it_should():
    from lava_bccn.processes import BurstingNeuron

    neuron = BurstingNeuron(shape=(3,))
    for state in STATES:
        declared = getattr(neuron, state)
        assert declared.shape == (3,) and declared.init == INITIAL.get(state, 0)
    assert {var.name for var in neuron.vars} == {*STATES, "bias"}


@pytest.mark.lava
def test_every_state_is_declared_by_both_models():
    from lava.magma.core.model.py.type import LavaPyType

    from lava_bccn.processes.bursting_neuron.models import (
        PyBurstingNeuronModelFixed,
        PyBurstingNeuronModelFloat,
    )

    for state in STATES:
        fixed = LavaPyType(np.ndarray, np.int64, precision=COUNTED.get(state, 24))
        floating = LavaPyType(np.ndarray, np.int64 if state in COUNTED else float)
        assert getattr(PyBurstingNeuronModelFixed, state) == fixed
        assert getattr(PyBurstingNeuronModelFloat, state) == floating


@pytest.mark.lava
def test_every_state_of_a_population_is_a_var_of_the_network():
    from lava_bccn.processes import SpikingBurstCCN

    network = spiking_network(teacher=False)
    process = SpikingBurstCCN(network, np.zeros((1, 5)), sample_steps=1)
    for population in network.populations:
        for state in STATES:
            assert getattr(process, f"{population.name}_{state}").shape == (population.size,)


@pytest.mark.parametrize("is_fixed", [False, True])
def test_every_state_is_in_the_simulators_checkpoint(is_fixed):
    network = spiking_network()
    if is_fixed:
        network = quantise(network)
    arrays = SpikingSimulator(network).arrays()
    for population in network.populations:
        for state in STATES:
            array = arrays[f"{population.name}/{state}"]
            assert array.dtype == (np.int64 if is_fixed or state in COUNTED else np.float64)
            np.testing.assert_array_equal(array, np.full(population.size, INITIAL.get(state, 0)))
