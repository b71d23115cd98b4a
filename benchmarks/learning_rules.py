"""Speed of both rules of online learning in the simulator, side by side: CPU time a sample.

    uv run python benchmarks/learning_rules.py --data-dir DIR [--samples 2000] [--rounds 5]
        [--against CHECKOUT]

All learn the first training images of MNIST in one process, on one thread: the hash rule at its
first and at its last learning rate, the engine's at its first, and there with a draw a synapse.
Every round starts afresh. Beside each is how often it holds the time of one plain product of the
same number of synapses, in float32, by NumPy (events up, and errors back and out). With --against,
the same is timed in another checkout, round by round in turn, and the ratio printed beside its
target.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from side_by_side import compare, ratios, serve

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


TARGET = 2.2
"""How much faster than before the networks of 500 units are to learn by the hash rule."""

PLAIN_SAMPLES = 200
"""Of the plain products."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(rounds(options.data_dir, options.samples))
        return
    here = Path(__file__).parents[1]
    checkouts = [here, *([options.against] if options.against else [])]
    arguments = ["--samples", str(options.samples)]
    if options.data_dir is not None:
        arguments += ["--data-dir", str(options.data_dir.resolve())]
    now, *before = compare("learning_rules", checkouts, options.rounds, arguments)
    print("microseconds a sample, median (least to most); samples a second; times plain products")
    for name in now[0]:
        if name.startswith("plain"):
            continue
        each = [times[name] for times in now]
        plain = statistics.median(times[f"plain {name.partition(',')[0]}"] for times in now)
        median = statistics.median(each)
        line = (
            f"{name:44} {median:6.1f} ({min(each):.1f} to {max(each):.1f}) {1e6 / median:10,.0f} "
            f"{median / plain:6.2f}"
        )
        if before:
            ratio, least, most = ratios(before[0], now, name)
            target = f", target {TARGET}" if "hash" in name and "500" in name else ""
            line += f"   {ratio:.2f} x as fast ({least:.2f} to {most:.2f}{target})"
        print(line, flush=True)


def rounds(data_dir: Path | None, samples: int) -> Iterator[dict[str, float]]:
    """Microseconds a sample of everything."""
    data = datasets.load("mnist", data_dir)
    images, labels = data.train_inputs[:samples], data.train_labels[:samples]
    cases = {}
    for sizes, feedback, boost in NETWORKS:
        network = mapping.new_network(
            sizes, images[: mapping.CALIBRATION_SAMPLES], feedback=feedback
        )
        inputs = network.quantise_inputs(images.reshape(len(images), -1))
        targets = network.quantise_targets(np.eye(10)[labels])
        rates = {"weight_rate": 2, "hidden_boost": boost, "rule": "engine"}
        title = f"{'-'.join(map(str, sizes))} {feedback}"
        configs = {
            "hash 2^-3": LearningConfig(weight_rate=3, bias_rate=3),
            "hash 2^-7": LearningConfig(weight_rate=7, bias_rate=7),
            "engine": LearningConfig(**rates),
            "engine, drawn": LearningConfig(engine=EngineOptions(rounding="synapse"), **rates),
        }
        for name, config in configs.items():
            cases[f"{title}, {name}"] = (network, config, inputs, targets)
    while True:
        times = {}
        for name, (network, config, inputs, targets) in cases.items():
            kind = CompiledEngineLearner if config.rule == "engine" else CompiledLearner
            learner = kind(network, config)
            learner.learn(inputs[:1], targets[:1])  # compiles
            started = time.process_time()
            learner.learn(inputs, targets)
            times[name] = 1e6 * (time.process_time() - started) / len(inputs)
            plain = f"plain {name.partition(',')[0]}"
            if plain not in times:
                times[plain] = plain_products(network.sizes, inputs)
        yield times


def plain_products(sizes: tuple[int, ...], inputs: NDArray[Any]) -> float:
    """Microseconds a sample of NumPy's float32 products, up, back and out, one at a time."""
    random = np.random.default_rng(0)
    weights = [
        random.random((after, before), dtype=np.float32) / before
        for before, after in itertools.pairwise(sizes)
    ]
    rows = inputs[:PLAIN_SAMPLES].astype(np.float32) / 255
    started = time.process_time()
    for row in rows:
        states = [row]
        for weight in weights:
            states.append(weight @ states[-1])
        error = np.float32(1e-3) * states[-1]
        for index in range(len(weights) - 1, -1, -1):
            weight = weights[index]
            weight += np.outer(error, states[index])
            error = error @ weight if index else error
    return 1e6 * (time.process_time() - started) / len(rows)


if __name__ == "__main__":
    main()
