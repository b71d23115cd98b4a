"""CPU models of ``RateTeacher``."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.neuron import EVENT
from lava_bccn.dynamics.spiking.teacher import TeacherConstants, event_count, teacher_current
from lava_bccn.processes.arithmetic import Step, check_precision, cpu_model, out_port, var
from lava_bccn.processes.presentation import sample_at
from lava_bccn.processes.rate_teacher.process import RateTeacher


class RateTeacherStep(Step):
    """One step, in either arithmetic."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=3)
    a_out: PyOutPort = out_port(24)
    trace: NDArray[Any] = var(24)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        check_precision(proc_params["precision"], self)
        self.targets: NDArray[Any] = proc_params["targets"]
        self.taught: NDArray[np.bool_] = proc_params["taught"]
        self.sample_steps: int = proc_params["sample_steps"]
        self.ensemble_size: int = proc_params["ensemble_size"]
        self.constants: TeacherConstants = proc_params["constants"]

    def run_spk(self) -> None:
        """Send currents by the events so far, then count those of this step."""
        sample = sample_at(self.time_step, self.targets, self.sample_steps)
        current = teacher_current(
            self.targets[sample], self.taught[sample], self.trace, self.constants
        )
        self.a_out.send(np.repeat(current, self.ensemble_size))
        events = (self.s_in.recv() & EVENT) != 0
        counted = events.reshape(-1, self.ensemble_size).sum(axis=1)
        self.trace = event_count(self.trace, counted, self.constants)


PyRateTeacherModelFloat: type[Step] = cpu_model(RateTeacher, RateTeacherStep, "float")
PyRateTeacherModelFixed: type[Step] = cpu_model(RateTeacher, RateTeacherStep, "fixed")
