"""CPU models of ``SampleSource``."""

from typing import Any

from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.processes.arithmetic import Step, cpu_model, out_port
from lava_bccn.processes.presentation import sample_at
from lava_bccn.processes.sample_source.process import SampleSource


class SampleSourceStep(Step):
    """One step, in either arithmetic; integers are graded spikes."""

    sample_out: PyOutPort = out_port(24)
    target_out: PyOutPort = out_port(24)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.samples: NDArray[Any] = proc_params["samples"]
        self.targets: NDArray[Any] = proc_params["targets"]
        self.presentation_steps: int = proc_params["presentation_steps"]

    def run_spk(self) -> None:
        """Send the sample that is presented at this step."""
        index = sample_at(self.time_step, self.samples, self.presentation_steps)
        self.sample_out.send(self.samples[index])
        self.target_out.send(self.targets[index])


PySampleSourceModelFloat: type[Step] = cpu_model(SampleSource, SampleSourceStep, "float")
PySampleSourceModelFixed: type[Step] = cpu_model(SampleSource, SampleSourceStep, "fixed")
