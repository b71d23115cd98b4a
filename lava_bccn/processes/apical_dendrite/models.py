"""CPU models of ``ApicalDendrite``."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.processes.apical_dendrite.process import ApicalDendrite
from lava_bccn.processes.arithmetic import Step, check_precision, cpu_model, in_port, out_port, var
from lava_bccn.processes.presentation import Presentation


class ApicalDendriteStep(Step):
    """One step, in either arithmetic.

    Integers are calculated in int64, so that nothing wraps before it saturates.
    """

    event_in: PyInPort = in_port(24, np.int64)
    soma_in: PyInPort = in_port(24, np.int64)
    feedback_burst_in: PyInPort = in_port(32, np.int64)
    feedback_event_in: PyInPort = in_port(32, np.int64)
    burst_out: PyOutPort = out_port(24)
    deviation_out: PyOutPort = out_port(24)
    apical_out: PyOutPort = out_port(24)
    apical: NDArray[Any] = var(24)
    burst_prob: NDArray[Any] = var(24)
    burst_rate: NDArray[Any] = var(24)
    saturations: NDArray[Any] = LavaPyType(np.ndarray, np.int64)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.ensembles: Ensembles = proc_params["ensembles"]
        check_precision(self.ensembles.precision, self)
        self.presentation: Presentation = proc_params["presentation"]
        self.branches: int = proc_params["branches"]

    def run_spk(self) -> None:
        """Receive events and feedback, update the potential, send bursts."""
        event_rate, soma = self.event_in.recv(), self.soma_in.recv()
        received = self.feedback_burst_in.recv(), self.feedback_event_in.recv()
        bursts, events = (each.reshape(self.branches, -1) for each in received)
        self.apical, saturated = self.ensembles.apical(
            bursts.sum(axis=0), events.sum(axis=0), event_rate, self.apical
        )
        self.burst_prob, self.burst_rate = self.ensembles.bursts(self.apical, event_rate, soma)
        if self.presentation.ends(self.time_step):
            self.saturations += saturated
        self.burst_out.send(self.burst_rate)
        deviation = self.ensembles.burst_deviation(self.burst_rate, event_rate)
        self.deviation_out.send(self.presentation.learned_from(deviation, self.time_step))
        if self.branches == 1:
            self.apical_out.send(self.apical)
        else:
            own, _ = self.ensembles.apical(bursts, events, event_rate)
            self.apical_out.send(own.ravel())


PyApicalDendriteModelFloat: type[Step] = cpu_model(ApicalDendrite, ApicalDendriteStep, "float")
PyApicalDendriteModelFixed: type[Step] = cpu_model(ApicalDendrite, ApicalDendriteStep, "fixed")
