"""Adapters between Processes on the host and on the chip, and the failures of a board."""

from __future__ import annotations

import os
import signal

import numpy as np
from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.c.model import CLoihiProcessModel
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU, LMT
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

GONE_AT = "STAND_IN_BOARD_GONE_AT"
"""Environment variable: the time step, from 1, in which the board goes away."""

GONE_HOW = "STAND_IN_BOARD_GONE_HOW"
"""``raises`` or ``dies``."""


class PyToNxAdapter(AbstractProcess):
    """Spikes of the host for neuro cores."""

    def __init__(self, *, shape: tuple[int, ...], num_message_bits: int) -> None:
        super().__init__(shape=shape, num_message_bits=num_message_bits)
        self.inp, self.out = InPort(shape=shape), OutPort(shape=shape)


@implements(proc=PyToNxAdapter, protocol=LoihiProtocol)
@requires(CPU)
class PyPyToNxAdapterModel(PyLoihiProcessModel):
    """Passes on what it receives, as long as the board is there."""

    inp: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)

    def run_spk(self) -> None:
        if self.time_step == int(os.environ.get(GONE_AT, 0)):
            if os.environ[GONE_HOW] == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            raise ConnectionError("the board does not answer")
        limit = 1 << self.proc_params["num_message_bits"]
        payload = self.inp.recv()
        assert (np.abs(payload) < limit).all()
        self.out.send(payload)


@implements(proc=PyToNxAdapter, protocol=LoihiProtocol)
@requires(LMT)
class CPyToNxAdapterModel(CLoihiProcessModel):
    """On an embedded processor."""

    computed_by = PyPyToNxAdapterModel
