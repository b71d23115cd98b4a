"""CPU models of ``EngineOutput``."""

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort

from lava_bccn.processes.arithmetic import Step, cpu_model, in_port, out_port
from lava_bccn.processes.engine_neuron import EngineNeuronStep
from lava_bccn.processes.engine_output.process import EngineOutput


class EngineOutputStep(EngineNeuronStep):
    """One step, in either arithmetic."""

    target_in: PyInPort = in_port(24, np.int64)
    s_out: PyOutPort = out_port(8)

    def run_spk(self) -> None:
        """Receive events and the teacher, send events, bursts and traces."""
        self.receive_events()
        self.s_out.send(self.event_rate * self.sends_events)
        target = self.target_in.recv()
        self.send_bursts(self.ensembles.teacher_burst_prob(target, self.event_rate))


PyEngineOutputModelFloat: type[Step] = cpu_model(EngineOutput, EngineOutputStep, "float")
PyEngineOutputModelFixed: type[Step] = cpu_model(EngineOutput, EngineOutputStep, "fixed")
