"""A kernel that connects layers of images, upwards or downwards."""

from __future__ import annotations

import math
from typing import Any

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from numpy.typing import NDArray

from lava_bccn.dynamics.convolution import ConvolutionGeometry


class Convolution(AbstractProcess):
    """Delivers W ∗ e upwards, or Yᵀ ∗ b downwards, one step after it receives, as ``Dense`` does.

    Lava's own ``Conv`` does not fit: it flips the kernel, takes (width, height, channels), ignores
    ``weight_exp``, wraps at 24 bits and has no transpose.

    Ports: ``s_in`` takes flat rates, channel-major; ``a_out`` sends flat sums, likewise.

    Vars: ``weights``, the kernel, (channels, channels below / groups, height, width).

    Args:
        weights: W, Y or Q; integers for ``fixed_pt``.
        geometry: how it lies on the images below.
        is_feedback: False for W, which goes up; True for Y and Q, which go down.
    """

    def __init__(
        self,
        *,
        weights: NDArray[Any],
        geometry: ConvolutionGeometry,
        is_feedback: bool = False,
        name: str | None = None,
    ) -> None:
        units, below = (
            math.prod(shape)
            for shape in (geometry.output_shape(weights.shape), geometry.input_shape)
        )
        presynaptic, postsynaptic = (units, below) if is_feedback else (below, units)
        super().__init__(
            geometry=geometry, is_feedback=is_feedback, postsynaptic=postsynaptic, name=name
        )
        self.s_in = InPort(shape=(presynaptic,))
        self.a_out = OutPort(shape=(postsynaptic,))
        self.weights = Var(shape=weights.shape, init=weights)
