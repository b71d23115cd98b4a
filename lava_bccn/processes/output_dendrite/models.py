"""CPU models of ``OutputDendrite``."""

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_bccn.dynamics.ensembles import Precision
from lava_bccn.processes.arithmetic import checked
from lava_bccn.processes.output_dendrite.process import OutputDendrite


class AbstractPyOutputDendriteModel(PyLoihiProcessModel):
    """One step, in either arithmetic."""

    precision: Precision

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.ensembles = checked(proc_params["ensembles"], self.precision, self)

    def run_spk(self) -> None:
        """Receive events and the teacher, send bursts."""
        event_rate = self.event_in.recv()
        self.burst_prob = self.ensembles.teacher_burst_prob(self.target_in.recv(), event_rate)
        self.burst_rate = self.ensembles.burst_rate(self.burst_prob, event_rate)
        self.burst_out.send(self.burst_rate)
        self.deviation_out.send(self.ensembles.burst_deviation(self.burst_rate, event_rate))


@implements(proc=OutputDendrite, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyOutputDendriteModelFloat(AbstractPyOutputDendriteModel):
    """Floating point."""

    precision: Precision = "float"
    event_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    target_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    burst_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    deviation_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    burst_prob: np.ndarray = LavaPyType(np.ndarray, float)
    burst_rate: np.ndarray = LavaPyType(np.ndarray, float)


@implements(proc=OutputDendrite, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyOutputDendriteModelFixed(AbstractPyOutputDendriteModel):
    """Loihi 2 integers."""

    precision: Precision = "fixed"
    event_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64, precision=24)
    target_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64, precision=24)
    burst_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    deviation_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    burst_prob: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=24)
    burst_rate: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=24)
