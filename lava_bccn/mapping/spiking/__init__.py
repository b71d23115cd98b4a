"""Spiking networks: their description, its parameters as published, and Loihi 2 integers."""

from lava_bccn.mapping.spiking.quantise import quantise
from lava_bccn.network.spiking.network import (
    Connection,
    Population,
    SpikingNetwork,
    Teacher,
    random_synapses,
)
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.plasticity import SpikeLearning
from lava_bccn.network.spiking.stp import DEPRESSING, FACILITATING, StpParameters

__all__ = [
    "DEPRESSING",
    "FACILITATING",
    "Connection",
    "NeuronParameters",
    "Population",
    "SpikeLearning",
    "SpikingNetwork",
    "StpParameters",
    "Teacher",
    "quantise",
    "random_synapses",
]
