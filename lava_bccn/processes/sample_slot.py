"""Where a program puts the sample that Lava presents next."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.processes.actors import shared_memory


class SampleSlot:
    """One sample, in memory that is shared with the model that sends it.

    It stands for an array (samples, values) without end, each row of which is what was put into it
    last. Put only between the steps of a run, when no model reads it.

    Args:
        sample: (values,), what is in it at first.
    """

    def __init__(self, sample: NDArray[Any]) -> None:
        self.dtype: np.dtype[Any] = sample.dtype
        self.shape = (len(self), *sample.shape)
        self._memory = shared_memory(sample.nbytes)
        self.put(sample)

    def put(self, sample: NDArray[Any]) -> None:
        """Send this from the next step on."""
        self[0][...] = sample

    def __len__(self) -> int:
        return sys.maxsize

    def __getitem__(self, index: int) -> NDArray[Any]:
        count = math.prod(self.shape[1:])
        return np.frombuffer(self._memory, self.dtype, count).reshape(self.shape[1:])
