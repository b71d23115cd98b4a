"""Teachers that drive dendrites no further than where more error makes more bursts."""

from __future__ import annotations

import re

import pytest

from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.xor_circuit import CIRCUITS
from lava_bccn.experiments.xor_network import output_neuron
from lava_bccn.mapping.spiking import check_teacher_gain
from lava_bccn.network.spiking import NeuronParameters


@pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS)
def test_the_circuits_teachers_do_not_saturate(circuit):
    largest = circuit.target_high - circuit.target_low
    check_teacher_gain(output_neuron(circuit), circuit.teacher_gain, largest)


@pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS)
def test_a_saturating_teacher_is_refused_with_a_gain_that_works(circuit):
    neuron = output_neuron(circuit)
    with pytest.raises(InvalidInputError, match=r"200 pA per Hz saturates .* gain of at most"):
        check_teacher_gain(neuron, 200.0, 6.0)
    with pytest.raises(InvalidInputError) as refused:
        check_teacher_gain(neuron, 200.0, 6.0)
    advised = float(re.search(r"at most ([\d.]+)", str(refused.value))[1])
    check_teacher_gain(neuron, advised, 6.0)


def test_no_teacher_saturates_nothing():
    check_teacher_gain(output_neuron(CIRCUITS["stp"]), 0.0, 6.0)


@pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS)
@pytest.mark.parametrize("gain", [0.01, 1.0, 5.0])
def test_a_weak_teacher_saturates_nothing(circuit, gain):
    check_teacher_gain(output_neuron(circuit), gain, 6.0)


def test_a_neuron_that_cannot_fire_is_told_what_it_needs():
    slow = NeuronParameters.burst_poisson_neuron(refractory=500.0)
    with pytest.raises(InvalidInputError, match=r"measured at 5; give it a shorter refractory"):
        check_teacher_gain(slow, 10.0, 6.0)
