"""CPU models of ``PlasticDense``."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.dynamics.branches import branch_slices
from lava_bccn.dynamics.synapses import Synapses
from lava_bccn.processes.arithmetic import Step, check_precision, cpu_model, in_port, out_port, var
from lava_bccn.processes.plastic_dense.process import PlasticDense
from lava_bccn.processes.presentation import Presentation


class PlasticDenseStep(Step):
    """One step, in either arithmetic.

    Mapping proves that sums of integers fit 32 bits whatever the weights become.
    """

    s_in: PyInPort = in_port(24)
    presynaptic_in: PyInPort = in_port(24)
    postsynaptic_in: PyInPort = in_port(24)
    a_out: PyOutPort = out_port(32)
    weights: NDArray[Any] = var(8, np.int32)
    saturations: NDArray[Any] = LavaPyType(np.ndarray, np.int64)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.synapses: Synapses = proc_params["synapses"]
        check_precision(self.synapses.precision, self)
        self.is_feedback: bool = proc_params["is_feedback"]
        self.presentation: Presentation = proc_params["presentation"]
        self.branches: int = proc_params["branches"]
        self.sums: NDArray[Any] | None = None

    def run_spk(self) -> None:
        """Send the sums of the step before, receive, and learn at the end of a presentation."""
        silence = np.zeros(self.a_out.shape, dtype=self.weights.dtype)
        self.a_out.send(silence if self.sums is None else self.sums)
        self.sums = self._delivered(self.s_in.recv())
        presynaptic, postsynaptic = self.presynaptic_in.recv(), self.postsynaptic_in.recv()
        if self.presentation.ends(self.time_step):
            unit, below = presynaptic, postsynaptic
            if not self.is_feedback:
                unit, below = below, unit
            elif self.synapses.branches > 1:
                below = below.reshape(self.synapses.branches, -1)
            learned = self.presentation.learned_before(self.time_step)
            self.weights, saturated = self.synapses.learn(self.weights, unit, below, learned)
            self.saturations += np.array([saturated.weights, saturated.traces])

    def _delivered(self, rates: NDArray[Any]) -> NDArray[Any]:
        if not self.is_feedback:
            return self.weights @ rates
        if self.branches == 1:
            return self.weights.T @ rates
        blocks = branch_slices(len(self.weights), self.branches)
        return np.concatenate([self.weights[block].T @ rates[block] for block in blocks])


PyPlasticDenseModelFloat: type[Step] = cpu_model(PlasticDense, PlasticDenseStep, "float")
PyPlasticDenseModelFixed: type[Step] = cpu_model(PlasticDense, PlasticDenseStep, "fixed")
