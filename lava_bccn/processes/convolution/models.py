"""CPU models of ``Convolution``."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from numpy.typing import NDArray

from lava_bccn.dynamics import convolution
from lava_bccn.processes.convolution.process import Convolution


class AbstractPyConvolutionModel(PyLoihiProcessModel):
    """One step, in either arithmetic.

    Integers are multiplied as float64, which is several times as fast: mapping proves that their
    sums fit 32 bits, and float64 holds every integer up to 2^53, so the products are exact.
    """

    number: type[np.generic]

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        kernel: NDArray[np.float64] = proc_params["kernel"].astype(np.float64)
        self.geometry = proc_params["geometry"]
        self.kernel_shape = kernel.shape
        is_up = proc_params["direction"] == "up"
        self.deliver = convolution.up if is_up else convolution.down
        matrices = convolution.upward if is_up else convolution.downward
        self.matrices = matrices(kernel, self.geometry.groups)
        self.sums: NDArray[Any] | None = None

    def run_spk(self) -> None:
        """Send the sums of the step before, then receive."""
        if self.sums is None:
            self.sums = np.zeros(self.proc_params["sends"], dtype=self.number)
        self.a_out.send(self.sums)
        rates = self.s_in.recv().astype(np.float64)
        sums = self.deliver(
            rates[None], lambda rows: rows @ self.matrices, self.kernel_shape, self.geometry
        )
        self.sums = sums[0].astype(self.number)


@implements(proc=Convolution, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyConvolutionModelFloat(AbstractPyConvolutionModel):
    """Floating point."""

    number = np.float64
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)


@implements(proc=Convolution, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyConvolutionModelFixed(AbstractPyConvolutionModel):
    """Loihi 2 integers; mapping proves that their sums fit 32 bits."""

    number = np.int64
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=32)
