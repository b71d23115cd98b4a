"""What an executor is told about learning, and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.network.learning import LearningConfig, Pathway
from lava_bccn.network.network import MappedNetwork

LearningSaturations = tuple[dict[Pathway, Saturations], ...]
"""What did not fit while learning: a dictionary a layer, of the connections that learned."""


@dataclass(frozen=True)
class Learning:
    """How a run learns.

    Attributes:
        config: what learns, and how fast.
        learned: samples learned before.
    """

    config: LearningConfig
    learned: int


@dataclass(frozen=True)
class Execution:
    """What a run has done, besides what it recorded.

    Attributes:
        network: as it is after the run.
        saturations: potentials of each layer that saturated, (layers,).
        seconds: wall time of the run itself.
        learning_saturations: see ``LearningSaturations``; None where nothing learned.
    """

    network: MappedNetwork
    saturations: NDArray[np.int64]
    seconds: float
    learning_saturations: LearningSaturations | None = None
