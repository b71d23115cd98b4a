"""CPU models of ``CurrentSource``."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.processes.arithmetic import Step, cpu_model, out_port
from lava_bccn.processes.current_source.process import CurrentSource
from lava_bccn.processes.presentation import sample_at


class CurrentSourceStep(Step):
    """One step, in either arithmetic: mV a step, or integers of 2^−12 mV a step."""

    soma_out: PyOutPort = out_port(24)
    apical_out: PyOutPort = out_port(24)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.soma: NDArray[Any] = proc_params["soma"]
        self.apical: NDArray[Any] = proc_params["apical"]
        self.sample_steps: int = proc_params["sample_steps"]
        self.ensemble_size: int = proc_params["ensemble_size"]

    def run_spk(self) -> None:
        """Send the currents of the sample that is presented at this step."""
        sample = sample_at(self.time_step, self.soma, self.sample_steps)
        self.soma_out.send(np.repeat(self.soma[sample], self.ensemble_size))
        self.apical_out.send(np.repeat(self.apical[sample], self.ensemble_size))


PyCurrentSourceModelFloat: type[Step] = cpu_model(CurrentSource, CurrentSourceStep, "float")
PyCurrentSourceModelFixed: type[Step] = cpu_model(CurrentSource, CurrentSourceStep, "fixed")
