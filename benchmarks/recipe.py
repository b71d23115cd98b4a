"""CPU time of training with each option of the 2026 follow-up's recipe, next to plain PyTorch.

    uv run python -m benchmarks.recipe [--dense] [--threads N] [--rounds N]

The published CIFAR-10 network on images of noise, or with --dense 784-500-500-500-10. Each line is
one option by itself, for BurstCCN as ``train`` runs it and for the same network with plain
backprop, PyTorch's usual loop and its fused optimizers, and the same option where backprop has it.
They take turns of some batches, so that a noisy machine slows all. Prints the median process CPU
time of a batch of both, and the median ratio of the rounds with its quartiles.

Source of the recipe: doi 10.64898/2026.06.16.732595.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from benchmarks.training import BATCH_SIZE, SIZES, Turn, measure, ratios
from lava_bccn.nn import TrainingConfig, burst_loss, cnn, mlp
from lava_bccn.nn.augmentation import augment
from lava_bccn.nn.direct import is_direct
from lava_bccn.nn.model_options import CIFAR10_CONVOLUTIONS, CIFAR10_HIDDEN
from lava_bccn.nn.optimization import Optimization
from lava_bccn.nn.replay import step_of
from lava_bccn.nn.sources import TensorSource

PLAIN, BURST = "plain", "BurstCCN"
IMAGES = {True: 3_200, False: 320}
"""To draw from, of the dense and of the convolutional network."""

TURN = {True: 20, False: 2}
"""Batches that each has at a time."""

UPDATES = 100_000
"""That schedules are made for; the number takes no time."""

BASE = TrainingConfig(epochs=100, learning_rate=5e-4, schedule="constant")
SGD: dict[str, Any] = {"optimizer": "sgd", "learning_rate": 1e-3}
MOMENTUM: dict[str, Any] = {**SGD, "momentum": 0.9, "weight_decay": 1e-4}
AUGMENTATION: dict[str, Any] = {"crop_padding": 4, "flip": True}
SCHEDULE: dict[str, Any] = {"schedule": "cosine", "warm_up": 2}


@dataclass(frozen=True)
class Case:
    """An option.

    Attributes:
        config, layers: what it changes of the configuration, and of the layers of BurstCCN.
        is_rectified: the plain network has rectified units and a softmax too.
        model: beside plain backprop, where it is no BurstCCN.
    """

    config: dict[str, Any] = field(default_factory=dict)
    layers: dict[str, Any] = field(default_factory=dict)
    is_rectified: bool = False
    model: str = "burstccn"


RECTIFIED = {"activation": "relu_rms", "readout_activation": "softmax"}
LEARNED_Y = {"learn_feedback_burst": True, "homeostatic_factor": "burst_rate"}
CASES = {
    "Adam, constant": Case(),
    "warm-up and cosine": Case(SCHEDULE),
    "label smoothing": Case({"label_smoothing": 0.05}),
    "SGD": Case(SGD),
    "SGD, momentum and decay": Case(MOMENTUM),
    "crops and flips": Case(AUGMENTATION),
    "relu_rms and softmax": Case(SGD, RECTIFIED, is_rectified=True),
    "bfloat16": Case({"autocast": "bf16"}),
    "all but bfloat16": Case(
        {**MOMENTUM, **SCHEDULE, **AUGMENTATION, "label_smoothing": 0.05},
        RECTIFIED,
        is_rectified=True,
    ),
    "noise that W sees": Case(SGD, {"forward_noise": 0.1}),
    "Y learns": Case(SGD, LEARNED_Y),
    "Y learns, 10 branches": Case(SGD, {**LEARNED_Y, "branches": 10}),
    "Dale's law": Case(SGD, model="dale"),
}


class ScaledReLU(torch.nn.Module):
    """max(v, 0) over its root mean square, as ordinary operations."""

    def forward(self, inputs: Tensor) -> Tensor:
        active = inputs.relu()
        every = tuple(range(1, active.ndim))
        return active * (active.square().mean(every, keepdim=True) + 1e-5).rsqrt()


def plain_network(dense: bool, case: Case) -> torch.nn.Sequential:
    """The same network with ordinary layers; logits where the output is a softmax."""
    hidden = ScaledReLU if case.is_rectified else torch.nn.Sigmoid
    modules: list[torch.nn.Module] = []
    sizes: tuple[int, ...] = SIZES
    if not dense:
        channels, size = 3, 32
        for spec in CIFAR10_CONVOLUTIONS:
            convolution = torch.nn.Conv2d(channels, spec.channels, spec.kernel_size, spec.stride)
            modules += [convolution, hidden()]
            channels, size = spec.channels, spec.output_size(size)
        sizes = (channels * size**2, *CIFAR10_HIDDEN, 10)
    modules.append(torch.nn.Flatten())
    for below, units in pairwise(sizes):
        modules += [torch.nn.Linear(below, units), hidden()]
    return torch.nn.Sequential(*modules[:-1], *([] if case.is_rectified else [torch.nn.Sigmoid()]))


def plain_optimizer(
    model: torch.nn.Module, config: TrainingConfig
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler | None]:
    """PyTorch's own, fused, and with a schedule its scheduler."""
    matrices = [each for each in model.parameters() if each.ndim > 1]
    biases = [each for each in model.parameters() if each.ndim == 1]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": biases, "weight_decay": 0.0},
    ]
    kind: Callable[..., torch.optim.Optimizer] = torch.optim.AdamW
    options: dict[str, Any] = {}
    if config.optimizer == "sgd":
        kind, options = torch.optim.SGD, {"momentum": config.momentum}
    optimizer = kind(groups, lr=config.learning_rate, fused=True, **options)
    if config.schedule == "constant":
        return optimizer, None
    warm = UPDATES * config.warm_up // config.epochs
    schedulers = torch.optim.lr_scheduler
    return optimizer, schedulers.SequentialLR(
        optimizer,
        [
            schedulers.LinearLR(optimizer, 1 / warm, total_iters=warm),
            schedulers.CosineAnnealingLR(optimizer, UPDATES - warm),
        ],
        [warm],
    )


def plain_turn(dense: bool, case: Case, inputs: Tensor, labels: Tensor) -> Turn:
    """Plain backprop in PyTorch's usual loop, on smoothed one-hot targets or by cross entropy."""
    config, model = replace(BASE, **case.config), plain_network(dense, case)
    optimizer, scheduler = plain_optimizer(model, config)
    smoothing, order = config.label_smoothing, torch.Generator().manual_seed(0)
    targets = torch.nn.functional.one_hot(labels, 10) * (1 - smoothing * 10 / 9) + smoothing / 9

    def lower() -> AbstractContextManager[Any]:
        return torch.autocast("cpu", torch.bfloat16, enabled=config.autocast is not None)

    def turn(chosen: Tensor) -> None:
        for numbers in chosen.split(BATCH_SIZE):
            shown = inputs[numbers]
            if config.flip and not dense:
                shown = augment(shown, order, crop_padding=config.crop_padding, flip=True)
            with lower():
                output = model(shown)
                if case.is_rectified:
                    loss = torch.nn.functional.cross_entropy(
                        output, labels[numbers], label_smoothing=smoothing
                    )
                else:
                    loss = 0.5 * (output - targets[numbers]).square().sum() / len(numbers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if scheduler is not None:
                scheduler.step()

    return turn


def burst_turn(dense: bool, case: Case, inputs: Tensor, labels: Tensor) -> Turn:
    """As ``train`` does."""
    shown = {
        name: value for name, value in case.config.items() if not (dense and name in AUGMENTATION)
    }
    config = replace(BASE, **shown)
    if dense:
        model = mlp(case.model, SIZES, **case.layers)
    else:
        model = cnn(case.model, (3, 32, 32), **case.layers)
    step = step_of(model, torch.bfloat16 if config.autocast else None)
    optimization = Optimization(model, config, UPDATES)
    source = TensorSource((inputs, labels), 10, config.label_smoothing)
    order = torch.Generator().manual_seed(0)

    def turn(chosen: Tensor) -> None:
        batches = [(numbers, slice(None)) for numbers in chosen.split(BATCH_SIZE)]
        for images, targets in source.batches(batches, config, order):
            if is_direct(model):
                step(images, targets)
            else:  # as train has it
                optimization.zero_grad()
                burst_loss(model(images), targets).backward()
            optimization.step()

    return turn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dense", action="store_true")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=20, help="turns of each (default: 20)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    dense: bool = options.dense
    shape = (SIZES[0],) if dense else (3, 32, 32)
    inputs, labels = torch.rand(IMAGES[dense], *shape), torch.randint(10, (IMAGES[dense],))
    turns = {
        f"{name}: {who}": make(dense, case, inputs, labels)
        for name, case in CASES.items()
        if not (name == "crops and flips" if dense else case.model == "dale")
        for who, make in ((PLAIN, plain_turn), (BURST, burst_turn))
    }
    seconds = measure(turns, len(inputs), TURN[dense], options.rounds)
    network = "-".join(map(str, SIZES)) if dense else "published CIFAR-10 network"
    print(f"{network}, batch {BATCH_SIZE}, {options.threads} threads, {options.rounds} rounds")
    print(f"{'ms a batch':26s} {PLAIN:>8s} {BURST:>8s}")
    for name in CASES:
        if f"{name}: {PLAIN}" in seconds:
            plain, burst = seconds[f"{name}: {PLAIN}"], seconds[f"{name}: {BURST}"]
            times = (1e3 * statistics.median(values) for values in (plain, burst))
            print(f"{name:26s}", *(f"{each:8.2f}" for each in times), ratios(burst, plain))


if __name__ == "__main__":
    main()
