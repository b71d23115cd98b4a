"""Lava on the CPU as a backend."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.recording import Progress, Recording
from lava_bccn.mapping.network import MappedNetwork


def run(
    network: MappedNetwork,
    samples: NDArray[Any],
    targets: NDArray[Any] | None,
    recording: Recording,
    progress: Progress,
) -> tuple[NDArray[np.int64], float]:
    """Present one sample after the other; returns saturations a layer and the seconds it took.

    The seconds are those of the time steps, without fetching what is recorded.

    Raises:
        BackendUnavailableError: Lava is not installed.
        BackendExecutionError: it failed while it ran.
    """
    from lava_bccn import processes  # fails with advice where there is no Lava

    from lava.magma.core.run_configs import Loihi2SimCfg  # isort: skip

    steps = network.presentation_steps
    source = processes.SampleSource(
        samples=samples,
        targets=targets,
        output_size=network.output_size,
        presentation_steps=steps,
    )
    bccn = processes.BurstCCN(network)
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
    return np.array(saturations, dtype=np.int64), seconds
