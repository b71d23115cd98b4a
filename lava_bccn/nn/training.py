"""A training loop: an optimizer of PyTorch on the plasticity that layers leave in ``.grad``."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.files import check_writable
from lava_bccn.nn.augmentation import augment
from lava_bccn.nn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from lava_bccn.nn.description import describe
from lava_bccn.nn.functional import burst_loss
from lava_bccn.nn.models import learning_layers
from lava_bccn.nn.observation import alignment
from lava_bccn.nn.optimization import Optimization
from lava_bccn.nn.parallel import Processes, SharedModel
from lava_bccn.nn.training_config import TrainingConfig, log_path
from lava_bccn.tables import write_table


@dataclass(frozen=True)
class TrainingResult:
    """A trained model and one record per epoch, as in the CSV log."""

    model: torch.nn.Sequential
    history: list[dict[str, float]]
    stopped_early: bool


Samples = tuple[Tensor, Tensor]
"""Inputs (samples, ...) as event rates and class labels (samples,)."""


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
        model: changed in place.
        training: inputs in [0, 1] and labels, on the model's device.
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
        InvalidInputError: labels outside the output layer, inputs that are not finite or not in
            [0, 1], or a checkpoint of another run.
        OutputPathError: the checkpoint cannot be written.
    """
    classes = learning_layers(model)[-1].weight.shape[0]
    for name, (inputs, labels) in (("training", training), ("validation", validation)):
        check_samples(inputs, labels, classes, name)
    plain = getattr(model, "_orig_mod", model)  # of a model of torch.compile
    writes = checkpoint is not None and processes.is_first
    if checkpoint is not None:
        describe(plain)  # refuse a model that cannot be stored before training it
        for path in (checkpoint, log_path(checkpoint)) if writes else ():
            check_writable(path)
    inputs, labels = training
    if (config.crop_padding or config.flip) and inputs.ndim != 4:
        raise InvalidInputError(
            "crop_padding and flip are for images of shape (samples, channels, height, width), not "
            f"for inputs of shape {tuple(inputs.shape)}"
        )
    batches = math.ceil(len(inputs) / config.batch_size)
    optimization = Optimization(model, config, batches * config.epochs)
    order = torch.Generator().manual_seed(config.seed)
    history: list[dict[str, float]] = []
    best: dict[str, Any] = {"error": math.inf, "epoch": 0, "state": {}}
    progress = None
    if resume and checkpoint is not None:
        path = checkpoint

        def stored_progress() -> dict[str, Any] | None:
            if not Path(path).exists():
                return None
            stored = load_checkpoint(path)
            progress = _stored_progress(path, stored, plain, config, len(inputs), data)
            plain.load_state_dict(stored.model.state_dict())
            return progress

        progress = processes.from_first(stored_progress)
    if progress is not None:
        optimization.restore(progress["optimization"])
        order.set_state(progress["order"])
        history, best = progress["history"], progress["best"]

    stopped = _stops_early(config, history, best)
    if config.compile and model is plain:
        model = torch.compile(model)  # type: ignore[assignment]
    shared = SharedModel(model, processes)
    device_type = inputs.device.type
    targets = torch.nn.functional.one_hot(labels, classes).to(inputs.dtype)
    while len(history) < config.epochs and not stopped:
        epoch, started = len(history), time.perf_counter()
        permutation = torch.randperm(len(inputs), generator=order).to(inputs.device)
        loss_sum = torch.zeros((), device=inputs.device)
        shared.module.train()
        for batch, chosen in enumerate(permutation.split(config.batch_size)):
            optimization.zero_grad()
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
                shown = inputs[chosen[share]]
            with torch.autocast(device_type, torch.bfloat16, enabled=config.autocast == "bf16"):
                event_rate = shared.module(shown)
            loss = burst_loss(event_rate, targets[chosen[share]])
            loss.backward()
            optimization.step()
            if shared.weight:
                loss_sum += loss.detach()
            if on_batch is not None:
                on_batch(epoch, batch)
        seconds = time.perf_counter() - started
        sample = permutation[: min(256, len(permutation))]
        history.append(
            {
                "epoch": epoch + 1,
                "training_loss": float(processes.total(loss_sum)) / len(inputs),
                "held_out_error": 1 - classification_accuracy(plain, validation),
                "learning_rate": optimization.learning_rate,
                "seconds": round(seconds, 3),
                **_alignment_record(plain, inputs[sample], targets[sample]),
            }
        )
        if not math.isfinite(history[-1]["training_loss"]):
            raise InvalidInputError(
                f"training diverged in epoch {epoch + 1} (the loss is not finite); lower the "
                f"learning rate from {config.learning_rate:g}, or where Q or Y learns the feedback "
                f"rate from {config.feedback_rate:g}"
            )
        if history[-1]["held_out_error"] < best["error"]:
            best = {"error": history[-1]["held_out_error"], "epoch": epoch + 1, "state": {}}
            if config.patience is not None:
                best["state"] = {name: v.clone() for name, v in plain.state_dict().items()}
        stopped = _stops_early(config, history, best)
        if checkpoint is not None and writes:
            progress = {
                "config": asdict(config),
                "samples": len(inputs),
                "optimization": optimization.state(),
                "order": order.get_state(),
                "history": history,
                "best": best,
            }
            save_checkpoint(checkpoint, Checkpoint(plain, progress, data or {}))
            write_table(log_path(checkpoint), history)
        if on_epoch is not None:
            on_epoch(history[-1])
    if config.patience is not None and best["state"]:
        plain.load_state_dict(best["state"])
        if checkpoint is not None and writes:
            stored = load_checkpoint(checkpoint)
            save_checkpoint(checkpoint, Checkpoint(plain, stored.training, stored.data))
    return TrainingResult(plain, history, stopped)


def check_samples(inputs: Tensor, labels: Tensor, classes: int, name: str) -> None:
    """Refuse samples that no BurstCCN can learn from.

    Raises:
        InvalidInputError: says which samples and what is wrong with them.
    """
    if len(inputs) != len(labels) or len(inputs) == 0:
        raise InvalidInputError(
            f"the {name} set has {len(inputs)} inputs and {len(labels)} labels; expected as many "
            "of both and at least one"
        )
    if not bool(torch.isfinite(inputs).all()) or not bool(((inputs >= 0) & (inputs <= 1)).all()):
        raise InvalidInputError(
            f"inputs of the {name} set must be event rates in [0, 1]; got values from "
            f"{float(inputs.min()):g} to {float(inputs.max()):g}; scale them, and standardise with "
            "a first Normalize module"
        )
    if int(labels.min()) < 0 or int(labels.max()) >= classes:
        raise InvalidInputError(
            f"labels of the {name} set run from {int(labels.min())} to {int(labels.max())}, but "
            f"the output layer has {classes} units (0 to {classes - 1})"
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


def _stops_early(
    config: TrainingConfig, history: list[dict[str, float]], best: dict[str, Any]
) -> bool:
    return config.patience is not None and len(history) - best["epoch"] >= config.patience


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


def _stored_progress(
    path: str | Path,
    stored: Checkpoint,
    model: torch.nn.Sequential,
    config: TrainingConfig,
    samples: int,
    data: dict[str, Any] | None,
) -> dict[str, Any]:
    # Checkpoints of releases without some option were trained as its default does.
    stored_config = asdict(TrainingConfig()) | stored.training.get("config", {})
    differences = [
        f"{name} is {stored_config.get(name)!r} there and {value!r} here"
        for name, value in asdict(config).items()
        if stored_config.get(name) != value
    ]
    if "optimization" not in stored.training:
        differences.append("its optimizer is in the form of an older release")
    if describe(stored.model) != describe(model):
        differences.append("the network is another one")
    if stored.training.get("samples") != samples or stored.data != (data or {}):
        differences.append("the training data are others")
    if differences:
        raise InvalidInputError(
            f"{path} is of another run ({'; '.join(differences)}), so it cannot be resumed with "
            "these; give the options it was started with, or another file"
        )
    return stored.training
