"""``bccn bench learning``."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import lava_bccn
from lava_bccn import mapping
from lava_bccn.cli.data import load_dataset, load_dataset_for, one_hot
from lava_bccn.cli.printing import joined, print_json, print_table, progress_bar
from lava_bccn.network.learning import PATHWAYS, LearningConfig

if TYPE_CHECKING:
    from lava_bccn import MappedNetwork, RunResult

_HIDDEN = 500
"""Units of the hidden layer of a network that is made for this."""

_SIMULATOR_SECONDS = 1.0
"""For so long the simulator learns again and again on either side of Lava's run."""


def execute(options: argparse.Namespace) -> None:
    """Let both learn the same samples; report speed, memory and whether the bits are the same."""
    if options.network is None:
        data = load_dataset(options, "digits")
        sizes = (data.input_size, _HIDDEN, len(data.class_names))
        network = mapping.new_network(sizes, data.train_inputs[: mapping.CALIBRATION_SAMPLES])
    else:
        network = mapping.load(options.network)
        data = load_dataset_for(options, network)
    inputs = data.train_inputs[: options.samples]
    targets = one_hot(data.train_labels[: options.samples], network.output_size)
    report = _compare(network, inputs, targets)
    if options.json:
        print_json(report)
        return
    print_table(
        f"learning {joined(network.sizes)}, {len(inputs)} samples of {data.name}",
        ("", "samples per second", "ms per sample"),
        [
            (name, f"{speed:,.1f}", f"{1000 / speed:.3f}")
            for name, speed in report["samples_per_second"].items()
        ],
    )
    print(
        f"ratio {report['ratio']:.0f}; weights and biases afterwards: "
        f"{'the same' if report['same_bits'] else 'DIFFERENT'}; largest process of Lava "
        f"{report['lava_process_peak_megabytes']:.0f} MB"
    )


def _compare(network: MappedNetwork, inputs: NDArray[Any], targets: NDArray[Any]) -> dict[str, Any]:
    import resource  # where there is Lava, there is this

    config = LearningConfig()

    def simulate() -> tuple[float, RunResult]:
        seconds, runs, until = 0.0, 0, time.monotonic() + _SIMULATOR_SECONDS
        while runs == 0 or time.monotonic() < until:
            result = lava_bccn.run(network, inputs, targets, learn=config)
            seconds, runs = seconds + result.seconds, runs + 1
        return seconds / runs, result

    lava_bccn.run(network, inputs[:1], targets[:1], learn=config)  # compiles
    before, simulated = simulate()
    with progress_bar("learning on lava", len(inputs), unit="samples") as bar:
        lava = lava_bccn.run(network, inputs, targets, learn=config, backend="lava", progress=bar)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    after, _ = simulate()
    per_second = {
        "lava": len(inputs) / lava.seconds,
        "sim": 2 * len(inputs) / (before + after),
    }
    return {
        "sizes": network.sizes,
        "samples": len(inputs),
        "samples_per_second": per_second,
        "ratio": per_second["sim"] / per_second["lava"],
        "same_bits": _same(lava.network, simulated.network),
        "lava_process_peak_megabytes": memory / 1024,
    }


def _same(first: MappedNetwork, second: MappedNetwork) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in zip(first.layers, second.layers, strict=True)
        for name in PATHWAYS
        if getattr(a, name) is not None
    )
