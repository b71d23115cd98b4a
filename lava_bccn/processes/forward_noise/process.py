"""Noise on the way from senders to the W of a layer."""

from __future__ import annotations

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess

from lava_bccn.dynamics.noise import ForwardNoise as Noise
from lava_bccn.processes.presentation import Presentation


class ForwardNoise(AbstractProcess):
    """What a layer's W receives while it learns: event rates with noise (``dynamics.noise``).

    The noise of a sample is the same for as long as it is presented.

    Ports: ``rate_in`` takes event rates, ``rate_out`` sends them with noise in the same step.

    Args:
        units: senders, the units or inputs below.
        layer: the layer that receives, from 0.
        noise: how large it is.
        presentation: how long a sample is held, and how many have been learned before.
    """

    def __init__(
        self,
        *,
        units: int,
        layer: int,
        noise: Noise,
        presentation: Presentation = Presentation(),
        name: str | None = None,
    ) -> None:
        super().__init__(layer=layer, noise=noise, presentation=presentation, name=name)
        self.rate_in: InPort = InPort(shape=(units,))
        self.rate_out: OutPort = OutPort(shape=(units,))
