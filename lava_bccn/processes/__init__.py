"""BurstCCN as Lava Processes: on the CPU today, on Loihi 2 where there is one.

A folder each, with ``process.py`` (ports and Vars) and ``models.py`` (``floating_pt`` and
``fixed_pt``). What is exported here is the API. Importing it needs Lava
(``lava_bccn.lava_nc`` says what to do where there is none).
"""

from lava_bccn.lava_nc import import_lava
from lava_bccn.processes.confined import confine

import_lava()

from lava_bccn.processes.apical_dendrite.process import ApicalDendrite
from lava_bccn.processes.burst_ccn.process import BurstCCN
from lava_bccn.processes.bursting_neuron.process import BurstingNeuron
from lava_bccn.processes.convolution.process import Convolution
from lava_bccn.processes.current_source.process import CurrentSource
from lava_bccn.processes.dale_burst_ccn.process import DaleBurstCCN
from lava_bccn.processes.engine_burst_ccn.process import EngineBurstCCN
from lava_bccn.processes.engine_ensemble.process import EngineEnsemble
from lava_bccn.processes.engine_output.process import EngineOutput
from lava_bccn.processes.forward_noise.process import ForwardNoise
from lava_bccn.processes.interneurons.process import Ndnf, Pv, Sst, TonicExcitation, Vip
from lava_bccn.processes.output_dendrite.process import OutputDendrite
from lava_bccn.processes.plastic_dense.process import PlasticDense
from lava_bccn.processes.presentation import Presentation
from lava_bccn.processes.pyramidal_ensemble.process import PyramidalEnsemble
from lava_bccn.processes.rate_teacher.process import RateTeacher
from lava_bccn.processes.runtime import on_cpu, running
from lava_bccn.processes.sample_slot import SampleSlot
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
    "DaleBurstCCN",
    "EngineBurstCCN",
    "EngineEnsemble",
    "EngineOutput",
    "ForwardNoise",
    "Ndnf",
    "OutputDendrite",
    "PlasticDense",
    "Presentation",
    "Pv",
    "PyramidalEnsemble",
    "RateTeacher",
    "SampleSlot",
    "SampleSource",
    "Soma",
    "SpikeCounter",
    "SpikingBurstCCN",
    "Sst",
    "StpDense",
    "TonicExcitation",
    "Vip",
    "on_cpu",
    "running",
]
