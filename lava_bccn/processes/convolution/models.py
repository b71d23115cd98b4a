"""CPU models of ``Convolution``."""

from collections.abc import Callable
from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.dynamics import convolution
from lava_bccn.processes.arithmetic import Step, cpu_model, in_port, out_port
from lava_bccn.processes.convolution.process import Convolution


class ConvolutionStep(Step):
    """One step, in either arithmetic.

    Integers are multiplied as float64, which is several times as fast: mapping proves that their
    sums fit 32 bits, and float64 holds every integer up to 2^53, so the products are exact.
    """

    s_in: PyInPort = in_port(24)
    a_out: PyOutPort = out_port(32)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        kernel: NDArray[np.float64] = proc_params["kernel"].astype(np.float64)
        self.geometry: convolution.ConvolutionGeometry = proc_params["geometry"]
        self.kernel_shape: tuple[int, ...] = kernel.shape
        is_up = proc_params["direction"] == "up"
        self.deliver: Callable[..., NDArray[Any]] = convolution.up if is_up else convolution.down
        matrices = convolution.upward if is_up else convolution.downward
        self.matrices: NDArray[Any] = matrices(kernel, self.geometry.groups)
        self.sums: NDArray[Any] | None = None

    def run_spk(self) -> None:
        """Send the sums of the step before, then receive."""
        if self.sums is None:
            self.sums = np.zeros(self.proc_params["sends"], dtype=self.dtype)
        self.a_out.send(self.sums)
        rates = self.s_in.recv().astype(np.float64)
        sums = self.deliver(
            rates[None], lambda rows: rows @ self.matrices, self.kernel_shape, self.geometry
        )
        self.sums = sums[0].astype(self.dtype)


PyConvolutionModelFloat: type[Step] = cpu_model(Convolution, ConvolutionStep, "float")
PyConvolutionModelFixed: type[Step] = cpu_model(Convolution, ConvolutionStep, "fixed")
