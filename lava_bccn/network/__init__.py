"""The one description of a network, which training, mapping and every executor share."""

from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.plasticity import LayerPlasticity, plasticity
from lava_bccn.network.storage import load
from lava_bccn.network.time import ContinuousTime

__all__ = [
    "ContinuousTime",
    "LayerPlasticity",
    "LearningConfig",
    "MappedLayer",
    "MappedNetwork",
    "load",
    "plasticity",
]
