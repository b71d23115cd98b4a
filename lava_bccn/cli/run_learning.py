"""``bccn run --learn``."""

from __future__ import annotations

import argparse
import math

import numpy as np

from lava_bccn import mapping, online
from lava_bccn.cli.data import check_apart, check_classes, load_dataset
from lava_bccn.cli.fields import given
from lava_bccn.cli.learning_options import OPTIONS_OF_SETTINGS, check_boosts, chosen_config
from lava_bccn.cli.outputs import NETWORK, check_output, pictures
from lava_bccn.cli.printing import print_json, print_table, progress_bar, warn
from lava_bccn.cli.resuming import goes_on, settings_are_options
from lava_bccn.datasets import Dataset
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.learning import LearningConfig
from lava_bccn.online import Learned, Lesson, Progression, curve_path

TRIED_SAMPLES = 256
"""Test samples on which an output unit must fire once, not to be silent."""

MANY_AT_LIMIT = 0.25
"""Share of weights at the end of their range that is worth a warning."""


def execute(options: argparse.Namespace) -> None:
    """Learn, checkpoint, report, draw."""
    resume = _check(options)
    network = mapping.load(options.network)
    name = options.dataset or network.metadata.get("dataset")
    check_apart(name, options.output, curve_path(options.output))
    data = load_dataset(options, network.metadata)
    if data.input_size != network.input_size:
        raise InvalidInputError(
            f"images of {data.name} have {data.input_size} values, the network "
            f"{network.input_size} inputs"
        )
    check_classes(data, network)
    teacher = not hasattr(options, "no_teacher")
    lesson = Lesson(**{**given(Lesson, options), "teacher": teacher})
    total = lesson.epoch_size(data.train_labels) * lesson.epochs
    config = chosen_config(options, total)
    check_boosts(options, network)
    with (
        settings_are_options(OPTIONS_OF_SETTINGS),
        progress_bar(f"learning on {options.backend}", total, unit="samples") as bar,
    ):

        def on_point(point: Progression) -> None:
            right, tested = f"{point.accuracy:.2%}", f"{point.test_accuracy:.2%}"
            note = f"{right} right while learning, {tested} in the test"
            bar(0, note=note, at=f"{point.learned} of {total} samples")

        result = online.learn(
            network,
            data,
            config,
            lesson,
            backend=options.backend,
            checkpoint=options.output,
            resume=resume,
            progress=bar,
            on_point=on_point,
        )
    if hasattr(options, "plot"):
        from lava_bccn import plots

        figure = plots.learning(result.curve, network.p_baseline)
        plots.save_figure(figure, options.plot, dpi=150)
    _report(options, data, lesson, config, result)


def _check(options: argparse.Namespace) -> bool:
    """Refuse options that do not go together; whether to go on from the output."""
    options.resume = hasattr(options, "resume")
    for name in ("inputs", "save", "record", "teacher"):
        if getattr(options, name):
            raise InvalidInputError(f"--{name} does not go with --learn; run the learned network")
    if not hasattr(options, "output"):
        raise InvalidInputError("--learn needs -o FILE.safetensors to put the network into")
    if options.output.exists() and options.output.samefile(options.network):
        raise InvalidInputError(
            "-o names the network that learning starts from, which a resumed run needs; name "
            "another file"
        )
    check_output(options.output, NETWORK, needs_ending=True)
    resume = goes_on(options, options.output, curve_path(options.output))
    if hasattr(options, "plot"):
        overwrite = options.overwrite or resume
        check_output(options.plot, pictures(), overwrite=overwrite, needs_ending=True)
    return resume


def _report(
    options: argparse.Namespace,
    data: Dataset,
    lesson: Lesson,
    config: LearningConfig,
    result: Learned,
) -> None:
    before, after = result.curve[0], result.curve[-1]
    accuracies = _accuracies(data, lesson, before, after)
    _warn(data, config, result)
    rate = after.learned / result.seconds if result.seconds else None
    if options.json:
        print_json(
            {
                "output": str(options.output),
                "samples": after.learned,
                "test_accuracy_before": before.test_accuracy,
                "test_accuracy": after.test_accuracy,
                "weights_at_limit": after.limit,
                "samples_per_second": rate,
                "saturations": [
                    {name: vars(counts) for name, counts in layer.items()}
                    for layer in result.saturations
                ],
                "saturated_potentials": result.saturated_potentials.tolist(),
                "accuracy": accuracies,
            }
        )
        return
    print_table(
        f"{options.output.name}: {after.learned} samples learned on {options.backend}",
        [
            {"test accuracy": name, "before": f"{old:.2%}", "after": f"{new:.2%}"}
            for name, (old, new) in accuracies.items()
        ],
    )
    counts = [count for layer in result.saturations for count in layer.values()]
    total = sum(counts, Saturations())
    tags = f"{_known(total.tags)} tags, " if config.rule == "engine" else ""
    speed = "" if rate is None else f"{rate:,.0f} samples per second; "
    print(
        f"{speed}{after.limit:.2%} of the weights are at their limit; did not fit while learning: "
        f"{_known(total.weights)} changes of weights, "
        f"{_known(total.traces)} traces, "
        f"{tags}"
        f"{int(result.saturated_potentials.sum()):,} potentials"
    )


def _known(count: int) -> str:
    return "an unknown number of" if count < 0 else f"{count:,}"


def _warn(data: Dataset, config: LearningConfig, result: Learned) -> None:
    learned, limit = result.curve[-1].learned, result.curve[-1].limit
    if result.unchanged:
        warn(
            f"nothing has changed in {learned} samples; raise the learning rate (the first was "
            f"2^{-config.weight_rate})"
        )
    outputs = result.network.output_size
    if len(mapping.silent_outputs(result.network, data.test_inputs[:TRIED_SAMPLES])) == outputs:
        warn(
            "no output unit fires any more, and silent units cannot learn: learn from the start "
            f"again with a lower learning rate (the first was 2^{-config.weight_rate}; --rate "
            f"{config.weight_rate + 2})"
        )
    if limit > MANY_AT_LIMIT:
        warn(
            f"{limit:.0%} of the weights are as large as they can be; lower the learning rate, or "
            "make or map the network with a larger --weight-range"
        )


def _accuracies(
    data: Dataset, lesson: Lesson, before: Progression, after: Progression
) -> dict[str, tuple[float, ...]]:
    """Before and after, of all classes, and of those that were taught and not."""
    classes = range(len(data.class_names))
    groups: dict[str, list[int]] = {"all classes": list(classes)}
    if lesson.classes is not None:
        groups["taught classes"] = list(lesson.classes)
        groups["other classes"] = [label for label in classes if label not in lesson.classes]
    return {
        name: tuple(_accuracy(point, data, labels) for point in (before, after))
        for name, labels in groups.items()
        if labels
    }


def _accuracy(point: Progression, data: Dataset, classes: list[int]) -> float:
    counts = np.bincount(data.test_labels, minlength=len(point.class_accuracy))
    chosen = [label for label in classes if counts[label]]
    correct = sum(point.class_accuracy[label] * counts[label] for label in chosen)
    return float(correct / counts[chosen].sum()) if chosen else math.nan
