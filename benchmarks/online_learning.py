"""Accuracy of online learning on MNIST: feedback regimes, depths, weight and event bits, seeds.

    uv run python benchmarks/online_learning.py --data-dir DIR [--seeds 0 1 2] [--epochs 40]
        [--networks random kolen_pollack deep] [--weight-bits 8] [--event-bits 8] [-o results.csv]

Every network starts fresh and learns the training set one sample after the other in the simulator,
with the defaults of ``bccn new`` and ``bccn run --learn``. What is in the results file already is
not run again; the table is printed from the file.
"""

from __future__ import annotations

import argparse
import statistics
from itertools import product
from pathlib import Path

from lava_bccn import LearningConfig, datasets, mapping, online
from lava_bccn.tables import append_row, read_table

NETWORKS = {
    "random": {"sizes": (784, 500, 10), "feedback": "random"},
    "kolen_pollack": {"sizes": (784, 500, 10), "feedback": "kolen_pollack"},
    "deep": {"sizes": (784, 500, 500, 10), "feedback": "kolen_pollack"},
}
FIRST_RATE, LAST_RATE = 3, 7

BURST_BITS = 12
"""Bits of a burst rate, whatever those of an event rate."""

COLUMNS = ("network", "weight_bits", "event_bits", "epochs", "seed", "test_accuracy", "seconds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--weight-bits", nargs="+", type=int, default=[8])
    parser.add_argument("--event-bits", nargs="+", type=int, default=[8])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("-o", "--output", type=Path, default=Path("online_learning.csv"))
    options = parser.parse_args()
    data = datasets.load("mnist", options.data_dir)
    stored = read_table(options.output, COLUMNS) if options.output.exists() else []
    done = {key(row): row for row in stored}
    wanted = list(product(options.networks, options.weight_bits, options.event_bits, options.seeds))
    for network, weight_bits, event_bits, seed in wanted:
        row = {
            "network": network,
            "weight_bits": str(weight_bits),
            "event_bits": str(event_bits),
            "epochs": str(options.epochs),
            "seed": str(seed),
        }
        if key(row) in done:
            continue
        row |= learn(data, network, weight_bits, event_bits, options.epochs, seed)
        append_row(options.output, row)
        done[key(row)] = row
        print(", ".join(f"{name} {row[name]}" for name in COLUMNS), flush=True)
    print(f"{'network':14s} {'weight bits':>12s} {'event bits':>11s}  test accuracy (%)")
    for network, weight_bits, event_bits in dict.fromkeys(case[:3] for case in wanted):
        values = [
            100 * float(row["test_accuracy"])
            for row in done.values()
            if (row["network"], row["weight_bits"], row["event_bits"], row["epochs"])
            == (network, str(weight_bits), str(event_bits), str(options.epochs))
        ]
        each = ", ".join(f"{value:.2f}" for value in values)
        mean = statistics.mean(values)
        print(f"{network:14s} {weight_bits:12d} {event_bits:11d}  {mean:.2f} ({each})")


def learn(
    data: datasets.Dataset, name: str, weight_bits: int, event_bits: int, epochs: int, seed: int
) -> dict[str, str]:
    """Accuracy on the test set after the last epoch, and the seconds spent learning."""
    network = mapping.new_network(
        **NETWORKS[name],
        inputs=data.train_inputs[: mapping.CALIBRATION_SAMPLES],
        weight_bits=weight_bits,
        event_bits=event_bits,
        burst_extra_bits=BURST_BITS - event_bits,
        seed=seed,
    )
    samples = epochs * len(data.train_labels)
    config = LearningConfig(
        weight_rate=FIRST_RATE,
        bias_rate=FIRST_RATE,
        halve_at=LearningConfig.evenly(FIRST_RATE, LAST_RATE, samples),
        seed=seed,
    )
    learned = online.learn(network, data, config, online.Lesson(epochs=epochs, seed=seed))
    return {
        "test_accuracy": f"{learned.curve[-1].test_accuracy:.4f}",
        "seconds": f"{learned.seconds:.1f}",
    }


def key(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in COLUMNS[:5])


if __name__ == "__main__":
    main()
