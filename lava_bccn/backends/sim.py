"""The simulator as a backend."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.recording import Progress, Recording
from lava_bccn.mapping.network import MappedNetwork
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.settled import settle

BATCH_SIZE = 256
"""Samples at a time: large enough for the matrix products, small enough for the caches."""


def run(
    network: MappedNetwork,
    samples: NDArray[Any],
    targets: NDArray[Any] | None,
    recording: Recording,
    progress: Progress,
) -> tuple[NDArray[np.int64], float]:
    """Settle batch by batch; returns saturations a layer and the seconds it took."""
    connections = Connections(network)
    saturations = np.zeros(len(network.layers), dtype=np.int64)
    started = time.perf_counter()
    for first in range(0, len(samples), BATCH_SIZE):
        chosen = slice(first, first + BATCH_SIZE)
        teacher = None if targets is None else targets[chosen]
        states, saturated = settle(network, samples[chosen], teacher, connections)
        saturations += saturated
        recording.store(chosen, states)
        progress(len(samples[chosen]))
    return saturations, time.perf_counter() - started
