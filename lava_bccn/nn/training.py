"""A training loop: an optimizer of PyTorch on the plasticity that layers leave in ``.grad``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from lava_bccn.files import check_writable
from lava_bccn.headers import CHECKPOINT
from lava_bccn.nn.checkpoint import Checkpoint, save_checkpoint
from lava_bccn.nn.description import describe
from lava_bccn.nn.epochs import Epochs
from lava_bccn.nn.parallel import Processes, SharedModel
from lava_bccn.nn.progress import Progress, stored_progress
from lava_bccn.nn.samples import Samples, check_trainable
from lava_bccn.nn.sources import PictureStream, as_source
from lava_bccn.nn.training_config import TrainingConfig, log_path
from lava_bccn.nn.watching import logged, watched
from lava_bccn.nn.wrappers import sequential
from lava_bccn.settings import FLAG, check, instance


@dataclass(frozen=True, repr=False)
class TrainingResult:
    """A trained model and one record per epoch, as in the CSV log."""

    model: torch.nn.Sequential
    history: list[dict[str, float]]
    stopped_early: bool

    def __repr__(self) -> str:
        """How long it was trained, and what it came to."""
        last, early = self.history[-1], ", stopped early" if self.stopped_early else ""
        return (
            f"{type(self).__name__} of {len(self.history)} epochs{early}\n"
            f"  training loss {last['training_loss']:.4g}, "
            f"held-out error {last['held_out_error']:.2%}"
        )


def train(
    model: torch.nn.Sequential,
    training: Samples | PictureStream,
    validation: Samples | PictureStream,
    config: TrainingConfig = TrainingConfig(),
    *,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    data: dict[str, Any] | None = None,
    on_batch: Callable[[int, int], None] | None = None,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
    progress: bool = False,
    log_dir: str | Path | None = None,
    processes: Processes = Processes(),
) -> TrainingResult:
    """Train a BurstCCN or a comparator on labelled samples, with the teacher on all the time.

    Args:
        model: changed in place; it may be in ``torch.compile``, ``DataParallel`` and the like, and
            then trains through that. The result has the model inside.
        training: inputs in [0, 1], (samples, ...), and integer labels, (samples,): tensors or
            arrays, which are brought to the model's device and precision. Or pictures that are
            read while training, a :class:`PictureStream`.
        validation: the same of samples that are held out, for the error of each epoch.
        config: see :class:`TrainingConfig`.
        checkpoint: file that is written after every epoch, with a CSV log beside it.
        resume: continue from ``checkpoint`` where it exists; the result has the same bits as a run
            that was never interrupted.
        data: stored with the checkpoint.
        on_batch: called with (epoch, batch) after each batch, for a progress bar.
        on_epoch: called with the epoch's record; ``plots.live_curves()`` draws it in a notebook.
        progress: show a bar, in a terminal or a notebook.
        log_dir: folder to write what each epoch brought into as TensorBoard's events; a resumed run
            continues them, and any other begins them anew. Take a folder for each run.
        processes: that train it together, each called with the same arguments; each takes its share
            of every batch, and the first alone writes.

    Raises:
        InvalidInputError: inputs that are not finite or not in [0, 1], labels that are no classes
            of the output layer, what is no such samples at all, a model in which nothing can learn,
            or a checkpoint of another run.
        OutputPathError: the checkpoint or the log cannot be written.
        MissingExtraError: TensorBoard is not installed.
    """
    plain = sequential(model)
    _check_options(config, checkpoint, resume, data, processes)
    check("progress", progress, FLAG)
    check("log_dir", log_dir, instance(str, Path).or_none())
    check_trainable(plain)
    path = checkpoint if processes.is_first else None  # of what this process writes
    taught = as_source(plain, training, "training", config)
    held_out = as_source(plain, validation, "validation")
    if checkpoint is not None:
        describe(plain)  # refuse a model that cannot be stored before training it
    for output in () if path is None else (path, log_path(path)):
        check_writable(output)
    standing = Progress(plain, config, len(taught))
    stored = None
    if resume and checkpoint is not None:
        stored = processes.from_first(
            partial(stored_progress, checkpoint, plain, config, len(taught), data)
        )
    if stored is not None:
        CHECKPOINT.built(checkpoint or "", partial(standing.restore, stored))
    if config.compile and model is plain:
        model = torch.compile(model)  # type: ignore[assignment]
    epochs = Epochs(SharedModel(model, processes, standing.order), plain, taught, standing)
    quiet = not (progress and processes.is_first)
    with (
        logged(path, log_dir if processes.is_first else None) as log,
        watched("training", config, len(taught), quiet=quiet) as bar,
    ):
        log(standing.history)
        while len(standing.history) < config.epochs and not standing.stops_early:
            record = epochs.next(held_out, [each for each in (bar.on_batch, on_batch) if each])
            standing.add(record, plain)
            if path is not None:
                save_checkpoint(path, Checkpoint(plain, standing.state(), data or {}))
            log(standing.history)
            for tell in (bar.on_epoch, on_epoch):
                if tell is not None:
                    tell(record)
    if config.patience is not None and standing.best["state"]:
        plain.load_state_dict(standing.best["state"])
        if path is not None:
            save_checkpoint(path, Checkpoint(plain, standing.state(), data or {}))
    return TrainingResult(plain, standing.history, standing.stops_early)


def _check_options(
    config: object, checkpoint: object, resume: object, data: object, processes: object
) -> None:
    check("config", config, instance(TrainingConfig))
    check("checkpoint", checkpoint, instance(str, Path).or_none())
    check("resume", resume, FLAG)
    check("data", data, instance(dict).or_none())
    check("processes", processes, instance(Processes))
