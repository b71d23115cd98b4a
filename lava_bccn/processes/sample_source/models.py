"""CPU models of ``SampleSource``."""

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_bccn.errors import InvalidInputError
from lava_bccn.processes.sample_source.process import SampleSource


class AbstractPySampleSourceModel(PyLoihiProcessModel):
    """One step, in either arithmetic."""

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.samples = proc_params["samples"]
        self.targets = proc_params["targets"]
        self.presentation_steps = proc_params["presentation_steps"]

    def run_spk(self) -> None:
        """Send the sample that is presented at this step."""
        index = (self.time_step - 1) // self.presentation_steps
        if index >= len(self.samples):
            raise InvalidInputError(
                f"time step {self.time_step} is beyond the {len(self.samples)} samples of "
                f"{self.presentation_steps} steps each; run fewer steps or give more samples"
            )
        self.sample_out.send(self.samples[index])
        self.target_out.send(self.targets[index])


@implements(proc=SampleSource, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PySampleSourceModelFloat(AbstractPySampleSourceModel):
    """Floating point."""

    sample_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    target_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)


@implements(proc=SampleSource, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PySampleSourceModelFixed(AbstractPySampleSourceModel):
    """Loihi 2 integers: graded spikes."""

    sample_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    target_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
