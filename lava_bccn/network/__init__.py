"""The one description of a network, which training, mapping and every executor share.

What is exported here, and in ``spiking`` for networks of spiking ensembles, is the API.
"""

from typing import TYPE_CHECKING

from lava_bccn.lazy import attach
from lava_bccn.network.dale import DaleFeedback, DaleLayer, DaleNetwork
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.engine_state import EngineState
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.output import Output
from lava_bccn.network.plasticity import LayerPlasticity, plasticity
from lava_bccn.network.regimes import BURST_REGIMES, EVENT_REGIMES, FeedbackRegime
from lava_bccn.network.storage import load
from lava_bccn.network.time import ContinuousTime

if TYPE_CHECKING:
    from . import spiking as spiking
else:
    __getattr__, __dir__ = attach(__name__, __file__)

__all__ = [
    "BURST_REGIMES",
    "EVENT_REGIMES",
    "ContinuousTime",
    "DaleFeedback",
    "DaleLayer",
    "DaleNetwork",
    "EngineOptions",
    "EngineState",
    "FeedbackRegime",
    "LayerPlasticity",
    "LearningConfig",
    "MappedLayer",
    "MappedNetwork",
    "Output",
    "load",
    "plasticity",
]
