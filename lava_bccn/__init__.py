"""lava-bccn: bursting cortico-cortical networks in PyTorch, on Lava and for Loihi 2.

``nn`` trains, ``mapping`` converts, ``sim`` and ``processes`` execute; :func:`run` is one call for
every executor. The public API is what ``__all__`` lists here and in each of the rooms below, which
are attributes of this package. All of it is imported when it is first used.
"""

from __future__ import annotations

from lava_bccn.lazy import TYPE_CHECKING, attach

if TYPE_CHECKING:
    from lava_bccn.backends.execution import run, run_continuous
    from lava_bccn.backends.result import RunResult
    from lava_bccn.backends.running import Running, opened
    from lava_bccn.backends.spikes import run_spikes
    from lava_bccn.mapping.torch.models import from_torch
    from lava_bccn.network.dale.network import DaleNetwork
    from lava_bccn.network.layer import MappedLayer
    from lava_bccn.network.learning import LearningConfig
    from lava_bccn.network.network import MappedNetwork
    from lava_bccn.network.rate_network import load
    from lava_bccn.network.spiking.network import SpikingNetwork
    from lava_bccn.network.time import ContinuousTime
    from lava_bccn.sim.spiking.result import SpikingResult
    from lava_bccn.version import __version__

    # Rooms: from lava_bccn import * leaves them out, for processes cannot do without Lava.
    from . import backends as backends
    from . import datasets as datasets
    from . import dynamics as dynamics
    from . import errors as errors
    from . import experiments as experiments
    from . import loihi2 as loihi2
    from . import mapping as mapping
    from . import metrics as metrics
    from . import network as network
    from . import networks as networks
    from . import neurobench as neurobench
    from . import nn as nn
    from . import online as online
    from . import plots as plots
    from . import processes as processes
    from . import sim as sim
    from . import view as view
else:
    __getattr__, __dir__ = attach(__name__, __file__)

__all__ = [
    "ContinuousTime",
    "DaleNetwork",
    "LearningConfig",
    "MappedLayer",
    "MappedNetwork",
    "RunResult",
    "Running",
    "SpikingNetwork",
    "SpikingResult",
    "__version__",
    "from_torch",
    "load",
    "opened",
    "run",
    "run_continuous",
    "run_spikes",
]
