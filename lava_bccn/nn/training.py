"""A training loop: an optimizer of PyTorch on the plasticity that layers leave in ``.grad``."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.files import check_writable
from lava_bccn.headers import CHECKPOINT
from lava_bccn.nn.checkpoint import Checkpoint, save_checkpoint
from lava_bccn.nn.description import describe
from lava_bccn.nn.direct import is_direct
from lava_bccn.nn.loss import loss_for
from lava_bccn.nn.models import learning_layers
from lava_bccn.nn.noise import drawn_by
from lava_bccn.nn.observation import alignment
from lava_bccn.nn.parallel import Processes, SharedModel
from lava_bccn.nn.progress import Progress, stored_progress
from lava_bccn.nn.realignment import Realignment, kept_still
from lava_bccn.nn.replay import Step, step_of
from lava_bccn.nn.samples import Samples, check_trainable
from lava_bccn.nn.sources import PictureStream, Source, as_source
from lava_bccn.nn.training_config import TrainingConfig, log_path
from lava_bccn.nn.wrappers import sequential
from lava_bccn.settings import FLAG, check, instance
from lava_bccn.tables import write_table

_LOWER = {None: None, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class TrainingResult:
    """A trained model and one record per epoch, as in the CSV log."""

    model: torch.nn.Sequential
    history: list[dict[str, float]]
    stopped_early: bool


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
        on_epoch: called with the epoch's record.
        processes: that train it together, each called with the same arguments; each takes its share
            of every batch, and the first alone writes.

    Raises:
        InvalidInputError: inputs that are not finite or not in [0, 1], labels that are no classes
            of the output layer, what is no such samples at all, a model in which nothing can learn,
            or a checkpoint of another run.
        OutputPathError: the checkpoint cannot be written.
    """
    plain = sequential(model)
    _check_options(config, checkpoint, resume, data, processes)
    check_trainable(plain)
    writes = checkpoint is not None and processes.is_first
    taught = as_source(plain, training, "training", config)
    held_out = as_source(plain, validation, "validation")
    if checkpoint is not None:
        describe(plain)  # refuse a model that cannot be stored before training it
        for path in (checkpoint, log_path(checkpoint)) if writes else ():
            check_writable(path)
    progress = Progress(model, config, len(taught))
    stored = None
    if resume and checkpoint is not None:
        stored = processes.from_first(
            partial(stored_progress, checkpoint, plain, config, len(taught), data)
        )
    if stored is not None:
        CHECKPOINT.built(checkpoint or "", partial(progress.restore, stored))
    if checkpoint is not None and writes and progress.history:
        write_table(log_path(checkpoint, progress.history), progress.history)
    if config.compile and model is plain:
        model = torch.compile(model)  # type: ignore[assignment]
    shared, lower = SharedModel(model, processes, progress.order), _LOWER[config.autocast]
    direct = step_of(plain, lower)
    realigning = partial(_gradients, plain, step_of(plain, lower), config)
    realignment = Realignment(plain, progress, realigning)
    while len(progress.history) < config.epochs and not progress.stops_early:
        epoch, started = len(progress.history), time.perf_counter()
        report = None if on_batch is None else partial(on_batch, epoch)
        with drawn_by(plain, shared.noise):
            loss_sum, permutation = _train_epoch(
                shared, direct, taught, progress, realignment, report
            )
        seconds = time.perf_counter() - started
        record = {
            "epoch": epoch + 1,
            "training_loss": float(processes.total(loss_sum)) / len(taught),
            **held_out.errors(plain),
            "learning_rate": progress.optimization.learning_rate,
            "seconds": round(seconds, 3),
            **_alignment_record(plain, *taught.shown(permutation[:256])),
        }
        if not math.isfinite(record["training_loss"]):
            raise InvalidInputError(
                f"training diverged in epoch {epoch + 1} (the loss is not finite); lower the "
                f"learning rate from {config.learning_rate:g}, or where Q or Y learns the feedback "
                f"rate from {config.feedback_rate:g}"
            )
        progress.add(record, plain)
        if checkpoint is not None and writes:
            save_checkpoint(checkpoint, Checkpoint(plain, progress.state(), data or {}))
            write_table(log_path(checkpoint, progress.history), progress.history)
        if on_epoch is not None:
            on_epoch(record)
    if config.patience is not None and progress.best["state"]:
        plain.load_state_dict(progress.best["state"])
        if checkpoint is not None and writes:
            save_checkpoint(checkpoint, Checkpoint(plain, progress.state(), data or {}))
    return TrainingResult(plain, progress.history, progress.stops_early)


def _check_options(
    config: object, checkpoint: object, resume: object, data: object, processes: object
) -> None:
    check("config", config, instance(TrainingConfig))
    check("checkpoint", checkpoint, instance(str, Path).or_none())
    check("resume", resume, FLAG)
    check("data", data, instance(dict).or_none())
    check("processes", processes, instance(Processes))


def _train_epoch(
    shared: SharedModel,
    direct: Step,
    source: Source,
    progress: Progress,
    realignment: Realignment,
    report: Callable[[int], None] | None,
) -> tuple[Tensor, Tensor]:
    """One pass through the training set.

    Args:
        shared: the model.
        direct: leaves its gradients, where ``is_direct``.
        source: of the batches.
        progress: its optimizers and the order of samples move on.
        realignment: takes its steps between.
        report: called with the number of each batch.

    Returns:
        The sum of the losses that this process has seen, and the order in which samples came.
    """
    if not progress.history:
        realignment.first_block(source, shared)
    permutation = torch.randperm(len(source), generator=progress.order).to(source.device)
    loss_sum = torch.zeros((), device=source.device)
    shared.module.train()
    for batch, (shown, taught) in enumerate(progress.batches(source, permutation, shared)):
        with kept_still(realignment.still):
            loss = _gradients(shared.module, direct, progress.config, shown, taught)
        progress.optimization.step()
        if shared.weight:
            loss_sum += loss
        realignment.after(batch, shown, shared)
        if report is not None:
            report(batch)
    realignment.block(source, shared)
    return loss_sum, permutation


def _gradients(
    module: torch.nn.Module, direct: Step, config: TrainingConfig, inputs: Tensor, targets: Tensor
) -> Tensor:
    """The loss of a batch, with its gradients in ``.grad``."""
    if is_direct(module):
        return direct(inputs, targets)
    module.zero_grad(set_to_none=True)
    lower = _LOWER[config.autocast]
    with torch.autocast(inputs.device.type, lower, enabled=lower is not None):
        event_rate = module(inputs)
    loss = loss_for(learning_layers(module)[-1].activation)(event_rate, targets)
    loss.backward()
    return loss.detach()


def _alignment_record(
    model: torch.nn.Sequential, inputs: Tensor, targets: Tensor
) -> dict[str, float]:
    record: dict[str, float] = {}
    for index, layer in enumerate(alignment(model, inputs, targets), start=1):
        record[f"angle_to_backprop_{index}"] = layer.to_backprop
        record[f"angle_to_feedback_alignment_{index}"] = layer.to_feedback_alignment
        if layer.mean_abs_apical is not None:
            record[f"mean_abs_apical_{index}"] = layer.mean_abs_apical
    return record
