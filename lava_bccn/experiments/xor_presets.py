"""The circuits that learn XOR, by decoding."""

from __future__ import annotations

from lava_bccn.experiments.xor_network import IDEAL, Decoding, XorCircuit
from lava_bccn.mapping.spiking.neuron import NeuronParameters

STP = XorCircuit(
    # At rest a quarter of the events become bursts, at event rates from 1 to 10 Hz.
    neuron=NeuronParameters(dendrite_background=100.0, dendrite_noise=180.0, gain_rate=14.0),
    soma_background=250.0,
    input_noise=350.0,
    hidden_noise=200.0,
    output_noise=200.0,
    input_low=-110.0,
    input_high=310.0,
    hidden_bias=(-140.0, -140.0),
    output_bias=20.0,
    weight_1=29.0,
    weight_2=(60.0, -60.0),
    limit_1=90.0,
    limit_2=300.0,
    feedback=700.0,
    teacher_gain=25.0,
    rate_1=0.6,
    rate_2=25.0,
    bias_rate_1=4.0,
    bias_rate_2=4.0,
    p_baseline=0.25,
    target_high=8.0,
)
"""Full neurons; depressing synapses read events, facilitating ones bursts from the same spikes."""

CIRCUITS: dict[Decoding, XorCircuit] = {"ideal": IDEAL, "stp": STP}
