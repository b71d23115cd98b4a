"""Accuracy of online learning on MNIST, or Fashion-MNIST: rules, regimes, depths, and bits.

    uv run python benchmarks/online_learning.py --data-dir DIR [--seeds 0 1 2] [--epochs 40]
        [--rules hash engine …] [--networks random kolen_pollack deep] [--weight-bits 8]
        [--event-bits 8] [--held-out] [--rates FIRST LAST BOOST…] [--decay N] [-o results.csv]
        [--dataset fashion-mnist]

Every network starts fresh and learns the training set one sample after the other in the simulator,
with the defaults of ``bccn new`` and ``bccn run --learn``, but for what is asked for. With
``--held-out`` it learns the first 50,000 training images and is tested on the other 10,000: that is
for choices. What is in the results file already is not run again; the table is printed from it.

Rules: ``hash``; ``engine``, that of Loihi's learning engine with its defaults (integer tags), and
the same with other choices: ``tag``, ``direct``; ``decay`` (of weights); ``synapse`` (a random
number a synapse for all of the engine's rounding); ``nearest`` (no randomness at all);
``nengo-loihi`` (the arithmetic of that emulator); ``chip`` (the same, with products cut toward
zero).
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

from lava_bccn import LearningConfig, MappedNetwork, datasets, mapping, online
from lava_bccn.dynamics.engine import NENGO_LOIHI, EngineArithmetic
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.sim import EngineLearner
from lava_bccn.tables import append_row, read_table

NETWORKS = {
    "random": {"sizes": (784, 500, 10), "feedback": "random"},
    "kolen_pollack": {"sizes": (784, 500, 10), "feedback": "kolen_pollack"},
    "deep": {"sizes": (784, 500, 500, 10), "feedback": "kolen_pollack"},
}

ENGINES = {
    "engine": EngineOptions(),
    "tag": EngineOptions(engine="tag"),
    "direct": EngineOptions(engine="direct"),
    "decay": EngineOptions(decay=8),
    "synapse": EngineOptions(rounding="synapse"),
    "nearest": EngineOptions(rounding="nearest", rounds_traces="nearest"),
    "nengo-loihi": EngineOptions(arithmetic=NENGO_LOIHI),
    "chip": EngineOptions(arithmetic=EngineArithmetic(3, True, True, True)),
}

RATES = {"hash": (3, 7), "engine": (2, 6)}
"""Exponents of the first and the last learning rate."""

BURST_BITS = 12
"""Bits of a burst rate, whatever those of an event rate."""

CASE = (
    *("rule", "network", "weight_bits", "event_bits", "epochs", "seed", "rates", "decay"),
    "tested_on",
)
COLUMNS = (*CASE, "accuracy", "in_engine", "epochs_to_97", "epochs_to_98", "seconds", "cpu_seconds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--dataset", choices=("mnist", "fashion-mnist"), default="mnist")
    parser.add_argument("--rules", nargs="+", choices=("hash", *ENGINES), default=["hash"])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--weight-bits", nargs="+", type=int, default=[8])
    parser.add_argument("--event-bits", nargs="+", type=int, default=[8])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--rates", nargs="+", type=int, help="first, last, hidden_boost")
    parser.add_argument("--decay", type=int, help="of the rule hash; its default otherwise")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("-o", "--output", type=Path, default=Path("online_learning.csv"))
    options = parser.parse_args()
    data = datasets.load(options.dataset, options.data_dir)
    if options.held_out:
        data = datasets.without_test_set(data)
    stored = read_table(options.output, COLUMNS) if options.output.exists() else []
    done = {key(row): row for row in stored}
    wanted = [
        {
            **dict(zip(CASE[:4], map(str, case), strict=True)),
            "epochs": str(options.epochs),
            "seed": str(seed),
            "rates": " ".join(map(str, options.rates or ())),
            "decay": "" if options.decay is None else str(options.decay),
            "tested_on": tested_on(options),
        }
        for *case, seed in product(
            options.rules, options.networks, options.weight_bits, options.event_bits, options.seeds
        )
    ]
    for row in wanted:
        if key(row) in done:
            continue
        row |= learn(data, row)
        append_row(options.output, row)
        done[key(row)] = row
        print(", ".join(f"{name} {row[name]}" for name in COLUMNS), flush=True)
    show([done[key(row)] for row in wanted])


def tested_on(options: argparse.Namespace) -> str:
    """Of which samples; those of MNIST are not named, as in tables of before."""
    part = "held out" if options.held_out else "test set"
    return part if options.dataset == "mnist" else f"{part} of {options.dataset}"


def learn(data: datasets.Dataset, case: dict[str, str]) -> dict[str, str]:
    """What became of one case after the last epoch, and on the way."""
    seed, epochs = int(case["seed"]), int(case["epochs"])
    weight_bits, event_bits = int(case["weight_bits"]), int(case["event_bits"])
    network = mapping.new_network(
        **NETWORKS[case["network"]],
        inputs=data.train_inputs[: mapping.CALIBRATION_SAMPLES],
        weight_bits=weight_bits,
        event_bits=event_bits,
        burst_extra_bits=BURST_BITS - event_bits,
        seed=seed,
    )
    config = configuration(case, epochs * len(data.train_labels), seed)
    started = time.process_time()
    learned = online.learn(network, data, config, online.Lesson(epochs=epochs, seed=seed))
    used = time.process_time() - started
    curve = [(each.learned / len(data.train_labels), each.test_accuracy) for each in learned.curve]
    reached = {
        f"epochs_to_{share}": next((f"{at:g}" for at, a in curve if a >= share / 100), "never")
        for share in (97, 98)
    }
    found = reached | {
        "accuracy": f"{curve[-1][1]:.4f}",
        "in_engine": ""
        if config.rule == "hash"
        else f"{in_engine(learned.network, config, data):.4f}",
        "seconds": f"{learned.seconds:.1f}",
        "cpu_seconds": f"{used:.1f}",
    }
    return {name: found[name] for name in COLUMNS if name in found}


def in_engine(network: MappedNetwork, config: LearningConfig, data: datasets.Dataset) -> float:
    """Accuracy of the engine's own weights of 9 bits, of which the network has the nearest of 8."""
    learner = EngineLearner(network, config)
    inputs = network.quantise_inputs(data.test_inputs.reshape(len(data.test_inputs), -1))
    right = [
        learner.settle(part)[-1].event_rate.argmax(axis=1) == labels
        for part, labels in zip(
            np.array_split(inputs, 20), np.array_split(data.test_labels, 20), strict=True
        )
    ]
    return float(np.concatenate(right).mean())


def configuration(case: dict[str, str], samples: int, seed: int) -> LearningConfig:
    """How a case learns."""
    rule = "hash" if case["rule"] == "hash" else "engine"
    first, last, *boost = [*map(int, case["rates"].split())] or RATES[rule]
    config = LearningConfig(
        weight_rate=first, halve_at=LearningConfig.evenly(first, last, samples), seed=seed
    )
    if boost:
        config = replace(config, hidden_boost=tuple(boost))
    if case["decay"]:
        config = replace(config, decay=int(case["decay"]))
    if rule == "hash":
        return replace(config, bias_rate=first)
    return replace(config, rule="engine", engine=ENGINES[case["rule"]])


def show(rows: list[dict[str, str]]) -> None:
    """One line a case, its seeds together."""
    print("rule, network, weight bits, event bits, epochs, rates, tested on: mean (each)")
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[n] for n in CASE if n != "seed"), []).append(row)
    for case, group in groups.items():
        values = [100 * float(row["accuracy"]) for row in group]
        each = ", ".join(f"{value:.2f}" for value in values)
        own = ", ".join(f"{100 * float(row['in_engine']):.2f}" for row in group if row["in_engine"])
        reached = "; ".join(
            f"{share} % after {', '.join(row[f'epochs_to_{share}'] for row in group)}"
            for share in (97, 98)
        )
        print(f"{', '.join(case)}: {statistics.mean(values):.2f} ({each})")
        print(f"    in the engine: {own}; {reached}")


def key(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in CASE)


if __name__ == "__main__":
    main()
