"""A convolution, or its transpose, between two layers of images."""

from __future__ import annotations

from typing import Literal

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from numpy.typing import NDArray

from lava_bccn.dynamics.convolution import ConvolutionGeometry

Direction = Literal["up", "down"]


class Convolution(AbstractProcess):
    """W of a convolutional layer, or the feedback Y or Q through its transposed convolution.

    Like Lava's ``Dense`` it delivers what it received one time step later. Lava's own ``Conv`` does
    not fit: it flips the kernel, orders images (width, height, channels), ignores its weight
    exponent, wraps at 24 bits in fixed point, and has no transpose for feedback.

    Ports: ``s_in`` takes rates, ``a_out`` sends sums; both flat, channel-major.

    Args:
        kernel: (channels, channels below / groups, height, width); integers or floats, as the
            selected model.
        geometry: how it lies on the images below.
        direction: ``"up"`` for W, ``"down"`` for Y and Q.
    """

    def __init__(
        self,
        *,
        kernel: NDArray[np.generic],
        geometry: ConvolutionGeometry,
        direction: Direction,
        name: str | None = None,
    ) -> None:
        above = int(np.prod(geometry.output_shape(kernel.shape)))
        below = int(np.prod(geometry.input_shape))
        receives, sends = (below, above) if direction == "up" else (above, below)
        super().__init__(
            kernel=kernel, geometry=geometry, direction=direction, sends=sends, name=name
        )
        self.s_in: InPort = InPort(shape=(receives,))
        self.a_out: OutPort = OutPort(shape=(sends,))
