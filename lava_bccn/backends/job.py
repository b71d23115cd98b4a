"""What a backend is given, and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.recording import Progress, Recording
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.network.learning import LearningConfig, Pathway
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.rate_network import RateNetwork
from lava_bccn.network.time import ContinuousTime

if TYPE_CHECKING:
    from lava_bccn.network.spiking.network import SpikingNetwork
    from lava_bccn.sim.compiled.engine_learner import CompiledEngineLearner
    from lava_bccn.sim.compiled.learner import CompiledLearner
    from lava_bccn.sim.dale_learner import DaleLearner
    from lava_bccn.sim.learner import Learner

LearningSaturations = tuple[dict[Pathway, Saturations], ...]
"""What did not fit while learning: a dictionary a layer, of the connections that learned."""


def added(first: LearningSaturations, second: LearningSaturations) -> LearningSaturations:
    """What did not fit in two runs, one after the other."""
    return tuple(
        {name: counts + a.get(name, Saturations()) for name, counts in b.items()}
        for a, b in zip(first, second, strict=True)
    )


@dataclass(frozen=True)
class Opening:
    """How a network is made ready: arguments of :func:`lava_bccn.opened`, checked.

    Attributes:
        network: what runs; it stays as it is.
        learning: what learns, and how fast; None: nothing.
        learned: samples learned before.
        time: continuous time, a sample a step; None: each sample is held until it has settled.
    """

    network: RateNetwork
    learning: LearningConfig | None
    learned: int
    time: ContinuousTime | None

    @property
    def mapped(self) -> MappedNetwork:
        """The network, where it is known to be a mapped one: backends say what they run."""
        assert isinstance(self.network, MappedNetwork)
        return self.network


@dataclass(frozen=True)
class Job(Opening):
    """One run of a network: arguments of :func:`lava_bccn.run`, checked.

    Attributes:
        samples: (samples, inputs), in the network's own units; what indexes as an array, and is one
            for NumPy, but is made of the user's rates where it is looked at.
        targets: (samples, outputs) likewise; None: no teacher, and then nothing learns.
        recording: where the backend stores states, sample by sample.
        progress: to be called with the number of samples just done.
    """

    samples: NDArray[Any]
    targets: NDArray[Any] | None
    recording: Recording
    progress: Progress


@dataclass(frozen=True)
class Execution:
    """What a run has done, besides what it recorded.

    Attributes:
        network: as it is after the run.
        saturations: potentials of each layer that saturated, (layers,); −1 where it is not known.
        seconds: wall time of the run itself.
        learning_saturations: see ``LearningSaturations``; None where nothing learned.
        learned: samples that ``network`` has learned, with those before; 0 where nothing learned.
    """

    network: RateNetwork
    saturations: NDArray[np.int64]
    seconds: float
    learning_saturations: LearningSaturations | None = None
    learned: int = 0

    @classmethod
    def of(
        cls,
        opening: Opening,
        learner: Learner | DaleLearner | CompiledLearner | CompiledEngineLearner | None,
        saturations: NDArray[np.int64],
        seconds: float,
    ) -> Execution:
        """What was done where a learner of the simulator learns, if anything does."""
        if learner is None:
            return cls(opening.network, saturations, seconds)
        return cls(learner.network(), saturations, seconds, learner.saturations(), learner.learned)


class Session(Protocol):
    """A network that is ready on a backend, and goes on from one job to the next."""

    def show(self, job: Job) -> Execution:
        """Present a job's samples, and learn from them.

        Args:
            job: of the opening that the session is of.

        Returns:
            What these samples did. Its network may be the one that was opened, where it takes long
            to say what that has become.

        Raises:
            InterruptedRunError: the backend failed; with the samples of this job that were done.
        """

    def execution(self) -> Execution:
        """What all samples so far did, with the network as it is now."""


@dataclass(frozen=True)
class SpikingJob:
    """One run of a spiking network: arguments of :func:`~lava_bccn.backends.spikes.run_spikes`.

    They are checked, as those of :class:`Job`: currents are finite and of the network's ensembles,
    with as many rows of each array as there are samples.
    """

    network: SpikingNetwork
    soma: NDArray[np.float64]
    apical: NDArray[np.float64] | None
    targets: NDArray[np.float64] | None
    sample_steps: int
    interval_steps: int
    learn: NDArray[np.bool_]
    rate_shift: int
    record_flags: bool
    seed: int
    threads: int
    progress: Progress
