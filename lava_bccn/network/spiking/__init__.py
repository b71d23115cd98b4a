"""The description of a network of spiking ensembles, with its parameters as published."""

from lava_bccn.network.spiking.network import (
    Connection,
    Population,
    SpikingNetwork,
    Teacher,
    random_synapses,
)
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.plasticity import SpikeLearning
from lava_bccn.network.spiking.storage import load
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
    "load",
    "random_synapses",
]
