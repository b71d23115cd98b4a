"""CPU models of ``EngineEnsemble``."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.network.engine_network import with_constants
from lava_bccn.processes.arithmetic import Step, cpu_model, in_port, out_port, var
from lava_bccn.processes.engine_ensemble.process import EngineEnsemble
from lava_bccn.processes.engine_neuron import EngineNeuronStep


class EngineEnsembleStep(EngineNeuronStep):
    """One step, in either arithmetic."""

    a_third_factor_in: PyInPort = in_port(32, np.int64)
    s_out: PyOutPort = out_port(8)
    apical: NDArray[Any] = var(24)
    apical_saturations: NDArray[Any] = LavaPyType(np.ndarray, np.int64)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.constants: int = proc_params["constants"]

    def run_spk(self) -> None:
        """Receive events and send them, receive feedback, send bursts and traces."""
        self.receive_events()
        self.s_out.send(with_constants(self.event_rate, self.constants) * self.sends_events)
        deviations = self.a_third_factor_in.recv()
        self.apical, saturated = self.ensembles.apical(
            deviations, np.zeros_like(deviations), self.event_rate
        )
        if self.presentation.ends(self.time_step):
            self.apical_saturations += saturated
        self.send_bursts(self.ensembles.hidden_burst_prob(self.apical, self.event_rate))


PyEngineEnsembleModelFloat: type[Step] = cpu_model(EngineEnsemble, EngineEnsembleStep, "float")
PyEngineEnsembleModelFixed: type[Step] = cpu_model(EngineEnsemble, EngineEnsembleStep, "fixed")
