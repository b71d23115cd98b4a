"""A population's step, field by field, is that of the equations as they stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lava_bccn.dynamics.spiking.background import background_key, gaussian, neuron_draw
from lava_bccn.dynamics.spiking.firing import advance
from lava_bccn.dynamics.spiking.neuron import COUNTED, STATES, NeuronInput, NeuronState
from lava_bccn.mapping.spiking import quantise
from lava_bccn.network.spiking import NeuronParameters, Population, SpikingNetwork
from lava_bccn.network.spiking.constants import stimulus_currents
from lava_bccn.sim.spiking.neurons import BLOCK
from lava_bccn.sim.spiking.simulator import SpikingSimulator

FULL = NeuronParameters(
    soma_background=400.0, soma_noise=300.0, dendrite_background=200.0, dendrite_noise=150.0
)
POISSON = NeuronParameters.burst_poisson_neuron(
    soma_background=400.0, soma_noise=200.0, dendrite_noise=80.0, dendrite_background=316.0
)
NEURONS = {
    "full": FULL,
    "full with a gain": replace(FULL, gain_rate=30.0),
    "full without noise": replace(FULL, soma_noise=0.0, dendrite_noise=0.0),
    "burst-Poisson": POISSON,
    "burst-Poisson with a gain": replace(POISSON, gain_rate=20.0, dendrite_noise=0.0),
    "only a plateau in the soma": replace(FULL, plateau=0.0, refractory=0.0),
}
STEPS, SEED = 100, 3


@pytest.mark.parametrize("is_fixed", [False, True], ids=["float", "fixed"])
@pytest.mark.parametrize("neuron", NEURONS.values(), ids=NEURONS)
@pytest.mark.parametrize("size", [3, BLOCK, 2 * BLOCK + 9])
def test_neurons_take_the_step_of_the_equations_to_the_bit(size, neuron, is_fixed):
    generator = np.random.default_rng(size)
    bias = generator.normal(0, 200, size)
    # Ensembles of one neuron, so that each has currents of its own.
    network = SpikingNetwork((Population("a", size, 1, neuron, bias),))
    if is_fixed:
        network = quantise(network)
    units, simulator = network.units, SpikingSimulator(network, SEED)
    arrays, fired = simulator.arrays(), 0
    for name in STATES:
        if name in COUNTED:
            arrays[f"a/{name}"][:] = generator.integers(0, 2 ** min(COUNTED[name], 5), size)
        else:
            arrays[f"a/{name}"][:] = generator.exponential(2e3 if is_fixed else 0.5, size)
    if not neuron.burst_poisson:
        arrays["a/until_second"][:] = 0
    state = NeuronState(*(arrays[f"a/{name}"].copy() for name in STATES))
    neurons = np.arange(size, dtype=np.uint32)
    for step in range(STEPS):
        # Enough for spikes, bursts, and potentials that saturate.
        spread = 1e6 if step == 40 else 500.0
        soma, apical = generator.normal(0, spread, (2, 1, size))
        result = simulator.run(soma, apical, sample_steps=1, record_flags=True)
        key = background_key(np.array([SEED]), step, 0)
        noise = [gaussian(neuron_draw(key, neurons, number)) for number in range(2)]
        given = NeuronInput(
            stimulus_currents(network, soma, "soma")[0],
            stimulus_currents(network, apical, "apical")[0],
            arrays["a/bias"],
            *noise,
            neuron_draw(key, neurons, 2).astype(np.int64),
        )
        state, flags = advance(state, given, network.populations[0].neuron.constants(units))
        np.testing.assert_array_equal(result.flags[0], flags)
        for name in STATES:
            np.testing.assert_array_equal(arrays[f"a/{name}"], getattr(state, name), name)
        fired += np.count_nonzero(flags)
    assert fired > 0
