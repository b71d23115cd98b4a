"""CPU models of ``Soma``."""

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
from lava_bccn.processes.soma.process import Soma


class AbstractPySomaModel(PyLoihiProcessModel):
    """One step, in either arithmetic."""

    precision: Precision
    bias: np.ndarray
    soma: np.ndarray

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.ensembles = checked(proc_params["ensembles"], self.precision, self)
        self.presentation_steps = proc_params["presentation_steps"]
        self.plasticity = proc_params["plasticity"]
        self.learned = proc_params["learned"]

    def run_spk(self) -> None:
        """Receive synaptic input, update the potential, send the event rate, learn."""
        self.soma, saturated = self.ensembles.soma(self.synaptic_in.recv(), self.bias, self.soma)
        self.event_rate = self.ensembles.event_rate(self.soma)
        self.event_out.send(self.event_rate)
        deviation = self.deviation_in.recv()
        if self.time_step % self.presentation_steps != 0:
            return
        self.saturations += saturated
        if self.plasticity is not None:
            self.bias, counts = self.plasticity.learn(self.bias, deviation, self.learned)
            self.bias_saturations += np.array([counts.weights, counts.traces])
            self.learned += 1


@implements(proc=Soma, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PySomaModelFloat(AbstractPySomaModel):
    """Floating point."""

    precision: Precision = "float"
    synaptic_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    deviation_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    event_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    bias: np.ndarray = LavaPyType(np.ndarray, float)
    soma: np.ndarray = LavaPyType(np.ndarray, float)
    event_rate: np.ndarray = LavaPyType(np.ndarray, float)
    saturations: np.ndarray = LavaPyType(np.ndarray, np.int64)
    bias_saturations: np.ndarray = LavaPyType(np.ndarray, np.int64)


@implements(proc=Soma, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PySomaModelFixed(AbstractPySomaModel):
    """Loihi 2 integers, calculated in int64 so that nothing wraps before it saturates."""

    precision: Precision = "fixed"
    synaptic_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64, precision=32)
    deviation_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64, precision=24)
    event_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    bias: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=24)
    soma: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=24)
    event_rate: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=24)
    saturations: np.ndarray = LavaPyType(np.ndarray, np.int64)
    bias_saturations: np.ndarray = LavaPyType(np.ndarray, np.int64)
