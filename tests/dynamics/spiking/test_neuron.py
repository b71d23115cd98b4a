"""The bursting neuron: its potentials are those of the published equations."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lava_bccn.dynamics.spiking.firing import advance
from lava_bccn.dynamics.spiking.neuron import SPIKE
from lava_bccn.network.spiking import NeuronParameters
from tests.dynamics.spiking.neurons import FIXED, FLOAT, at_rest, given_input

BOTH = pytest.mark.parametrize("units", [FLOAT, FIXED], ids=["float", "fixed"])
CASES = [
    NeuronParameters(),
    NeuronParameters(gain_rate=60.0),
    NeuronParameters(soma_background=300.0, dendrite_background=150.0, refractory=5.0),
]


def reference(neuron: NeuronParameters, soma_pa: np.ndarray, apical_pa: np.ndarray) -> list:
    """One neuron of the published equations, exponential Euler in mV, pA and ms: V_s, V_d, spikes.

    ``soma_pa``, ``apical_pa``: by how much synaptic currents rise in each step.
    """

    def leak_to(potential, current, time, capacitance):
        end = neuron.rest + current * time / capacitance
        return end + (potential - end) * math.exp(-1 / time)

    def active(potential):
        return 1 / (1 + math.exp(-(potential - neuron.plateau_half) / neuron.plateau_width))

    soma = dendrite = neuron.rest
    soma_synapse = apical_synapse = soma_adaptation = lifted = rate = 0.0
    filtered, last_spike, trajectory = neuron.rest, -math.inf, []
    for t, (soma_in, apical_in) in enumerate(zip(soma_pa, apical_pa, strict=True)):
        soma_synapse = soma_synapse * math.exp(-1 / neuron.synapse_time) + soma_in
        apical_synapse = apical_synapse * math.exp(-1 / neuron.synapse_time)
        apical_synapse += max(0.0, 1 - rate / neuron.gain_rate) * apical_in
        plateau = active(dendrite)
        current = apical_synapse + neuron.dendrite_background + neuron.plateau * plateau
        current += neuron.pulse * (1 <= t - last_spike <= 2)
        current -= neuron.dendrite_adaptation * (filtered - neuron.rest)
        kept = math.exp(-1 / neuron.dendrite_adaptation_time)
        filtered = dendrite + (filtered - dendrite) * kept
        dendrite = leak_to(dendrite, current, neuron.dendrite_time, neuron.dendrite_capacitance)
        current = soma_synapse + neuron.soma_background + neuron.dendrite_to_soma * plateau
        current -= soma_adaptation
        soma = leak_to(soma, current, neuron.soma_time, neuron.soma_capacitance)
        soma_adaptation *= math.exp(-1 / neuron.adaptation_time)
        lifted *= math.exp(-1 / neuron.threshold_time)
        rate *= math.exp(-1 / neuron.gain_time)
        if t - last_spike < neuron.refractory:
            soma = neuron.rest
        spikes = soma >= neuron.threshold + lifted
        if spikes:
            rate += (
                (t - last_spike >= neuron.burst_window) * 1000 * -math.expm1(-1 / neuron.gain_time)
            )
            soma, last_spike = neuron.rest, t
            soma_adaptation += neuron.adaptation_jump
            lifted += neuron.threshold_jump
        trajectory.append((soma, dendrite, spikes))
    return [np.array(values) for values in zip(*trajectory, strict=True)]


@pytest.mark.parametrize("neuron", CASES)
@pytest.mark.parametrize("seed", range(3))
def test_a_noisy_trajectory_is_that_of_the_published_equations(neuron, seed):
    generator = np.random.default_rng(seed)
    soma_pa, apical_pa = generator.normal(90, 150, 600), generator.normal(20, 80, 600)
    expected_soma, expected_dendrite, expected_spikes = reference(neuron, soma_pa, apical_pa)
    assert 3 < expected_spikes.sum() < 200
    constants, state = neuron.constants(FLOAT), at_rest(1, FLOAT)
    somatic = neuron.soma_time / neuron.soma_capacitance * -math.expm1(-1 / neuron.soma_time)
    dendritic = -math.expm1(-1 / neuron.dendrite_time)
    dendritic *= neuron.dendrite_time / neuron.dendrite_capacitance
    for step in range(600):
        arriving = {"soma": soma_pa[[step]] * somatic, "apical": apical_pa[[step]] * dendritic}
        state, flags = advance(state, given_input(1, FLOAT, **arriving), constants)
        assert (flags[0] & SPIKE != 0) == expected_spikes[step]
        assert state.soma[0] + neuron.rest == pytest.approx(expected_soma[step], abs=1e-8)
        assert state.dendrite[0] + neuron.rest == pytest.approx(expected_dendrite[step], abs=1e-8)


def test_integers_follow_the_floating_point_trajectory_below_threshold():
    neuron = NeuronParameters(threshold=500.0, dendrite_background=100.0, gain_rate=20.0)
    generator, count = np.random.default_rng(0), 50
    states = {units: at_rest(count, units) for units in (FLOAT, FIXED)}
    for _ in range(500):
        arriving = {name: generator.normal(0.3, 0.5, count) for name in ("soma", "apical")}
        for units, state in states.items():
            inputs = given_input(count, units, **arriving)
            states[units], flags = advance(state, inputs, neuron.constants(units))
            assert not flags.any()
        for name in ("soma", "dendrite"):
            exact = getattr(states[FLOAT], name)
            error = np.abs(getattr(states[FIXED], name) / 2**12 - exact)
            # At its threshold the regenerative current makes much of what rounding has done.
            assert error.max() < 1.5 and error.mean() < 0.1
    assert states[FLOAT].dendrite.max() > 20  # the plateau, too, was part of it


@BOTH
def test_a_spike_propagates_back_into_the_dendrite(units):
    passive = NeuronParameters(plateau=0.0, dendrite_adaptation=0.0)
    potentials = []
    for neuron in (passive, replace(passive, pulse=0.0)):
        state = at_rest(1, units)
        for step in range(12):
            inputs = given_input(1, units, bias=np.array([100.0 * (step == 0)]))
            state, _ = advance(state, inputs, neuron.constants(units))
            potentials.append(state.dendrite[0] / units.potential(1.0))
    lifted, flat = np.array(potentials[:12]), np.array(potentials[12:])
    assert not flat.any()
    peak = 2600 * 7 / 170 * -math.expm1(-2 / 7)  # 2 ms of 2600 pA into 170 pF with 7 ms
    assert lifted[2] == lifted.max() == pytest.approx(peak, rel=2e-3)
    assert lifted[9] == pytest.approx(peak * math.exp(-1), rel=5e-3)


@BOTH
def test_every_spike_lifts_the_threshold_by_2_mv_and_adaptation_by_200_pa(units):
    neuron = NeuronParameters(refractory=0.0)
    state = at_rest(1, units)
    unit = units.potential(1.0)
    for fire in (True, True, *[False] * 27):
        inputs = given_input(1, units, bias=np.array([100.0 if fire else -100.0]))
        state, _ = advance(state, inputs, neuron.constants(units))
    left = (1 + math.exp(-1 / 27)) * math.exp(-1)
    assert state.threshold[0] / unit == pytest.approx(2 * left, rel=0.02)
    per_spike = 200 * 16 / 370 * -math.expm1(-1 / 16)
    left = (1 + math.exp(-1 / 100)) * math.exp(-27 / 100)
    assert state.soma_adaptation[0] / unit == pytest.approx(per_spike * left, rel=0.02)
