"""Networks under Dale's law in the simulator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.job import Job, Opening
from lava_bccn.backends.shows import BATCH_SIZE, Show, learning
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.sim.dale import DaleConnections, settle
from lava_bccn.sim.dale_learner import DaleLearner


def ways(opening: Opening, network: DaleNetwork) -> tuple[Show, DaleLearner | None]:
    """How samples are presented, and what learns from them."""
    if opening.learning is None:
        return _settling(network), None
    learner = DaleLearner(network, opening.learning, opening.learned)
    return learning(learner), learner


def _settling(network: DaleNetwork) -> Show:
    connections = DaleConnections(network)

    def show(job: Job) -> NDArray[np.int64]:
        saturations = np.zeros(len(network.layers), dtype=np.int64)
        for first in range(0, len(job.samples), BATCH_SIZE):
            chosen = slice(first, first + BATCH_SIZE)
            samples = job.samples[chosen]
            teacher = None if job.targets is None else job.targets[chosen]
            states, saturated = settle(network, samples, teacher, connections)
            saturations += saturated
            job.recording.store(chosen, states)
            job.progress(len(samples))
        return saturations

    return show
