"""BurstCCN as Lava Processes: on the CPU today, on Loihi 2 where there is one.

A folder each, with ``process.py`` (ports and Vars) and ``models.py`` (``floating_pt`` and
``fixed_pt``). What is exported here is the API. Lava (lava-nc 0.10) exists for Python 3.10 only.
"""

import sys

from lava_bccn.children import start_method_kept
from lava_bccn.errors import BackendUnavailableError
from lava_bccn.processes.confined import confine

try:
    with start_method_kept():
        import lava.magma.core.process.process  # noqa: F401
except Exception as _error:  # lava-nc fails in many ways on other Pythons
    _python = "Python " + ".".join(str(part) for part in sys.version_info[:2])
    raise BackendUnavailableError(
        f"lava_bccn.processes needs Lava (lava-nc 0.10), which cannot be imported here ({_python}: "
        f"{type(_error).__name__}: {_error}). Lava exists for Python 3.10 only: make an "
        "environment with it (uv venv --python 3.10), or use backend='sim', which gives the same "
        "bits without Lava"
    ) from _error

from lava_bccn.processes.apical_dendrite.process import ApicalDendrite
from lava_bccn.processes.burst_ccn.process import BurstCCN
from lava_bccn.processes.bursting_neuron.process import BurstingNeuron
from lava_bccn.processes.convolution.process import Convolution
from lava_bccn.processes.current_source.process import CurrentSource
from lava_bccn.processes.output_dendrite.process import OutputDendrite
from lava_bccn.processes.plastic_dense.process import PlasticDense
from lava_bccn.processes.presentation import Presentation
from lava_bccn.processes.pyramidal_ensemble.process import PyramidalEnsemble
from lava_bccn.processes.rate_teacher.process import RateTeacher
from lava_bccn.processes.runtime import on_cpu, running
from lava_bccn.processes.sample_source.process import SampleSource
from lava_bccn.processes.soma.process import Soma
from lava_bccn.processes.spike_counter.process import SpikeCounter
from lava_bccn.processes.spiking_burst_ccn.process import SpikingBurstCCN
from lava_bccn.processes.stp_dense.process import StpDense

confine()

__all__ = [
    "ApicalDendrite",
    "BurstCCN",
    "BurstingNeuron",
    "Convolution",
    "CurrentSource",
    "OutputDendrite",
    "PlasticDense",
    "Presentation",
    "PyramidalEnsemble",
    "RateTeacher",
    "SampleSource",
    "Soma",
    "SpikeCounter",
    "SpikingBurstCCN",
    "StpDense",
    "on_cpu",
    "running",
]
