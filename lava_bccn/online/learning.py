"""A mapped network learns a lesson on any backend, with checkpoints."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn import bars
from lava_bccn.backends.execution import RunOptions, run
from lava_bccn.backends.recording import Progress
from lava_bccn.datasets import Dataset
from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.errors import InterruptedRunError, InvalidInputError
from lava_bccn.files import check_writable, is_there
from lava_bccn.mapping.recruit import recruit, silent_outputs
from lava_bccn.network.engine_learning import check_learning
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.online.curve import (
    OBSERVED_SAMPLES,
    Progression,
    curve_path,
    write_curve,
)
from lava_bccn.online.lesson import Lesson
from lava_bccn.online.progress import Learned, at_start, run_identity, same_synapses, stored
from lava_bccn.settings import PROGRESS, check, instance

MIN_PARTS = 10
"""The learning curve has at least so many points, if there are as many samples."""


def learn(
    network: MappedNetwork,
    data: Dataset,
    config: LearningConfig,
    lesson: Lesson,
    *,
    backend: str = "sim",
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: bool | Progress | None = None,
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
        progress: True shows a bar, in a terminal or a notebook; a function is called with the
            number of samples just done.
        on_point: called with each new point of the curve.

    Raises:
        InvalidInputError: data, network, rates or checkpoint that do not fit each other.
        OutputPathError: the checkpoint cannot be written.
        BackendUnavailableError, BackendExecutionError: see :func:`lava_bccn.run`. The checkpoint
            stays as the last whole part has left it, so that resuming gives the same curve.
    """
    check("network", network, instance(MappedNetwork))
    check("data", data, instance(Dataset))
    check("config", config, instance(LearningConfig))
    check("lesson", lesson, instance(Lesson))
    labels = data.train_labels
    targets = _targets(labels, network.output_size, config, lesson)
    check_learning(network, config)  # refuse rates that cannot work before anything takes time
    size = lesson.epoch_size(labels)
    for path in () if checkpoint is None else (Path(checkpoint), curve_path(checkpoint)):
        check_writable(path)
    run_id = run_identity(network, data, config, lesson)
    check("progress", progress, PROGRESS)
    if resume and checkpoint is not None and is_there(checkpoint):
        done = stored(run_id, checkpoint, size * lesson.epochs)
        write_curve(checkpoint, done.curve)  # whoever was killed may not have come to it
    else:
        done = at_start(_awake(network, data, lesson), data)
    before = done.network
    total = size * lesson.epochs
    with bars.reported(progress, f"learning on {backend}", total, "samples") as report:
        if done.learned > 0:
            report(done.learned)
        how: RunOptions = {"backend": backend, "learn": config, "progress": report}
        for chosen in _parts(lesson, labels, size, done.learned):
            shown = data.train_inputs[chosen], targets[chosen]
            with _advice(checkpoint, done.learned):
                how["learned"] = done.learned
                result = run(done.network, *shown, **how)
            done = done.after(result, data, chosen, run_id)
            if checkpoint is not None:
                done.network.save(checkpoint)
                write_curve(checkpoint, done.curve)
            if on_point is not None:
                on_point(done.curve[-1])
    assert done.learned == total
    unchanged = done.seconds > 0 and same_synapses(before, done.network)
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
