"""The description of a network of spiking ensembles, with its parameters as published.

What is exported here is the API.
"""

from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.homeostasis import HomeostaticLearning
from lava_bccn.network.spiking.network import SpikingNetwork, Teacher
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.plasticity import SpikeLearning
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.storage import load
from lava_bccn.network.spiking.stp import (
    DEPRESSING,
    FACILITATING,
    FAST_FACILITATING,
    SLOW_DEPRESSING,
    SLOW_FACILITATING,
    StpParameters,
)
from lava_bccn.network.spiking.synapses import random_synapses

__all__ = [
    "DEPRESSING",
    "FACILITATING",
    "FAST_FACILITATING",
    "SLOW_DEPRESSING",
    "SLOW_FACILITATING",
    "Connection",
    "HomeostaticLearning",
    "NeuronParameters",
    "Population",
    "SpikeLearning",
    "SpikingNetwork",
    "StpParameters",
    "Teacher",
    "load",
    "random_synapses",
]
