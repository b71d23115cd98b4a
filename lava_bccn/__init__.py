"""lava-bccn: bursting cortico-cortical networks in PyTorch, on Lava and for Loihi 2.

``nn`` trains, ``mapping`` converts, ``sim`` and ``processes`` execute; :func:`run` is one call for
every executor.
"""

from importlib import metadata

from lava_bccn.backends.execution import run, run_continuous
from lava_bccn.backends.result import RunResult
from lava_bccn.network import ContinuousTime, LearningConfig, MappedLayer, MappedNetwork, load

__version__ = metadata.version("lava-bccn")

__all__ = [
    "ContinuousTime",
    "LearningConfig",
    "MappedLayer",
    "MappedNetwork",
    "RunResult",
    "load",
    "run",
    "run_continuous",
]
