"""``bccn run --learn``."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_bccn.cli.common import (
    STDERR,
    check_picture,
    load_dataset,
    print_json,
    print_table,
    progress_bar,
)
from lava_bccn.errors import InvalidInputError, OutputPathError
from lava_bccn.files import check_new, write_atomically
from lava_bccn.network.learning import PATHWAYS, LearningConfig

if TYPE_CHECKING:
    from lava_bccn.datasets import Dataset
    from lava_bccn.online import Learned, Lesson, Progression

DEFAULT_RATES = (3, 7)
"""Exponents of the first and the last learning rate."""

MANY_AT_LIMIT = 0.25
"""Share of weights at the end of their range that is worth a warning."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """``--learn`` and what goes with it."""
    group = parser.add_argument_group(
        "learning online (--learn)",
        "every sample of the training set is taught and learned from, one after the other; the "
        "test set measures, with plasticity off",
    )
    add = group.add_argument
    add("--learn", action="store_true", help="learn while running")
    add("-o", "--output", type=Path, metavar="FILE.safetensors", help="the network that learns")
    add("--resume", action="store_true", help="continue the run that wrote the output")
    add("--plot", type=Path, metavar="FILE.png", help="draw the learning curve")
    add("--epochs", type=int, metavar="N", help="passes through the data (default: 1)")
    add("--rate", type=int, metavar="n", help="first learning rate, 2^-n (default: 3)")
    add(
        "--final-rate",
        type=int,
        metavar="n",
        help="last learning rate, reached by halving in equal parts (default: 7, or --rate)",
    )
    add(
        "--hidden-boost",
        type=int,
        nargs="*",
        metavar="n",
        help="the first, second, ... hidden layer learns 2^n times as fast (default: 3 2)",
    )
    add(
        "--decay",
        type=int,
        metavar="d",
        help="weights decay by 2^-d times the rate, or with -1 not at all (default: 17)",
    )
    add(
        "--learns",
        nargs="+",
        choices=PATHWAYS,
        metavar="PATHWAY",
        help=f"what learns: {', '.join(PATHWAYS)} (default: all that the network was made for)",
    )
    add("--classes", type=int, nargs="+", metavar="CLASS", help="teach only these")
    add(
        "--replay",
        type=float,
        metavar="SHARE",
        help="let this share of the samples come from the other classes (default: 0)",
    )
    add(
        "--feedback-rate",
        type=int,
        metavar="n",
        help="learning rate of homeostatic Y and Q, 2^-n over the ensembles that send (default: 1)",
    )
    add("--no-teacher", action="store_true", help="for homeostatic Y and Q; use with --learns")
    add("--recruit", action="store_true", help="wake output units of --classes that never fire")
    add("--seed", type=int, metavar="SEED", help="of the order and of the rounding (default: 0)")


_ONLY_LEARNING = (
    *("output", "plot", "epochs", "rate", "final_rate", "hidden_boost", "decay", "learns"),
    *("classes", "replay", "feedback_rate", "seed"),
)


def check_unused(options: argparse.Namespace) -> None:
    """Refuse options that mean nothing without ``--learn``."""
    given = [name for name in _ONLY_LEARNING if getattr(options, name) is not None]
    given += [name for name in ("resume", "recruit", "no_teacher") if getattr(options, name)]
    if given:
        name = given[0].replace("_", "-")
        raise InvalidInputError(f"--{name} needs --learn")


def execute(options: argparse.Namespace) -> None:
    """Learn, checkpoint, report, draw."""
    from lava_bccn import mapping, online

    for name in ("inputs", "save", "record", "teacher"):
        if getattr(options, name):
            raise InvalidInputError(f"--{name} does not go with --learn; run the learned network")
    if options.output is None:
        raise InvalidInputError("--learn needs -o FILE.safetensors to put the network into")
    if options.output.exists() and options.output.samefile(options.network):
        raise InvalidInputError(
            "-o names the network that learning starts from, which a resumed run needs; name "
            "another file"
        )
    if options.resume and options.overwrite:
        raise InvalidInputError("--resume continues the output and --overwrite replaces it")
    for path in (options.output, online.curve_path(options.output)):
        if path.exists() and not (options.resume or options.overwrite):
            raise OutputPathError(
                f"{path} exists; continue that run with --resume or replace it with --overwrite"
            )
    if options.plot is not None:
        check_picture(options.plot)
        check_new(options.plot, overwrite=options.overwrite or options.resume)
    network = mapping.load(options.network)
    data = load_dataset(options, network.metadata.get("dataset"))
    if data.input_size != network.input_size:
        raise InvalidInputError(
            f"images of {data.name} have {data.input_size} values, the network "
            f"{network.input_size} inputs"
        )
    lesson = online.Lesson(
        epochs=1 if options.epochs is None else options.epochs,
        samples=options.samples,
        classes=None if options.classes is None else tuple(options.classes),
        replay=options.replay or 0.0,
        recruit=options.recruit,
        teacher=not options.no_teacher,
        seed=options.seed or 0,
    )
    total = lesson.epoch_size(data.train_labels) * lesson.epochs
    config = _config(options, total)
    hidden = len(network.layers) - 1
    if options.hidden_boost is not None and len(options.hidden_boost) > hidden:
        raise InvalidInputError(
            f"--hidden-boost has {len(options.hidden_boost)} numbers, the network {hidden} hidden "
            "layers"
        )
    if options.resume and not options.output.exists():
        STDERR.print(f"{options.output} is not there yet: nothing to resume, starting anew")
    with progress_bar(f"learning on {options.backend}", total, unit="samples") as bar:

        def on_point(point: Progression) -> None:
            note = (
                f"{point.accuracy:.2%} right while learning, {point.test_accuracy:.2%} in the test"
            )
            bar(0, note=note)
            if not STDERR.is_terminal:
                print(f"{point.learned} of {total} samples: {note}", file=sys.stderr)

        result = online.learn(
            network,
            data,
            config,
            lesson,
            backend=options.backend,
            checkpoint=options.output,
            resume=options.resume,
            progress=bar,
            on_point=on_point,
        )
    if options.plot is not None:
        from lava_bccn import plots

        figure = plots.learning(result.curve, network.p_baseline)
        write_atomically(options.plot, lambda path: figure.savefig(path, dpi=150))
    _report(options, data, lesson, config, result)


def _config(options: argparse.Namespace, total: int) -> LearningConfig:
    first = DEFAULT_RATES[0] if options.rate is None else options.rate
    last = max(first, DEFAULT_RATES[1]) if options.final_rate is None else options.final_rate
    if last < first:
        raise InvalidInputError(
            f"--final-rate {last} (2^-{last}) is a higher learning rate than --rate {first}"
        )
    given: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("hidden_boost", "decay", "learns", "seed")
        if getattr(options, name) is not None
    }
    if given.get("decay") == -1:
        given["decay"] = None
    elif given.get("decay", 0) < 0:
        raise InvalidInputError(f"--decay must be 0 to 31, or -1 for none, not {options.decay}")
    if options.feedback_rate is not None:
        given["feedback_burst_rate"] = given["feedback_event_rate"] = options.feedback_rate
    return LearningConfig(
        weight_rate=first,
        bias_rate=first,
        halve_at=LearningConfig.evenly(first, last, total),
        **given,
    )


def _report(
    options: argparse.Namespace,
    data: Dataset,
    lesson: Lesson,
    config: LearningConfig,
    result: Learned,
) -> None:
    before, after = result.curve[0], result.curve[-1]
    rate = after.learned / result.seconds if result.seconds else math.nan
    report: dict[str, Any] = {
        "output": str(options.output),
        "samples": after.learned,
        "test_accuracy_before": before.test_accuracy,
        "test_accuracy": after.test_accuracy,
        "weights_at_limit": after.limit,
        "samples_per_second": None if math.isnan(rate) else rate,
        "saturations": [
            {name: vars(counts) for name, counts in layer.items()} for layer in result.saturations
        ],
        "saturated_potentials": result.saturated_potentials.tolist(),
    }
    groups: dict[str, Sequence[int]] = {"all classes": range(len(data.class_names))}
    if lesson.classes is not None:
        groups["taught classes"] = lesson.classes
        groups["other classes"] = [
            label for label in range(len(data.class_names)) if label not in lesson.classes
        ]
    accuracies = {
        name: tuple(_accuracy(point, data, classes) for point in (before, after))
        for name, classes in groups.items()
        if classes
    }
    report["accuracy"] = accuracies
    if result.unchanged:
        STDERR.print(
            f"warning: nothing has changed in {after.learned} samples; raise the learning rate "
            f"(the first was 2^{-config.weight_rate})"
        )
    if after.limit > MANY_AT_LIMIT:
        STDERR.print(
            f"warning: {after.limit:.0%} of the weights are as large as they can be; lower the "
            "learning rate, or make or map the network with a larger --weight-range"
        )
    if options.json:
        print_json(report)
        return
    print_table(
        f"{options.output.name}: {after.learned} samples learned on {options.backend}",
        ("test accuracy", "before", "after"),
        [(name, f"{old:.2%}", f"{new:.2%}") for name, (old, new) in accuracies.items()],
    )
    counts = [count for layer in result.saturations for count in layer.values()]
    speed = "" if math.isnan(rate) else f"{rate:,.0f} samples per second; "
    print(
        f"{speed}{after.limit:.2%} of the weights are at their limit; did not fit while learning: "
        f"{sum(count.weights for count in counts):,} changes of weights, "
        f"{sum(count.traces for count in counts):,} traces, "
        f"{int(result.saturated_potentials.sum()):,} potentials"
    )


def _accuracy(point: Progression, data: Dataset, classes: Any) -> float:
    counts = np.bincount(data.test_labels, minlength=len(point.class_accuracy))
    chosen = [label for label in classes if counts[label]]
    correct = sum(point.class_accuracy[label] * counts[label] for label in chosen)
    return float(correct / counts[chosen].sum()) if chosen else math.nan
