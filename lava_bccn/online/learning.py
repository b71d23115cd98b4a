"""A mapped network learns a lesson on any backend, with checkpoints."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.execution import run
from lava_bccn.backends.job import LearningSaturations
from lava_bccn.backends.recording import Progress
from lava_bccn.backends.result import RunResult
from lava_bccn.datasets import Dataset
from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.errors import InterruptedRunError, InvalidInputError
from lava_bccn.files import check_writable
from lava_bccn.mapping.recruit import recruit, silent_outputs
from lava_bccn.network.learning import PATHWAYS, LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.plasticity import plasticity
from lava_bccn.network.storage import load
from lava_bccn.online.curve import (
    OBSERVED_SAMPLES,
    Progression,
    curve_path,
    observe,
    stored_curve,
    write_curve,
)
from lava_bccn.online.lesson import Lesson

MIN_PARTS = 10
"""The learning curve has at least so many points, if there are as many samples."""


@dataclass(frozen=True)
class Learned:
    """What came of learning.

    Attributes:
        network: as it is now; its ``metadata["learning"]`` holds the rest for a resumed run.
        curve: from before the first sample to after the last.
        saturations: see ``RunResult.learning_saturations``.
        saturated_potentials: of each layer, see ``RunResult.saturations``.
        seconds: spent learning in this run, without tests and checkpoints.
        unchanged: True if this run learned samples and changed nothing.
    """

    network: MappedNetwork
    curve: tuple[Progression, ...]
    saturations: LearningSaturations
    saturated_potentials: NDArray[np.int64]
    seconds: float
    unchanged: bool


def learn(
    network: MappedNetwork,
    data: Dataset,
    config: LearningConfig,
    lesson: Lesson,
    *,
    backend: str = "sim",
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
        BackendUnavailableError, BackendExecutionError: see :func:`lava_bccn.run`. The checkpoint
            stays as the last whole part has left it, so that resuming gives the same curve.
    """
    labels = data.train_labels
    targets = _targets(labels, network.output_size, config, lesson)
    plasticity(network, config)  # refuse rates that cannot work before anything takes time
    size = lesson.epoch_size(labels)
    for path in () if checkpoint is None else (Path(checkpoint), curve_path(checkpoint)):
        check_writable(path)
    run_id = _run_id(network, data, config, lesson)
    if resume and checkpoint is not None and Path(checkpoint).exists():
        done = _stored(run_id, checkpoint)
        if progress is not None:
            progress(done.curve[-1].learned)
    else:
        done = _start(network, data, lesson)
    start = done.network
    for chosen in _parts(lesson, labels, size, done.curve[-1].learned):
        learned = done.curve[-1].learned
        with _advice(checkpoint, learned):
            result = run(
                done.network,
                data.train_inputs[chosen],
                targets[chosen],
                backend=backend,
                learn=config,
                learned=learned,
                progress=progress,
            )
        done = _after(done, result, data, chosen, run_id)
        if checkpoint is not None:
            done.network.save(checkpoint)
            write_curve(curve_path(checkpoint), done.curve)
        if on_point is not None:
            on_point(done.curve[-1])
    assert done.curve[-1].learned == size * lesson.epochs
    unchanged = done.seconds > 0 and same_synapses(start, done.network)
    return replace(done, unchanged=unchanged)


@contextmanager
def _advice(checkpoint: str | Path | None, learned: int) -> Iterator[None]:
    """Say of a run that is interrupted what there is to go on from."""
    try:
        yield
    except InterruptedRunError as error:
        if checkpoint is None or learned == 0:
            raise
        raise InterruptedRunError(
            f"{error}; {checkpoint} has the network after {learned} samples, from which --resume "
            "(resume=True in Python) goes on",
            error.done,
            error.partial,
        ) from error


def same_synapses(first: MappedNetwork, second: MappedNetwork) -> bool:
    """Whether all weights and biases of two networks of one form are the same."""
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in zip(first.layers, second.layers, strict=True)
        for name in PATHWAYS
        if getattr(a, name) is not None
    )


def _start(network: MappedNetwork, data: Dataset, lesson: Lesson) -> Learned:
    """Before the first sample."""
    network = _awake(network, data, lesson)
    return Learned(
        network,
        (observe(network, data, 0, math.nan),),
        tuple({} for _ in network.layers),
        np.zeros(len(network.layers), dtype=np.int64),
        seconds=0.0,
        unchanged=True,
    )


def _after(
    done: Learned,
    result: RunResult,
    data: Dataset,
    chosen: NDArray[np.intp],
    run_id: dict[str, Any],
) -> Learned:
    """What has been learned with a further part, whose network has the notes to go on from."""
    correct = float(np.mean(result.predictions == data.train_labels[chosen]))
    curve = (*done.curve, observe(result.network, data, result.learned, correct))
    saturations = _total(done.saturations, result.learning_saturations or ())
    potentials = done.saturated_potentials + result.saturations
    notes = {
        **run_id,
        "learned": result.learned,
        "saturations": [
            {name: asdict(counts) for name, counts in layer.items()} for layer in saturations
        ],
        "saturated_potentials": potentials.tolist(),
        "curve": [asdict(point) for point in curve],
    }
    metadata = {**done.network.metadata, "learning": _plain(notes)}
    network = replace(result.network, metadata=metadata)
    seconds = done.seconds + result.seconds
    return Learned(network, curve, saturations, potentials, seconds, unchanged=False)


def _parts(
    lesson: Lesson, labels: NDArray[np.integer[Any]], size: int, learned: int
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


def _stored(run_id: dict[str, Any], path: str | Path) -> Learned:
    """What a checkpoint of the same run holds."""
    network = load(path)
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
    elif notes["start"] != run_id["start"]:
        differences.append("it started from another network, or the data have changed")
    if differences:
        raise InvalidInputError(
            f"{path} is of another run ({'; '.join(differences)}), so it cannot be resumed with "
            "these; give the options it was started with, or another file"
        )
    saturations: LearningSaturations = tuple(
        {name: Saturations(**counts) for name, counts in layer.items()}
        for layer in notes["saturations"]
    )
    potentials = np.array(notes["saturated_potentials"], dtype=np.int64)
    return Learned(network, stored_curve(network), saturations, potentials, 0.0, unchanged=True)


def _plain(value: Any) -> Any:
    """As JSON gives it back: lists for tuples, None for NaN."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


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


def _total(first: LearningSaturations, second: LearningSaturations) -> LearningSaturations:
    return tuple(
        {name: counts + a.get(name, Saturations()) for name, counts in b.items()}
        for a, b in zip(first, second, strict=True)
    )


def _run_id(
    network: MappedNetwork, data: Dataset, config: LearningConfig, lesson: Lesson
) -> dict[str, Any]:
    """What must be the same for a run to go on."""
    return {
        "config": asdict(config),
        "lesson": asdict(lesson),
        "dataset": data.name,
        "start": _digest(network, data),
    }


def _digest(network: MappedNetwork, data: Dataset) -> str:
    """Tells a start, and what is shown, from any other."""
    digest = hashlib.sha256()
    for layer in network.layers:
        for name in PATHWAYS:
            if getattr(layer, name) is not None:
                digest.update(np.ascontiguousarray(getattr(layer, name)).tobytes())
    for array in (data.train_inputs, data.train_labels):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _targets(
    labels: NDArray[np.integer[Any]], units: int, config: LearningConfig, lesson: Lesson
) -> NDArray[np.float32]:
    """What the teacher says about every sample of the training set."""
    if int(labels.min()) < 0 or int(labels.max()) >= units:
        raise InvalidInputError(
            f"labels run from {int(labels.min())} to {int(labels.max())}, but the output layer has "
            f"{units} units (0 to {units - 1})"
        )
    if lesson.teacher:
        return np.eye(units, dtype=np.float32)[labels]
    if set(config.learns) & {"weight", "bias"}:
        raise InvalidInputError(
            "without a teacher W and the biases have nothing to learn from; leave them out of "
            "what learns (learns=('feedback_event',), --learns feedback_event)"
        )
    return np.full((len(labels), units), NO_TEACHER, dtype=np.float32)
