"""Lava on the CPU as a backend."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.executor import Execution, Learning, LearningSaturations
from lava_bccn.backends.recording import Progress, Recording
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.network.learning import Pathway
from lava_bccn.network.network import MappedNetwork, with_weights
from lava_bccn.network.time import ContinuousTime

if TYPE_CHECKING:
    from lava_bccn.processes import BurstCCN


def run(
    network: MappedNetwork,
    samples: NDArray[Any],
    targets: NDArray[Any] | None,
    learning: Learning | None,
    recording: Recording,
    progress: Progress,
    continuous: ContinuousTime | None = None,
) -> Execution:
    """Present one sample after the other; in continuous time, each for a single step.

    The seconds are those of the time steps, without fetching what is recorded or was learned.

    Raises:
        BackendUnavailableError: Lava is not installed.
        BackendExecutionError: it failed while it ran.
    """
    from lava_bccn import processes  # fails with advice where there is no Lava

    from lava.magma.core.run_configs import Loihi2SimCfg  # isort: skip

    steps = network.presentation_steps if continuous is None else 1
    source = processes.SampleSource(
        samples=samples,
        targets=targets,
        output_size=network.output_size,
        presentation_steps=steps,
    )
    bccn = processes.BurstCCN(network, time=continuous)
    if learning is not None:
        bccn = processes.BurstCCN(network, learning.config, learning.learned, continuous)
    source.sample_out.connect(bccn.sample_in)
    source.target_out.connect(bccn.target_in)
    last = len(network.layers)
    with processes.running(bccn, Loihi2SimCfg(select_tag=bccn.tag)) as lava:
        seconds = 0.0
        for sample in range(len(samples)):
            started = time.perf_counter()
            lava.steps(steps)
            seconds += time.perf_counter() - started
            for index, arrays in enumerate(recording.arrays, start=1):
                for name, array in arrays.items():
                    array[sample] = getattr(bccn, f"{name}_{index}").get()
            progress(1)
        saturations = [
            sum(
                int(getattr(bccn, f"{name}_{index}").get()[0])
                for name in bccn.state_names(is_output=index == last)
                if name.endswith("saturations")
            )
            for index in range(1, last + 1)
        ]
        weights, counts = _learned(bccn, last)
    if learning is None:
        return Execution(network, np.array(saturations, dtype=np.int64), seconds)
    return Execution(
        with_weights(network, weights), np.array(saturations, dtype=np.int64), seconds, counts
    )


def _learned(
    bccn: BurstCCN, layers: int
) -> tuple[list[dict[Pathway, NDArray[Any]]], LearningSaturations]:
    """Weights and biases that have changed, and what did not fit."""
    weights: list[dict[Pathway, NDArray[Any]]] = []
    counts: list[dict[Pathway, Saturations]] = []
    for index in range(layers):
        names = bccn.learning_pathways(index)
        weights.append({name: getattr(bccn, f"{name}_{index + 1}").get() for name in names})
        pairs = {name: getattr(bccn, f"{name}_saturations_{index + 1}").get() for name in names}
        counts.append({name: Saturations(int(w), int(t)) for name, (w, t) in pairs.items()})
    return weights, tuple(counts)
