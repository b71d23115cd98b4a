"""Speed of both rules of online learning in the simulator, side by side: CPU time a sample.

    uv run python benchmarks/learning_rules.py --data-dir DIR [--samples 4000] [--passes 4]

All learn the first training images of MNIST again and again in one process, on one thread, at the
first learning rate of the engine's rule; the least of the passes counts.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from lava_bccn import LearningConfig, datasets, mapping
from lava_bccn.network import EngineOptions
from lava_bccn.sim.compiled.engine_learner import CompiledEngineLearner
from lava_bccn.sim.compiled.learner import CompiledLearner

NETWORKS = (
    ((784, 400, 10), "kolen_pollack", (3,)),
    ((784, 500, 10), "kolen_pollack", (3,)),
    ((784, 500, 10), "random", (2,)),
    ((784, 500, 500, 10), "kolen_pollack", (3, 3)),
    ((784, 500, 500, 10), "random", (2, 1)),
)
"""Sizes, feedback and hidden boosts."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--samples", type=int, default=4000)
    parser.add_argument("--passes", type=int, default=4)
    options = parser.parse_args()
    data = datasets.load("mnist", options.data_dir)
    images, labels = data.train_inputs[: options.samples], data.train_labels[: options.samples]
    print("microseconds a sample: engine, engine with a draw a synapse, hash (engine / hash)")
    for sizes, feedback, boost in NETWORKS:
        calibration = images[: mapping.CALIBRATION_SAMPLES]
        network = mapping.new_network(sizes, calibration, feedback=feedback)
        inputs = network.quantise_inputs(images.reshape(len(images), -1))
        targets = network.quantise_targets(np.eye(10)[labels])
        rates = {"weight_rate": 2, "hidden_boost": boost}
        draws = EngineOptions(rounding="synapse")
        learners = (
            CompiledEngineLearner(network, LearningConfig(rule="engine", **rates)),
            CompiledEngineLearner(network, LearningConfig(rule="engine", engine=draws, **rates)),
            CompiledLearner(network, LearningConfig(**rates)),
        )
        for learner in learners:
            learner.learn(inputs[:1], targets[:1])  # compiles
        passes = []
        for _ in range(options.passes):
            used = []
            for learner in learners:
                started = time.process_time()
                learner.learn(inputs, targets)
                used.append(1e6 * (time.process_time() - started) / len(inputs))
            passes.append(used)
        engine, drawn, host = np.min(passes, axis=0)
        name = f"{'-'.join(map(str, sizes))} {feedback}"
        print(
            f"{name:32} {engine:6.1f} {drawn:6.1f} {host:6.1f}  ({engine / host:.2f})", flush=True
        )


if __name__ == "__main__":
    main()
