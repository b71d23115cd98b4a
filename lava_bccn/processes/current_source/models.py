"""CPU models of ``CurrentSource``."""

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_bccn.errors import InvalidInputError
from lava_bccn.processes.current_source.process import CurrentSource


class AbstractPyCurrentSourceModel(PyLoihiProcessModel):
    """One step, in either arithmetic."""

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.soma, self.apical = proc_params["soma"], proc_params["apical"]
        self.sample_steps = proc_params["sample_steps"]
        self.ensemble_size = proc_params["ensemble_size"]

    def run_spk(self) -> None:
        """Send the currents of the sample that is presented at this step."""
        sample = (self.time_step - 1) // self.sample_steps
        if sample >= len(self.soma):
            raise InvalidInputError(
                f"time step {self.time_step} is beyond the {len(self.soma)} samples of "
                f"{self.sample_steps} steps each; run fewer steps or give more samples"
            )
        self.soma_out.send(np.repeat(self.soma[sample], self.ensemble_size))
        self.apical_out.send(np.repeat(self.apical[sample], self.ensemble_size))


@implements(proc=CurrentSource, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyCurrentSourceModelFloat(AbstractPyCurrentSourceModel):
    """Floating point: mV a step."""

    soma_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    apical_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)


@implements(proc=CurrentSource, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyCurrentSourceModelFixed(AbstractPyCurrentSourceModel):
    """Loihi 2 integers of 2^−12 mV a step."""

    soma_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    apical_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
