"""Learning online from a data set: lessons, checkpoints and the learning curve.

A lesson says which samples are shown in which order; :func:`learn` shows them to a mapped network
on any backend, one after the other, and tests it now and then with plasticity off.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.execution import Backend, run
from lava_bccn.backends.executor import LearningSaturations
from lava_bccn.backends.recording import Progress
from lava_bccn.datasets import Dataset
from lava_bccn.errors import InvalidInputError
from lava_bccn.files import check_writable, write_atomically
from lava_bccn.learning_config import LearningConfig
from lava_bccn.mapping.network import MappedNetwork
from lava_bccn.mapping.recruit import recruit, silent_outputs
from lava_bccn.mapping.storage import load

MIN_PARTS = 10
"""The learning curve has at least so many points, if there are as many samples."""

HISTOGRAM_BINS = 200
"""Of burst probabilities from 0 to 2 p_baseline."""

OBSERVED_SAMPLES = 500
"""Test samples whose burst probabilities are observed."""


@dataclass(frozen=True)
class Lesson:
    """Which samples are shown, in which order; the same lesson is the same order everywhere.

    Attributes:
        epochs: passes through the training set, each in an order of its own.
        samples: samples a pass; None for all there are.
        classes: only these are taught; None for all.
        replay: share of a pass that comes from the other classes instead, in [0, 1).
        recruit: wake the output units of ``classes`` that never fire; else they are an error.
        seed: of the order.
    """

    epochs: int = 1
    samples: int | None = None
    classes: tuple[int, ...] | None = None
    replay: float = 0.0
    recruit: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or (self.samples is not None and self.samples < 1):
            raise InvalidInputError(
                f"a lesson needs at least 1 epoch of 1 sample, not {self.epochs} of {self.samples}"
            )
        if not 0 <= self.replay < 1 or (self.replay > 0 and self.classes is None):
            raise InvalidInputError(
                f"replay must be in [0, 1), and needs classes whose lesson it goes with; got "
                f"{self.replay!r} with classes {self.classes!r}"
            )

    def epoch_size(self, labels: NDArray[np.integer]) -> int:
        """Samples of one pass through a training set with these labels.

        Raises:
            InvalidInputError: a class that does not occur.
        """
        missing = sorted(set(self.classes or ()) - set(np.unique(labels).tolist()))
        if missing:
            raise InvalidInputError(f"the training set has no samples of class {missing}")
        if self.samples is not None:
            return self.samples
        taught = len(labels) if self.classes is None else int(self._taught(labels).sum())
        return math.floor(taught / (1 - self.replay))

    def order(self, labels: NDArray[np.integer], epoch: int) -> NDArray[np.intp]:
        """Indices of the samples of one pass.

        Raises:
            InvalidInputError: a class that does not occur, or fewer samples than asked for.
        """
        size = self.epoch_size(labels)
        random = np.random.default_rng([self.seed, epoch])
        if self.classes is None:
            return self._some(random, np.arange(len(labels)), size, "training samples")
        replayed = round(size * self.replay)
        taught = self._taught(labels)
        order = np.concatenate(
            [
                self._some(random, np.flatnonzero(taught), size - replayed, "samples to teach"),
                self._some(random, np.flatnonzero(~taught), replayed, "samples to replay"),
            ]
        )
        return random.permutation(order)

    def _taught(self, labels: NDArray[np.integer]) -> NDArray[np.bool_]:
        return np.isin(labels, self.classes or ())

    @staticmethod
    def _some(
        random: np.random.Generator, pool: NDArray[np.intp], count: int, what: str
    ) -> NDArray[np.intp]:
        if count > len(pool):
            raise InvalidInputError(f"asked for {count} {what}, and there are {len(pool)}")
        return random.permutation(pool)[:count]


@dataclass(frozen=True)
class Progression:
    """A point of the learning curve.

    Attributes:
        learned: samples learned.
        accuracy: while learning, since the point before, each sample tested before it was learned;
            NaN at the start.
        test_accuracy: with plasticity off.
        class_accuracy: the same for each class; NaN for one without test samples.
        limit: share of the weights W that are as large as they can be; 0 in floating point.
        burst_prob: how often each burst probability occurs on taught test samples, a list a layer.
    """

    learned: int
    accuracy: float
    test_accuracy: float
    class_accuracy: tuple[float, ...]
    limit: float
    burst_prob: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Learned:
    """What came of learning.

    Attributes:
        network: as it is now; its ``metadata["learning"]`` holds the rest for a resumed run.
        curve: from before the first sample to after the last.
        saturations: of this run, see ``RunResult.learning_saturations``; None if it did nothing.
        seconds: spent learning in this run, without tests and checkpoints.
        unchanged: True if this run changed no weight at all.
    """

    network: MappedNetwork
    curve: tuple[Progression, ...]
    saturations: LearningSaturations | None
    seconds: float
    unchanged: bool


def learn(
    network: MappedNetwork,
    data: Dataset,
    config: LearningConfig,
    lesson: Lesson,
    *,
    backend: Backend = "sim",
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    on_point: Callable[[Progression], None] | None = None,
) -> Learned:
    """Let a network learn a lesson.

    Args:
        network: a mapped network.
        data: whose training set is shown and whose test set it is tested on.
        config: what learns, and how fast.
        lesson: what is shown.
        backend: where it learns. It is tested in the simulator, which gives the same numbers.
        checkpoint: where to save the network after every part, with its curve as CSV beside it.
        resume: go on from the checkpoint, if it is there, to the same bits.
        progress: called with the number of samples just done.
        on_point: called with each new point of the curve.

    Raises:
        InvalidInputError: data, network, rates or checkpoint that do not fit each other.
        OutputPathError: the checkpoint cannot be written.
    """
    labels, classes = data.train_labels, network.output_size
    targets = _one_hot(labels, classes)
    size = lesson.epoch_size(labels)
    total = size * lesson.epochs
    if checkpoint is not None:
        for path in (Path(checkpoint), curve_path(checkpoint)):
            check_writable(path)
    learned, seconds = 0, 0.0
    curve: list[Progression] = []
    run_id = {"config": asdict(config), "lesson": asdict(lesson), "dataset": data.name}
    if resume and checkpoint is not None and Path(checkpoint).exists():
        network = load(checkpoint)
        learned, curve = _stored(network, run_id, checkpoint)
        if progress is not None:
            progress(learned)
    else:
        network = _awake(network, data, lesson)
        curve = [_point(network, data, 0, math.nan)]
    saturations: LearningSaturations | None = None
    before = network
    for chosen in _parts(lesson, labels, size, learned):
        result = run(
            network,
            data.train_inputs[chosen],
            targets[chosen],
            backend=backend,
            learn=config,
            learned=learned,
            progress=progress,
        )
        learned, seconds = result.learned, seconds + result.seconds
        saturations = _total(saturations, result.learning_saturations)
        correct = float(np.mean(result.predictions == labels[chosen]))
        curve.append(_point(result.network, data, learned, correct))
        notes = {**run_id, "learned": learned, "curve": [asdict(point) for point in curve]}
        network = replace(result.network, metadata={**network.metadata, "learning": _plain(notes)})
        if checkpoint is not None:
            network.save(checkpoint)
            _write_curve(curve_path(checkpoint), curve)
        if on_point is not None:
            on_point(curve[-1])
    assert learned == total
    unchanged = seconds > 0 and all(
        np.array_equal(a.weight, b.weight)
        for a, b in zip(before.layers, network.layers, strict=True)
    )
    return Learned(network, tuple(curve), saturations, seconds, unchanged)


def curve_path(checkpoint: str | Path) -> Path:
    """The CSV of the learning curve beside a checkpoint."""
    return Path(checkpoint).with_suffix(".csv")


def stored_curve(network: MappedNetwork) -> tuple[Progression, ...]:
    """The learning curve of when a network last learned; empty if it never did."""
    points = network.metadata.get("learning", {}).get("curve", ())
    return tuple(
        Progression(
            **{
                **point,
                "accuracy": math.nan if point["accuracy"] is None else point["accuracy"],
                "class_accuracy": tuple(
                    math.nan if value is None else value for value in point["class_accuracy"]
                ),
                "burst_prob": tuple(tuple(layer) for layer in point["burst_prob"]),
            }
        )
        for point in points
    )


def _awake(network: MappedNetwork, data: Dataset, lesson: Lesson) -> MappedNetwork:
    """The network with no output unit asleep that is to learn a class."""
    for label in lesson.classes or ():
        inputs = data.train_inputs[data.train_labels == label][:OBSERVED_SAMPLES]
        if label not in silent_outputs(network, inputs):
            continue
        if not lesson.recruit:
            raise InvalidInputError(
                f"output unit {label} fires no event on any sample of its class, so it can never "
                "learn it (it was taught to be silent); wake it with --recruit (Lesson(recruit="
                "True) in Python)"
            )
        network = recruit(network, label, inputs)
    return network


def _total(
    first: LearningSaturations | None, second: LearningSaturations | None
) -> LearningSaturations | None:
    if first is None or second is None:
        return first or second
    return tuple(
        {name: counts + b[name] for name, counts in a.items()}
        for a, b in zip(first, second, strict=True)
    )


def _one_hot(labels: NDArray[np.integer], units: int) -> NDArray[np.float32]:
    if int(labels.min()) < 0 or int(labels.max()) >= units:
        raise InvalidInputError(
            f"labels run from {int(labels.min())} to {int(labels.max())}, but the output layer has "
            f"{units} units (0 to {units - 1})"
        )
    return np.eye(units, dtype=np.float32)[labels]


def _parts(
    lesson: Lesson, labels: NDArray[np.integer], size: int, learned: int
) -> Iterator[NDArray[np.intp]]:
    """Indices of the samples of each part that is still to be learned."""
    part = math.ceil(size / math.ceil(MIN_PARTS / lesson.epochs))
    for epoch in range(learned // size, lesson.epochs):
        order = lesson.order(labels, epoch)
        first = learned - epoch * size if epoch == learned // size else 0
        for start in range(0, size, part):
            end = min(start + part, size)
            if end > first:
                yield order[max(start, first) : end]


def _stored(
    network: MappedNetwork, run_id: dict[str, Any], path: str | Path
) -> tuple[int, list[Progression]]:
    notes = network.metadata.get("learning")
    if notes is None:
        raise InvalidInputError(
            f"{path} is a network that has not learned online; there is nothing to resume, so "
            "name another file"
        )
    differences = [
        f"{group} {name} is {notes[group].get(name)!r} there and {value!r} here"
        for group in ("config", "lesson")
        for name, value in _plain(run_id[group]).items()
        if notes[group].get(name) != value
    ]
    if notes["dataset"] != run_id["dataset"]:
        differences.append(f"it learned {notes['dataset']}")
    if differences:
        raise InvalidInputError(
            f"{path} is of another run ({'; '.join(differences)}), so it cannot be resumed with "
            "these; give the options it was started with, or another file"
        )
    return int(notes["learned"]), list(stored_curve(network))


def _point(network: MappedNetwork, data: Dataset, learned: int, accuracy: float) -> Progression:
    """Test a network with plasticity off."""
    predictions = run(network, data.test_inputs).predictions
    correct = predictions == data.test_labels
    per_class = [
        float(correct[data.test_labels == label].mean())
        if (data.test_labels == label).any()
        else math.nan
        for label in range(network.output_size)
    ]
    inputs = data.test_inputs[:OBSERVED_SAMPLES]
    teacher = np.eye(network.output_size)[data.test_labels[:OBSERVED_SAMPLES]]
    taught = run(network, inputs, teacher, record=("burst_prob",))
    edges = np.linspace(0, 2 * network.p_baseline, HISTOGRAM_BINS + 1)
    counts = [
        np.histogram(taught.values("burst_prob", layer), edges)[0]
        for layer in range(len(network.layers))
    ]
    limit = 0.0
    if network.number_format is not None:
        largest = network.number_format.max_weight
        at_limit = sum(int((np.abs(layer.weight) == largest).sum()) for layer in network.layers)
        limit = at_limit / sum(layer.weight.size for layer in network.layers)
    return Progression(
        learned,
        accuracy,
        float(correct.mean()),
        tuple(per_class),
        limit,
        tuple(tuple(layer.tolist()) for layer in counts),
    )


def _plain(value: Any) -> Any:
    """As JSON gives it back: lists for tuples, None for NaN."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _write_curve(path: Path, curve: Sequence[Progression]) -> None:
    def write(temporary: Path) -> None:
        with temporary.open("w", newline="") as file:
            writer = csv.writer(file)
            names = ("learned", "accuracy", "test_accuracy", "limit")
            classes = range(len(curve[0].class_accuracy))
            writer.writerow([*names, *(f"test_accuracy_{label}" for label in classes)])
            for point in curve:
                values = (getattr(point, name) for name in names)
                writer.writerow([*values, *point.class_accuracy])

    write_atomically(path, write)
