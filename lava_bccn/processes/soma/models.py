"""CPU models of ``Soma``."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.synapses import Biases
from lava_bccn.processes.arithmetic import Step, check_precision, cpu_model, in_port, out_port, var
from lava_bccn.processes.presentation import Presentation
from lava_bccn.processes.soma.process import Soma


class SomaStep(Step):
    """One step, in either arithmetic.

    Integers are calculated in int64, so that nothing wraps before it saturates.
    """

    synaptic_in: PyInPort = in_port(32, np.int64)
    deviation_in: PyInPort = in_port(24, np.int64)
    event_out: PyOutPort = out_port(24)
    soma_out: PyOutPort = out_port(24)
    bias: NDArray[Any] = var(24)
    soma: NDArray[Any] = var(24)
    event_rate: NDArray[Any] = var(24)
    saturations: NDArray[Any] = LavaPyType(np.ndarray, np.int64)
    bias_saturations: NDArray[Any] = LavaPyType(np.ndarray, np.int64)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.ensembles: Ensembles = proc_params["ensembles"]
        check_precision(self.ensembles.precision, self)
        self.presentation: Presentation = proc_params["presentation"]
        self.plasticity: Biases | None = proc_params["plasticity"]

    def run_spk(self) -> None:
        """Receive synaptic input, update the potential, send the event rate, learn."""
        self.soma, saturated = self.ensembles.soma(self.synaptic_in.recv(), self.bias, self.soma)
        self.event_rate = self.ensembles.event_rate(self.soma)
        self.event_out.send(self.event_rate)
        self.soma_out.send(self.soma)
        deviation = self.deviation_in.recv()
        if not self.presentation.ends(self.time_step):
            return
        self.saturations += saturated
        if self.plasticity is not None:
            learned = self.presentation.learned_before(self.time_step)
            self.bias, counts = self.plasticity.learn(self.bias, deviation, learned)
            self.bias_saturations += np.array([counts.weights, counts.traces])


PySomaModelFloat: type[Step] = cpu_model(Soma, SomaStep, "float")
PySomaModelFixed: type[Step] = cpu_model(Soma, SomaStep, "fixed")
