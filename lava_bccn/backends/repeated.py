"""A session on a backend that has none of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.job import Execution, Job, Opening, added
from lava_bccn.backends.registry import Backend


class Repeated:
    """Each job is a run of its own, from what was learned in those before.

    Args:
        backend: where it runs.
        opening: what it starts from.
    """

    def __init__(self, backend: Backend, opening: Opening) -> None:
        nothing: NDArray[np.int64] = np.zeros(len(opening.network.layers), dtype=np.int64)
        self._execute = backend.execute
        self._so_far = Execution(opening.network, nothing, 0.0, None, opening.learned)

    def show(self, job: Job) -> Execution:
        """Present a job's samples, and learn from them."""
        before = self._so_far
        now = self._execute(replace(job, network=before.network, learned=before.learned))
        lost = now.learning_saturations
        if lost is not None and before.learning_saturations is not None:
            lost = added(before.learning_saturations, lost)
        self._so_far = replace(
            now,
            saturations=before.saturations + now.saturations,
            seconds=before.seconds + now.seconds,
            learning_saturations=lost,
        )
        return now

    def execution(self) -> Execution:
        """What all samples so far did, with the network as it is now."""
        return self._so_far
