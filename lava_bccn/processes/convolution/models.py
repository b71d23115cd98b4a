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

from lava_bccn.dynamics.convolution import down, downward, up, upward
from lava_bccn.processes.convolution.process import Convolution


class AbstractPyConvolutionModel(PyLoihiProcessModel):
    """One step, in either arithmetic.

    Integers are multiplied as float64: mapping proves that their sums fit 32 bits, and float64
    holds every integer up to 2^53, so the products are exact and as fast as floating point.
    """

    dtype: Any
    weights: np.ndarray

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.geometry = proc_params["geometry"]
        self.is_feedback = proc_params["is_feedback"]
        self.sums = np.zeros(proc_params["postsynaptic"], dtype=self.dtype)
        self.matrices: np.ndarray | None = None

    def run_spk(self) -> None:
        """Send the sums of the step before, then receive."""
        self.a_out.send(self.sums)
        if self.matrices is None:
            arrange = downward if self.is_feedback else upward
            self.matrices = arrange(self.weights.astype(np.float64), self.geometry.groups)
        deliver = down if self.is_feedback else up
        rates = self.s_in.recv().astype(np.float64)[None]
        sums = deliver(rates, self._multiplied, self.weights.shape, self.geometry)
        self.sums = sums[0].astype(self.dtype)

    def _multiplied(self, rows: np.ndarray) -> np.ndarray:
        return rows @ self.matrices


@implements(proc=Convolution, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyConvolutionModelFloat(AbstractPyConvolutionModel):
    """Floating point."""

    dtype = np.float64
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    weights: np.ndarray = LavaPyType(np.ndarray, float)


@implements(proc=Convolution, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyConvolutionModelFixed(AbstractPyConvolutionModel):
    """Loihi 2 integers."""

    dtype = np.int32
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=32)
    weights: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=8)
