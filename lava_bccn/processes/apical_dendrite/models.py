"""CPU models of ``ApicalDendrite``."""

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_bccn.dynamics.ensembles import Precision
from lava_bccn.processes.apical_dendrite.process import ApicalDendrite
from lava_bccn.processes.arithmetic import checked


class AbstractPyApicalDendriteModel(PyLoihiProcessModel):
    """One step, in either arithmetic."""

    precision: Precision
    apical: np.ndarray

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.ensembles = checked(proc_params["ensembles"], self.precision, self)
        self.presentation_steps = proc_params["presentation_steps"]

    def run_spk(self) -> None:
        """Receive events and feedback, update the potential, send bursts."""
        event_rate = self.event_in.recv()
        self.apical, saturated = self.ensembles.apical(
            self.feedback_burst_in.recv(), self.feedback_event_in.recv(), event_rate, self.apical
        )
        self.burst_prob = self.ensembles.hidden_burst_prob(self.apical, event_rate)
        self.burst_rate = self.ensembles.burst_rate(self.burst_prob, event_rate)
        if self.time_step % self.presentation_steps == 0:
            self.saturations += saturated
        self.burst_out.send(self.burst_rate)
        self.deviation_out.send(self.ensembles.burst_deviation(self.burst_rate, event_rate))
        self.apical_out.send(self.apical)


@implements(proc=ApicalDendrite, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyApicalDendriteModelFloat(AbstractPyApicalDendriteModel):
    """Floating point."""

    precision: Precision = "float"
    event_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    feedback_burst_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    feedback_event_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    burst_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    deviation_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    apical_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    apical: np.ndarray = LavaPyType(np.ndarray, float)
    burst_prob: np.ndarray = LavaPyType(np.ndarray, float)
    burst_rate: np.ndarray = LavaPyType(np.ndarray, float)
    saturations: np.ndarray = LavaPyType(np.ndarray, np.int64)


@implements(proc=ApicalDendrite, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyApicalDendriteModelFixed(AbstractPyApicalDendriteModel):
    """Loihi 2 integers, calculated in int64 so that nothing wraps before it saturates."""

    precision: Precision = "fixed"
    event_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64, precision=24)
    feedback_burst_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64, precision=32)
    feedback_event_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64, precision=32)
    burst_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    deviation_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    apical_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    apical: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=24)
    burst_prob: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=24)
    burst_rate: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=24)
    saturations: np.ndarray = LavaPyType(np.ndarray, np.int64)
