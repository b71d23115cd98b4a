"""``bccn run --learn``."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lava_bccn import mapping, online
from lava_bccn.cli.data import check_apart, check_classes, load_dataset
from lava_bccn.cli.fields import given
from lava_bccn.cli.learning_options import OPTIONS_OF_SETTINGS, check_boosts, chosen_config
from lava_bccn.cli.log_dir import check_log_dir
from lava_bccn.cli.outputs import NETWORK, check_output, pictures
from lava_bccn.cli.printing import print_json, print_table, progress_bar, warn
from lava_bccn.cli.resuming import goes_on, settings_are_options
from lava_bccn.datasets import Dataset
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.errors import InvalidInputError
from lava_bccn.files import is_there
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.online import Learned, Lesson, Progression, curve_path

TRIED_SAMPLES = 256
"""Test samples on which an output unit must fire once, not to be silent."""

MANY_AT_LIMIT = 0.25
"""Share of weights at the end of their range that is worth a warning."""


class Task(NamedTuple):
    """What is to be learned by what, and how.

    Attributes:
        network: that learns.
        data: what it learns from.
        lesson, config: of ``online.learn``.
        total: samples of the lesson.
    """

    network: MappedNetwork
    data: Dataset
    lesson: Lesson
    config: LearningConfig
    total: int


def execute(options: argparse.Namespace) -> None:
    """Learn, checkpoint, report, draw."""
    resume = check_options(options, getattr(options, "output", None))
    check_log_dir(options)
    task = prepared(options, (options.output,))
    with (
        settings_are_options(OPTIONS_OF_SETTINGS),
        progress_bar(f"learning on {options.backend}", task.total, unit="samples") as bar,
        _logged(options, resume) as log,
    ):

        def on_point(point: Progression) -> None:
            log(point)
            right, tested = f"{point.accuracy:.2%}", f"{point.test_accuracy:.2%}"
            note = f"{right} right while learning, {tested} in the test"
            bar(0, note=note, at=f"{point.learned} of {task.total} samples")

        result = online.learn(
            task.network,
            task.data,
            task.config,
            task.lesson,
            backend=options.backend,
            checkpoint=options.output,
            resume=resume,
            progress=bar,
            on_point=on_point,
        )
    if hasattr(options, "plot"):
        draw(result, options.plot)
    _report(options, task, result)


@contextmanager
def _logged(options: argparse.Namespace, resume: bool) -> Iterator[Callable[[Progression], None]]:
    """What writes each point of the curve for TensorBoard, after those of a run that goes on."""
    if not hasattr(options, "log_dir"):
        yield lambda _: None
        return
    from lava_bccn.nn.events import EventLog

    before = resume and is_there(options.output)
    stored = online.stored_curve(mapping.load(options.output)) if before else ()
    rows = [point.numbers for point in stored if point.learned > 0]
    with closing(EventLog(options.log_dir)) as events:

        def write(point: Progression) -> None:
            rows.append(point.numbers)
            events.write(rows, "learned")

        yield write


def prepared(options: argparse.Namespace, outputs: Iterable[Path]) -> Task:
    """What options say is to be learned.

    Args:
        options: of the command.
        outputs: networks that are to be written, each with its curve.

    Raises:
        InvalidInputError: network, data and options do not go together.
        OutputPathError: the data set is where one of the outputs would be.
    """
    network = mapping.load(options.network)
    name = options.dataset or network.metadata.get("dataset")
    for output in outputs:
        check_apart(name, output, curve_path(output))
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
    return Task(network, data, lesson, config, total)


def draw(result: Learned, path: Path) -> None:
    """Draw a learning curve."""
    from lava_bccn import plots

    figure = plots.learning(result.curve, result.network.p_baseline)
    plots.save_figure(figure, path, dpi=150)


def check_options(options: argparse.Namespace, output: Path | None) -> bool:
    """Refuse options that do not go together; whether to go on from the output.

    Args:
        options: of the command.
        output: that is to be written with its curve, and a plot of the same run if there is one.
    """
    options.resume = getattr(options, "resume", False)
    for name in ("inputs", "save", "record", "teacher"):
        if getattr(options, name):
            raise InvalidInputError(f"--{name} does not go with --learn; run the learned network")
    if hasattr(options, "workers") and not hasattr(options, "seeds"):
        raise InvalidInputError(
            "--workers is of the runs of --seeds, and this is one run; leave it out, or name seeds"
        )
    if output is None:
        raise InvalidInputError("--learn needs -o FILE.safetensors to put the network into")
    if output.exists() and output.samefile(options.network):
        raise InvalidInputError(
            "-o names the network that learning starts from, which a resumed run needs; name "
            "another file"
        )
    check_output(output, NETWORK, needs_ending=True)
    resume = goes_on(options, output, curve_path(output))
    if hasattr(options, "plot"):
        overwrite = options.overwrite or resume
        check_output(options.plot, pictures(), overwrite=overwrite, needs_ending=True)
    return resume


def facts(output: Path, task: Task, result: Learned) -> dict[str, Any]:
    """What a run came to, for scripts."""
    before, after = result.curve[0], result.curve[-1]
    return {
        "output": str(output),
        "samples": after.learned,
        "test_accuracy_before": before.test_accuracy,
        "test_accuracy": after.test_accuracy,
        "weights_at_limit": after.limit,
        "samples_per_second": _rate(result),
        "saturations": [
            {name: vars(counts) for name, counts in layer.items()} for layer in result.saturations
        ],
        "saturated_potentials": result.saturated_potentials.tolist(),
        "accuracy": accuracies(task, result),
    }


def _rate(result: Learned) -> float | None:
    return result.learned / result.seconds if result.seconds else None


def _report(options: argparse.Namespace, task: Task, result: Learned) -> None:
    after, rate = result.curve[-1], _rate(result)
    warn_of(task, result)
    if options.json:
        print_json(facts(options.output, task, result))
        return
    print_table(
        f"{options.output.name}: {after.learned} samples learned on {options.backend}",
        [
            {"test accuracy": name, "before": f"{old:.2%}", "after": f"{new:.2%}"}
            for name, (old, new) in accuracies(task, result).items()
        ],
    )
    counts = [count for layer in result.saturations for count in layer.values()]
    total = sum(counts, Saturations())
    tags = f"{_known(total.tags)} tags, " if task.config.rule == "engine" else ""
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


def warn_of(task: Task, result: Learned, whose: str = "") -> None:
    """Warn of a run that came to nothing; ``whose`` begins each warning."""
    data, config = task.data, task.config
    learned, limit = result.curve[-1].learned, result.curve[-1].limit
    if result.unchanged:
        warn(
            f"{whose}nothing has changed in {learned} samples; raise the learning rate (the first "
            f"was 2^{-config.weight_rate})"
        )
    outputs = result.network.output_size
    if len(mapping.silent_outputs(result.network, data.some_test(TRIED_SAMPLES)[0])) == outputs:
        warn(
            f"{whose}no output unit fires any more, and silent units cannot learn: learn from the "
            f"start again with a lower learning rate (the first was "
            f"2^{-config.weight_rate}; --rate {config.weight_rate + 2})"
        )
    if limit > MANY_AT_LIMIT:
        warn(
            f"{whose}{limit:.0%} of the weights are as large as they can be; lower the learning "
            "rate, or make or map the network with a larger --weight-range"
        )


def accuracies(task: Task, result: Learned) -> dict[str, tuple[float, ...]]:
    """Before and after, of all classes, and of those that were taught and not."""
    data, lesson, curve = task.data, task.lesson, result.curve
    classes = range(len(data.class_names))
    groups: dict[str, list[int]] = {"all classes": list(classes)}
    if lesson.classes is not None:
        groups["taught classes"] = list(lesson.classes)
        groups["other classes"] = [label for label in classes if label not in lesson.classes]
    return {
        name: tuple(_accuracy(point, data, labels) for point in (curve[0], curve[-1]))
        for name, labels in groups.items()
        if labels
    }


def _accuracy(point: Progression, data: Dataset, classes: list[int]) -> float:
    counts = np.bincount(data.test_labels, minlength=len(point.class_accuracy))
    chosen = [label for label in classes if counts[label]]
    correct = sum(point.class_accuracy[label] * counts[label] for label in chosen)
    return float(correct / counts[chosen].sum()) if chosen else math.nan
