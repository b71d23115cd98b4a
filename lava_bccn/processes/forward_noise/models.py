"""CPU models of ``ForwardNoise``."""

from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.process.process import ProcessParameters

from lava_bccn.dynamics.noise import ForwardNoise as Noise
from lava_bccn.processes.arithmetic import Step, cpu_model, in_port, out_port
from lava_bccn.processes.forward_noise.process import ForwardNoise
from lava_bccn.processes.presentation import Presentation


class ForwardNoiseStep(Step):
    """One step, in either arithmetic."""

    rate_in: PyInPort = in_port(24)
    rate_out: PyOutPort = out_port(24)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.layer: int = proc_params["layer"]
        self.noise: Noise = proc_params["noise"]
        self.presentation: Presentation = proc_params["presentation"]

    def run_spk(self) -> None:
        """Receive event rates and send them with noise."""
        sample = self.presentation.learned_before(self.time_step)
        self.rate_out.send(self.noise.heard(self.rate_in.recv(), self.layer, sample))


PyForwardNoiseModelFloat: type[Step] = cpu_model(ForwardNoise, ForwardNoiseStep, "float")
PyForwardNoiseModelFixed: type[Step] = cpu_model(ForwardNoise, ForwardNoiseStep, "fixed")
