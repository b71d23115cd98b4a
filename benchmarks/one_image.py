"""Time of one image at a time: `lava_bccn.opened`, `lava_bccn.run`, and the products alone.

    uv run python benchmarks/one_image.py [--data-dir DIR] [--images N] [--rounds N] [--no-lava]

A freshly initialised 784-500-500-500-10 in 8 bits (the time does not depend on the weights) sees
MNIST images, one a call. In each round every way takes as many images in turn, so that a noisy
machine slows all of them; times are CPU times of this thread. "Products" are the four matrix
products in float32, in NumPy. In Lava, wall times: of the start, and of each sample after it. Each
way gives the integers of one run, or it says so.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import lava_bccn
from lava_bccn import datasets, mapping

SIZES = (784, 500, 500, 500, 10)
TARGET_MS = 0.25
"""Of one image, in the simulator."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--images", type=int, default=200, help="in each round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--no-lava", action="store_true", help="the simulator alone")
    parser.add_argument("--lava-samples", type=int, default=10)
    options = parser.parse_args()
    data = datasets.load("mnist", options.data_dir)
    images = data.test_inputs[: options.images].reshape(options.images, -1)
    network = mapping.new_network(SIZES, data.train_inputs[:512])
    targets = np.eye(SIZES[-1])[data.test_labels[: options.images]]

    print(f"{'-'.join(map(str, SIZES))}, 8 bits: CPU ms an image, {options.rounds} rounds of")
    print(f"{options.images} images, one a call; target of opened and of run: {TARGET_MS} ms")
    simulated(network, images, targets, options.rounds)
    if not options.no_lava:
        in_lava(network, images[: options.lava_samples])


def simulated(
    network: lava_bccn.MappedNetwork, images: np.ndarray, targets: np.ndarray, rounds: int
) -> None:
    """Print the times of one image in the simulator, every way in turn."""
    expected = lava_bccn.run(network, images).states[-1].event_rate
    learned = lava_bccn.run(network, images, targets, learn=True)
    with (
        lava_bccn.opened(network) as running,
        lava_bccn.opened(network, learn=True) as learning,
    ):
        ways: dict[str, Callable[[], Iterable[lava_bccn.RunResult | None]]] = {
            "products alone": lambda: map(products_of(network), images),
            "opened, run": lambda: map(running.run, images),
            "opened, stream": lambda: running.stream(images),
            "run": lambda: (lava_bccn.run(network, image[None]) for image in images),
            "opened, learning": lambda: learning.stream(zip(images, targets, strict=True)),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(rounds + 1):  # the first warms up
            for name, way in ways.items():
                started = time.thread_time()
                results = list(way())
                spent = 1e3 * (time.thread_time() - started) / len(images)
                if number:
                    times[name].append(spent)
                elif results[0] is not None:
                    wanted = learned.states[-1].event_rate if "learning" in name else expected
                    got = [each.states[-1].event_rate[0] for each in results]
                    same = np.array_equal(got, wanted)
                    print(f"  {name}: {'the integers of one run' if same else 'OTHER INTEGERS'}")
    alone = times["products alone"]
    for name, spent in times.items():
        ratios = [ours / theirs for ours, theirs in zip(spent, alone, strict=True)]
        print(
            f"{name:17s} {statistics.median(spent):6.3f} ({min(spent):.3f} to {max(spent):.3f})  "
            f"{statistics.median(ratios):5.2f} times the products"
            + (f"  {statistics.median(spent) / TARGET_MS:.2f} of the target" * is_aimed_at(name))
        )


def is_aimed_at(name: str) -> bool:
    """Whether a way has a target."""
    return name.startswith(("opened, run", "opened, stream", "run"))


def products_of(network: lava_bccn.MappedNetwork) -> Callable[[np.ndarray], None]:
    """The products of W with one image, and nothing between them."""
    matrices = [np.ascontiguousarray(each.weight.T, np.float32) for each in network.layers]

    def products(image: np.ndarray) -> None:
        rates = image.astype(np.float32)
        for matrix in matrices:
            rates = rates @ matrix

    return products


def in_lava(network: lava_bccn.MappedNetwork, images: np.ndarray) -> None:
    """Print what the start of Lava takes, and each sample after it."""
    expected = lava_bccn.run(network, images).states[-1].event_rate
    started = time.perf_counter()
    lava_bccn.run(network, images[:1], backend="lava")
    alone = time.perf_counter() - started
    started = time.perf_counter()
    with lava_bccn.opened(network, backend="lava") as running:
        times, outputs = [time.perf_counter() - started], []
        for result in running.stream(images):
            outputs.append(result.states[-1].event_rate[0])
            times.append(time.perf_counter() - started)
    samples = np.diff(times)
    same = np.array_equal(outputs, expected)
    print(
        f"lava, wall time: start {times[0]:.2f} s, once; then {1e3 * np.median(samples):.1f} ms a "
        f"sample ({1e3 * samples.min():.1f} to {1e3 * samples.max():.1f}); a run of one sample "
        f"{alone:.2f} s; {'the integers of sim' if same else 'OTHER INTEGERS'}"
    )


if __name__ == "__main__":
    main()
