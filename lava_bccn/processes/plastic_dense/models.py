"""CPU models of ``PlasticDense``."""

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
from lava_bccn.processes.plastic_dense.process import PlasticDense


class AbstractPyPlasticDenseModel(PyLoihiProcessModel):
    """One step, in either arithmetic."""

    precision: Precision
    weights: np.ndarray

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.synapses = checked(proc_params["synapses"], self.precision, self)
        self.is_feedback = proc_params["is_feedback"]
        self.presentation_steps = proc_params["presentation_steps"]
        self.learned = proc_params["learned"]
        self.sums = None

    def run_spk(self) -> None:
        """Send the sums of the step before, receive, and learn at the end of a presentation."""
        matrix = self.weights.T if self.is_feedback else self.weights
        silence = np.zeros(len(matrix), dtype=self.weights.dtype)
        self.a_out.send(silence if self.sums is None else self.sums)
        self.sums = matrix @ self.s_in.recv()
        presynaptic, postsynaptic = self.presynaptic_in.recv(), self.postsynaptic_in.recv()
        if self.time_step % self.presentation_steps == 0:
            unit, below = presynaptic, postsynaptic
            if not self.is_feedback:
                unit, below = below, unit
            self.weights, saturated = self.synapses.learn(self.weights, unit, below, self.learned)
            self.saturations += np.array([saturated.weights, saturated.traces])
            self.learned += 1


@implements(proc=PlasticDense, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyPlasticDenseModelFloat(AbstractPyPlasticDenseModel):
    """Floating point."""

    precision: Precision = "float"
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    presynaptic_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    postsynaptic_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    weights: np.ndarray = LavaPyType(np.ndarray, float)
    saturations: np.ndarray = LavaPyType(np.ndarray, np.int64)


@implements(proc=PlasticDense, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyPlasticDenseModelFixed(AbstractPyPlasticDenseModel):
    """Loihi 2 integers; mapping proves that the sums fit 32 bits whatever the weights become."""

    precision: Precision = "fixed"
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    presynaptic_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    postsynaptic_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=32)
    weights: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=8)
    saturations: np.ndarray = LavaPyType(np.ndarray, np.int64)
