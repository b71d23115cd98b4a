"""When plasticity is on, for Processes that learn while samples are presented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PlasticityGate:
    """Opens and closes with the samples.

    Attributes:
        plastic: (samples,), whether plasticity is on; None: always.
        sample_steps: time steps for which a sample is presented.
    """

    plastic: NDArray[np.bool_] | None = None
    sample_steps: int = 1

    def is_open(self, time_step: int) -> bool:
        """Whether plasticity is on in a time step of Lava, which counts from 1."""
        if self.plastic is None:
            return True
        return bool(self.plastic[(time_step - 1) // self.sample_steps])
