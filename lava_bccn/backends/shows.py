"""How the simulator presents the samples of a job, whatever kind of network it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.job import Job
from lava_bccn.dynamics.states import LayerStates

BATCH_SIZE = 256
"""Samples at a time: large enough for the matrix products, small enough for the caches."""

Show = Callable[[Job], NDArray[np.int64]]
"""Presents a job's samples; how many potentials of each layer saturated, (layers,)."""


class OneByOne(Protocol):
    """What learns one sample after the other."""

    def learn(self, sample: NDArray[np.generic], target: NDArray[np.generic]) -> list[LayerStates]:
        """The states of every layer, before it learned."""

    def potential_saturations(self) -> NDArray[np.int64]:
        """Potentials of each layer that have saturated, (layers,)."""


def learning(learner: OneByOne) -> Show:
    """Shows a learner every sample of a job."""

    def show(job: Job) -> NDArray[np.int64]:
        assert job.targets is not None
        before = learner.potential_saturations()
        for index, (sample, target) in enumerate(zip(job.samples, job.targets, strict=True)):
            job.recording.store(slice(index, index + 1), learner.learn(sample, target))
            job.progress(1)
        return learner.potential_saturations() - before

    return show
