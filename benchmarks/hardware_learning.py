"""Digits learned in the hardware form, in Lava, with the host in the loop.

    uv run python benchmarks/hardware_learning.py [--samples 1500] [--simulate]

64-64-10 from nothing, Kolen-Pollack feedback, hard sigmoids, 8-bit weights, one sample after the
other. Lava runs the stock Processes that the chip has; between presentations the host reads event
rates, apical potentials and burst rates and changes the weights. Accuracy on all test images is
that of the simulator with the weights that came out of Lava; on the first of them Lava's own too.
With --simulate the simulator learns as well, and its weights must be the same.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import lava_bccn
from lava_bccn import LearningConfig, MappedNetwork, datasets, mapping, metrics

HIDDEN = 64
FIRST_RATE, LAST_RATE, BOOST = -1, 2, (2, 2)
PARTS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1500)
    parser.add_argument("--tested-in-lava", type=int, default=100)
    parser.add_argument("--backend", default="lava-hardware")
    parser.add_argument("--simulate", action="store_true", help="learn in the simulator too")
    options = parser.parse_args()
    data = datasets.load("digits")
    targets = np.eye(10)[data.train_labels]
    random = np.random.default_rng(0)
    epochs = -(-options.samples // len(targets))
    order = np.concatenate([random.permutation(len(targets)) for _ in range(epochs)])
    order = order[: options.samples]
    config = LearningConfig(
        weight_rate=FIRST_RATE,
        halve_at=LearningConfig.evenly(FIRST_RATE, LAST_RATE, options.samples),
        hidden_boost=BOOST,
    )
    start = mapping.new_network(
        (64, HIDDEN, 10), data.train_inputs, activation="hard_sigmoid", feedback="kolen_pollack"
    )

    def learn(backend: str) -> MappedNetwork:
        network, learned, began = start, 0, time.perf_counter()
        for part in np.array_split(order, PARTS):
            result = lava_bccn.run(
                network,
                data.train_inputs[part],
                targets[part],
                backend=backend,
                learn=config,
                learned=learned,
            )
            network, learned = result.network, result.learned
            tested = lava_bccn.run(network, data.test_inputs)
            accuracy = metrics.accuracy(tested.event_rate, data.test_labels)
            seconds = time.perf_counter() - began
            print(f"{backend}: {learned:5d} samples, {seconds:6.0f} s, {accuracy:.2%}", flush=True)
        return network

    network = learn(options.backend)
    few = slice(options.tested_in_lava)
    own = lava_bccn.run(network, data.test_inputs[few], backend=options.backend)
    accuracy = metrics.accuracy(own.event_rate, data.test_labels[few])
    print(f"{options.backend}: its own accuracy on {options.tested_in_lava} images {accuracy:.2%}")
    if options.simulate:
        simulated = learn("sim")
        same = all(
            np.array_equal(getattr(ours, name), getattr(theirs, name))
            for ours, theirs in zip(network.layers, simulated.layers, strict=True)
            for name in ("weight", "bias")
        )
        print(f"the simulator's weights are {'the same' if same else 'OTHERS'}")


if __name__ == "__main__":
    main()
