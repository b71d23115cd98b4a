"""Images per second of the simulator and of Lava, fixed point, on the same MNIST images.

    uv run python benchmarks/simulator.py [NET.safetensors] [--data-dir DIR] [--samples N]

Without a network it maps a freshly initialised 784-500-500-500-10 (the time does not depend on the
weights). The two executors take turns in chunks, so that a noisy machine slows both; the teacher is
on, so that bursts are computed all the way down. Also checks that both gave the same integers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

import lava_bccn
from lava_bccn import datasets, mapping
from lava_bccn.nn import burst_mlp

SIZES = (784, 500, 500, 500, 10)
CHUNKS = 4
SIMULATOR_REPEATS = 20
"""The simulator runs each chunk so many times, to take long enough to be timed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", type=Path, nargs="?")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--samples", type=int, default=200)
    options = parser.parse_args()
    data = datasets.load("mnist", options.data_dir)
    inputs, labels = data.test_inputs[: options.samples], data.test_labels[: options.samples]
    targets = np.eye(len(data.class_names))[labels]
    if options.network is not None:
        network = mapping.load(options.network)
    else:
        model = burst_mlp(SIZES, generator=torch.Generator().manual_seed(0))
        network = mapping.from_torch(model, data.train_inputs[:512])

    lava_bccn.run(network, inputs, targets)  # warm up
    seconds = {"sim": 0.0, "lava": 0.0}
    same = True
    for chosen in np.array_split(np.arange(len(inputs)), CHUNKS):
        chunk, teacher = inputs[chosen], targets[chosen]
        record = ("event_rate", "apical", "burst_rate")
        lava = lava_bccn.run(network, chunk, teacher, backend="lava", record=record)
        seconds["lava"] += lava.seconds
        repeats = [
            lava_bccn.run(network, chunk, teacher, record=record) for _ in range(SIMULATOR_REPEATS)
        ]
        seconds["sim"] += sum(result.seconds for result in repeats) / SIMULATOR_REPEATS
        same &= all(
            np.array_equal(getattr(a, name), getattr(b, name))
            for a, b in zip(lava.states, repeats[-1].states, strict=True)
            for name in record
        )
    print(f"{'-'.join(map(str, network.sizes))}, {network.precision}, {len(inputs)} images")
    for name, value in seconds.items():
        print(f"{name:5s} {len(inputs) / value:10.1f} images per second")
    print(f"ratio {seconds['lava'] / seconds['sim']:10.1f}")
    verdict = "the same integers" if same else "DIFFERENT"
    print(f"event rates, apical potentials and burst rates of every layer: {verdict}")


if __name__ == "__main__":
    main()
