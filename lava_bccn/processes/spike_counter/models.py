"""CPU model of ``SpikeCounter``, the same in either arithmetic."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.neuron import BURST, EVENT, SPIKE
from lava_bccn.processes.spike_counter.process import SpikeCounter


@implements(proc=SpikeCounter, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt", "fixed_pt")
class PySpikeCounterModel(PyLoihiProcessModel):
    """Counts of one step."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=3)
    counts: NDArray[Any] = LavaPyType(np.ndarray, np.int64)
    flags: NDArray[Any] = LavaPyType(np.ndarray, np.int64)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.ensemble_size: int = proc_params["ensemble_size"]
        self.kept_steps: int = proc_params["kept_steps"]

    def run_spk(self) -> None:
        """Count by ensemble."""
        flags = self.s_in.recv()
        self.flags[(self.time_step - 1) % self.kept_steps] = flags
        for column, kind in enumerate((SPIKE, EVENT, BURST)):
            fired = (flags & kind) != 0
            self.counts[:, column] += fired.reshape(-1, self.ensemble_size).sum(axis=1)
