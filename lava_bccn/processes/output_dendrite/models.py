"""CPU models of ``OutputDendrite``."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.processes.arithmetic import Step, check_precision, cpu_model, in_port, out_port, var
from lava_bccn.processes.output_dendrite.process import OutputDendrite
from lava_bccn.processes.presentation import Presentation


class OutputDendriteStep(Step):
    """One step, in either arithmetic."""

    event_in: PyInPort = in_port(24, np.int64)
    target_in: PyInPort = in_port(24, np.int64)
    burst_out: PyOutPort = out_port(24)
    deviation_out: PyOutPort = out_port(24)
    burst_prob: NDArray[Any] = var(24)
    burst_rate: NDArray[Any] = var(24)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.ensembles: Ensembles = proc_params["ensembles"]
        check_precision(self.ensembles.precision, self)
        self.presentation: Presentation = proc_params["presentation"]

    def run_spk(self) -> None:
        """Receive events and the teacher, send bursts."""
        event_rate = self.event_in.recv()
        target = self.target_in.recv()
        if self.presentation.realigns(self.time_step):
            target = np.full_like(target, NO_TEACHER)
        self.burst_prob, self.burst_rate = self.ensembles.taught_bursts(target, event_rate)
        self.burst_out.send(self.burst_rate)
        deviation = self.ensembles.burst_deviation(self.burst_rate, event_rate)
        self.deviation_out.send(self.presentation.learned_from(deviation, self.time_step))


PyOutputDendriteModelFloat: type[Step] = cpu_model(OutputDendrite, OutputDendriteStep, "float")
PyOutputDendriteModelFixed: type[Step] = cpu_model(OutputDendrite, OutputDendriteStep, "fixed")
