"""The source that streams samples and their teachers."""

from __future__ import annotations

import numpy as np
from lava.magma.core.process.ports.ports import OutPort
from lava.magma.core.process.process import AbstractProcess
from numpy.typing import NDArray

from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.processes.sample_slot import SampleSlot


class SampleSource(AbstractProcess):
    """Sends each sample, and its target, for ``presentation_steps`` time steps.

    The samples are read where they are (the models run in forked processes): nothing is copied into
    one array per step.

    Ports: ``sample_out`` sends event rates, ``target_out`` targets (negative: no teacher).

    Args:
        samples: (samples, inputs), in the network's own units, of any dtype that holds them; or a
            slot, into which the next is put before the steps in which it is sent.
        targets: (samples, outputs), or a slot; None leaves the teacher off.
        output_size: number of outputs.
        presentation_steps: time steps for which a sample is held.
    """

    def __init__(
        self,
        *,
        samples: NDArray[np.generic] | SampleSlot,
        targets: NDArray[np.generic] | SampleSlot | None,
        output_size: int,
        presentation_steps: int,
        name: str | None = None,
    ) -> None:
        if targets is None:
            no_teacher = np.full((1, output_size), NO_TEACHER).astype(samples.dtype)
            targets = np.broadcast_to(no_teacher, (len(samples), output_size))
        super().__init__(
            samples=samples, targets=targets, presentation_steps=presentation_steps, name=name
        )
        self.sample_out: OutPort = OutPort(shape=samples.shape[1:])
        self.target_out: OutPort = OutPort(shape=(output_size,))
