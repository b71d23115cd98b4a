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
from lava_bccn.nn.augmentation import augment
from lava_bccn.nn.checkpoint import Checkpoint, save_checkpoint
from lava_bccn.nn.description import describe
from lava_bccn.nn.direct import is_direct
from lava_bccn.nn.loss import loss_for
from lava_bccn.nn.models import learning_layers
from lava_bccn.nn.observation import alignment
from lava_bccn.nn.parallel import Processes, SharedModel
from lava_bccn.nn.progress import Progress, stored_progress
from lava_bccn.nn.replay import Step, step_of
from lava_bccn.nn.samples import Samples, as_samples, check_trainable, class_targets
from lava_bccn.nn.training_config import TrainingConfig, log_path
from lava_bccn.nn.wrappers import sequential
from lava_bccn.settings import FLAG, check, instance
from lava_bccn.tables import write_table


@dataclass(frozen=True)
class TrainingResult:
    """A trained model and one record per epoch, as in the CSV log."""

    model: torch.nn.Sequential
    history: list[dict[str, float]]
    stopped_early: bool


def train(
    model: torch.nn.Sequential,
    training: Samples,
    validation: Samples,
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
            arrays, which are brought to the model's device and precision.
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
    training = as_samples(plain, training, "training")
    validation = as_samples(plain, validation, "validation")
    check_augmentation(training[0], config)
    classes = learning_layers(plain)[-1].weight.shape[0]
    targets = class_targets(training[1], classes, config.label_smoothing, training[0].dtype)
    if checkpoint is not None:
        describe(plain)  # refuse a model that cannot be stored before training it
        for path in (checkpoint, log_path(checkpoint)) if writes else ():
            check_writable(path)
    inputs = training[0]
    progress = Progress(model, config, len(inputs))
    stored = None
    if resume and checkpoint is not None:
        stored = processes.from_first(
            partial(stored_progress, checkpoint, plain, config, len(inputs), data)
        )
    if stored is not None:
        CHECKPOINT.built(checkpoint or "", partial(progress.restore, stored))
    if checkpoint is not None and writes and progress.history:
        write_table(log_path(checkpoint, progress.history), progress.history)
    if config.compile and model is plain:
        model = torch.compile(model)  # type: ignore[assignment]
    shared, direct = SharedModel(model, processes), step_of(plain)
    samples = inputs, targets
    while len(progress.history) < config.epochs and not progress.stops_early:
        epoch, started = len(progress.history), time.perf_counter()
        report = None if on_batch is None else partial(on_batch, epoch)
        loss_sum, permutation = _train_epoch(shared, direct, samples, progress, report)
        seconds = time.perf_counter() - started
        record = {
            "epoch": epoch + 1,
            "training_loss": float(processes.total(loss_sum)) / len(inputs),
            "held_out_error": 1 - classification_accuracy(plain, validation),
            "learning_rate": progress.optimization.learning_rate,
            "seconds": round(seconds, 3),
            **_alignment_record(plain, *(values[permutation[:256]] for values in samples)),
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
    samples: Samples,
    progress: Progress,
    report: Callable[[int], None] | None,
) -> tuple[Tensor, Tensor]:
    """One pass through the training set.

    Args:
        shared: the model.
        direct: leaves its gradients, where ``is_direct``.
        samples: inputs and one-hot targets.
        progress: its optimizers and the order of samples move on.
        report: called with the number of each batch.

    Returns:
        The sum of the losses that this process has seen, and the order in which samples came.
    """
    (inputs, targets), config, order = samples, progress.config, progress.order
    permutation = torch.randperm(len(inputs), generator=order).to(inputs.device)
    loss_sum = torch.zeros((), device=inputs.device)
    shared.module.train()
    for batch, chosen in enumerate(permutation.split(min(config.batch_size, len(inputs)))):
        share = shared.take_share(len(chosen))
        if config.crop_padding or config.flip:
            shown = augment(
                inputs[chosen],
                order,
                crop_padding=config.crop_padding,
                flip=config.flip,
                part=share,
            )
        else:
            shown = inputs.index_select(0, chosen[share])
        taught = targets.index_select(0, chosen[share])
        if config.autocast is None and is_direct(shared.module):
            loss = direct(shown, taught)
        else:
            loss = _backward(shared.module, shown, taught, progress)
        progress.optimization.step()
        if shared.weight:
            loss_sum += loss
        if report is not None:
            report(batch)
    return loss_sum, permutation


def _backward(
    module: torch.nn.Module, inputs: Tensor, targets: Tensor, progress: Progress
) -> Tensor:
    """The loss of a batch, with its gradients by autograd."""
    progress.optimization.zero_grad()
    is_lower = progress.config.autocast == "bf16"
    with torch.autocast(inputs.device.type, torch.bfloat16, enabled=is_lower):
        event_rate = module(inputs)
    loss = loss_for(learning_layers(module)[-1].activation)(event_rate, targets)
    loss.backward()
    return loss.detach()


def check_augmentation(inputs: Tensor, config: TrainingConfig) -> None:
    """Refuse augmentation of what are no images.

    Raises:
        InvalidInputError: says what the inputs are.
    """
    if (config.crop_padding or config.flip) and inputs.ndim != 4:
        raise InvalidInputError(
            "crop_padding and flip are for images of shape (samples, channels, height, width), not "
            f"for inputs of shape {tuple(inputs.shape)}"
        )


@torch.no_grad()
def classification_accuracy(
    model: torch.nn.Module, samples: Samples, batch_size: int = 2048
) -> float:
    """Share of samples whose most active output unit is the label, in [0, 1]."""
    model.eval()
    inputs, labels = samples
    correct = sum(
        int((model(x).argmax(1) == y).sum())
        for x, y in zip(inputs.split(batch_size), labels.split(batch_size), strict=True)
    )
    return correct / len(inputs)


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
