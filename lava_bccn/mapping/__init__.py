"""From trained PyTorch models to the one description that every executor reads."""

from lava_bccn.mapping.from_torch import from_torch
from lava_bccn.mapping.network import MappedLayer, MappedNetwork
from lava_bccn.mapping.quantise import LayerRounding, quantise, rounding_report
from lava_bccn.mapping.storage import load, save

__all__ = [
    "LayerRounding",
    "MappedLayer",
    "MappedNetwork",
    "from_torch",
    "load",
    "quantise",
    "rounding_report",
    "save",
]
