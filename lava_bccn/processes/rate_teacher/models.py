"""CPU models of ``RateTeacher``."""

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_bccn.dynamics.ensembles import Precision
from lava_bccn.dynamics.spiking.neuron import EVENT
from lava_bccn.dynamics.spiking.teacher import event_count, teacher_current
from lava_bccn.processes.arithmetic import check_precision
from lava_bccn.processes.rate_teacher.process import RateTeacher


class AbstractPyRateTeacherModel(PyLoihiProcessModel):
    """One step, in either arithmetic."""

    precision: Precision
    trace: np.ndarray

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        check_precision(proc_params["precision"], self.precision, self)
        self.targets, self.taught = proc_params["targets"], proc_params["taught"]
        self.sample_steps = proc_params["sample_steps"]
        self.ensemble_size = proc_params["ensemble_size"]
        self.constants = proc_params["constants"]

    def run_spk(self) -> None:
        """Send currents by the events so far, then count those of this step."""
        sample = (self.time_step - 1) // self.sample_steps
        current = teacher_current(
            self.targets[sample], self.taught[sample], self.trace, self.constants
        )
        self.a_out.send(np.repeat(current, self.ensemble_size))
        events = (self.s_in.recv() & EVENT) != 0
        counted = events.reshape(-1, self.ensemble_size).sum(axis=1)
        self.trace = event_count(self.trace, counted, self.constants)


@implements(proc=RateTeacher, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyRateTeacherModelFloat(AbstractPyRateTeacherModel):
    """Floating point."""

    precision: Precision = "float"
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=3)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    trace: np.ndarray = LavaPyType(np.ndarray, float)


@implements(proc=RateTeacher, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyRateTeacherModelFixed(AbstractPyRateTeacherModel):
    """Loihi 2 integers."""

    precision: Precision = "fixed"
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=3)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    trace: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=24)
