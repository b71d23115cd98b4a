"""Which sample a time step of Lava presents, and what learns then. Lava's steps count from 1."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.network.learning import LearningConfig


def sample_at(time_step: int, samples: Sized, sample_steps: int) -> int:
    """The number of the sample that is presented in a time step.

    Args:
        time_step: of Lava.
        samples: those there are.
        sample_steps: time steps for which each is presented.

    Raises:
        InvalidInputError: the step is beyond the last of them.
    """
    sample = (time_step - 1) // sample_steps
    if sample >= len(samples):
        raise InvalidInputError(
            f"time step {time_step} is beyond the {len(samples)} samples of {sample_steps} steps "
            "each; run fewer steps or give more samples"
        )
    return sample


@dataclass(frozen=True)
class Presentation:
    """How long a sample is presented to what learns at the end of it.

    Attributes:
        steps: time steps for which a sample is held.
        learned: samples learned before, from which rates and random draws go on.
        learning: how, where something learns: some samples may realign Y and Q.
    """

    steps: int = 1
    learned: int = 0
    learning: LearningConfig | None = None

    def ends(self, time_step: int) -> bool:
        """Whether a time step is the last of a presentation."""
        return time_step % self.steps == 0

    def step(self, time_step: int) -> int:
        """Which step of its presentation a time step is, from 1."""
        return (time_step - 1) % self.steps + 1

    def learned_before(self, time_step: int) -> int:
        """Samples learned before the one that is presented in a time step."""
        return self.learned + (time_step - 1) // self.steps

    def realigns(self, time_step: int) -> bool:
        """Whether the sample of a time step realigns Y and Q, and nothing else learns from it."""
        learning = self.learning
        return learning is not None and learning.realigns(self.learned_before(time_step))

    def learned_from(self, deviation: NDArray[Any], time_step: int) -> NDArray[Any]:
        """The burst deviations from which W and what follows it learn in a time step."""
        return 0 * deviation if self.realigns(time_step) else deviation


@dataclass(frozen=True)
class PlasticityGate:
    """When plasticity is on in what learns all the time: it opens and closes with the samples.

    Attributes:
        plastic: (samples,), whether plasticity is on; None: always.
        sample_steps: time steps for which a sample is presented.
    """

    plastic: NDArray[np.bool_] | None = None
    sample_steps: int = 1

    def is_open(self, time_step: int) -> bool:
        """Whether plasticity is on in a time step.

        Raises:
            InvalidInputError: the step is beyond the last sample.
        """
        if self.plastic is None:
            return True
        return bool(self.plastic[sample_at(time_step, self.plastic, self.sample_steps)])
