"""lava-bccn: bursting cortico-cortical networks in PyTorch, on Lava and for Loihi 2.

``nn`` trains, ``mapping`` converts, ``sim`` and ``processes`` execute; :func:`run` is one call for
every executor.
"""

from importlib import metadata

from lava_bccn.backends.execution import run, run_continuous
from lava_bccn.backends.result import RunResult
from lava_bccn.continuous_time import ContinuousTime
from lava_bccn.learning_config import LearningConfig
from lava_bccn.mapping.layer import MappedLayer
from lava_bccn.mapping.network import MappedNetwork

__version__ = metadata.version("lava-bccn")

__all__ = [
    "ContinuousTime",
    "LearningConfig",
    "MappedLayer",
    "MappedNetwork",
    "RunResult",
    "run",
    "run_continuous",
]
