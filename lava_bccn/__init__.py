"""lava-bccn: bursting cortico-cortical networks in PyTorch, on Lava and for Loihi 2.

``nn`` trains, ``mapping`` converts, ``sim`` and ``processes`` execute; :func:`run` is one call for
every executor.
"""

from importlib import metadata

from lava_bccn.backends.execution import run
from lava_bccn.backends.result import RunResult
from lava_bccn.learning_config import LearningConfig
from lava_bccn.mapping.network import MappedLayer, MappedNetwork

__version__ = metadata.version("lava-bccn")

__all__ = ["LearningConfig", "MappedLayer", "MappedNetwork", "RunResult", "run"]
