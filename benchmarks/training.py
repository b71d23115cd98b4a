"""Seconds per epoch of a BurstCCN next to the same plain network trained with backprop.

    uv run python benchmarks/training.py [--data-dir DIR] [--threads N] [--rounds N]
    uv run python benchmarks/training.py --convolutional [--images N] [--threads N] [--rounds N]
    uv run python benchmarks/training.py --comparators [--convolutional] [--images N] [--threads N]

A fully connected network on MNIST or, with --convolutional, the published CIFAR-10 network on
images of noise (what they show takes no time), so many of them a round, scaled to an epoch of
50,000. Both have the same sizes, batch size and optimizer (a Q that learns takes plain steps, as
``train`` lets it), see the same batches, and take turns, so that a noisy machine slows both. Prints
the median seconds per epoch of each, their ratio, and the share of each one's time that is spent in
matrix products and convolutions.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from lava_bccn import datasets
from lava_bccn.nn import TrainingConfig, burst_cnn, burst_loss, burst_mlp, cnn, mlp
from lava_bccn.nn.comparators import COMPARATORS, CONVOLUTIONAL
from lava_bccn.nn.model_options import CIFAR10_CONVOLUTIONS, CIFAR10_HIDDEN
from lava_bccn.nn.optimization import Optimization

SIZES = (784, 500, 500, 500, 10)
BATCH_SIZE = 32
LEARNING_RATE = 5e-4
CONFIG = TrainingConfig(learning_rate=LEARNING_RATE, schedule="constant")
CIFAR10_EPOCH = 50_000
GEMMS = (
    "aten::mm",
    "aten::addmm",
    "aten::addmm_",
    "aten::bmm",
    "aten::mkldnn_convolution",
    "aten::convolution_backward",
    "aten::cudnn_convolution",
)
LEARNED_Q = {"feedback_event": "symmetric", "learn_feedback_event": True}


def plain_mlp() -> torch.nn.Sequential:
    """The same network with ordinary layers."""
    modules: list[torch.nn.Module] = [torch.nn.Flatten()]
    for below, units in pairwise(SIZES):
        modules += [torch.nn.Linear(below, units), torch.nn.Sigmoid()]
    return torch.nn.Sequential(*modules)


def plain_cnn() -> torch.nn.Sequential:
    """The published CIFAR-10 network with ordinary layers."""
    modules: list[torch.nn.Module] = []
    channels, size = 3, 32
    for spec in CIFAR10_CONVOLUTIONS:
        convolution = torch.nn.Conv2d(channels, spec.channels, spec.kernel_size, spec.stride)
        modules += [convolution, torch.nn.Sigmoid()]
        channels, size = spec.channels, spec.output_size(size)
    modules.append(torch.nn.Flatten())
    for below, units in pairwise((channels * size**2, *CIFAR10_HIDDEN, 10)):
        modules += [torch.nn.Linear(below, units), torch.nn.Sigmoid()]
    return torch.nn.Sequential(*modules)


def squared_error(event_rate: Tensor, target: Tensor) -> Tensor:
    """½‖e − target‖², the mean over the batch."""
    return 0.5 * (event_rate - target).square().sum() / len(event_rate)


def train_batches(
    model: torch.nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    optimizer: torch.optim.Optimizer | Optimization,
    inputs: Tensor,
    targets: Tensor,
    order: Tensor,
) -> None:
    """One update for every BATCH_SIZE samples of ``order``."""
    for chosen in order.split(BATCH_SIZE):
        optimizer.zero_grad()
        loss(model(inputs[chosen]), targets[chosen]).backward()
        optimizer.step()


def gemm_share(*arguments: Any) -> float:
    """Share of the CPU time of some updates that goes into matrix products."""
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        train_batches(*arguments)
    events = profiler.key_averages()
    total = sum(event.self_cpu_time_total for event in events)
    return sum(event.self_cpu_time_total for event in events if event.key in GEMMS) / total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--convolutional", action="store_true")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=3, help="epochs of each (default: 3)")
    parser.add_argument(
        "--images", type=int, help="a round (default: all of MNIST; convolutional: 1600)"
    )
    parser.add_argument(
        "--comparators", action="store_true", help="also the models that BurstCCN is compared with"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    burst: Callable[..., torch.nn.Sequential]
    if options.convolutional:
        images = options.images or 1600
        name, plain, epoch = "published CIFAR-10 network", plain_cnn(), CIFAR10_EPOCH
        burst = partial(burst_cnn, (3, 32, 32))
        inputs = torch.rand(images, 3, 32, 32)
        labels = torch.randint(10, (images,))
    else:
        data = datasets.load("mnist", options.data_dir)
        inputs = torch.from_numpy(data.train_inputs)[: options.images]
        labels = torch.from_numpy(data.train_labels)[: options.images]
        name, plain, epoch = "-".join(map(str, SIZES)), plain_mlp(), len(inputs)
        burst = partial(burst_mlp, SIZES)
    targets = torch.nn.functional.one_hot(labels, 10).float()
    warm_up = torch.arange(min(3200, len(inputs)))

    contestants = {}
    rules: dict[str, torch.nn.Sequential] = {}
    if options.comparators and options.convolutional:
        rules = {rule: cnn(rule, (3, 32, 32)) for rule in CONVOLUTIONAL}
    elif options.comparators:
        rules = {rule: mlp(rule, SIZES) for rule in COMPARATORS}
    for contestant, model, loss in (
        ("plain PyTorch, backprop", plain, squared_error),
        ("BurstCCN, random feedback, Q tied", burst(), burst_loss),
        ("BurstCCN, random feedback, Q learned", burst(**LEARNED_Q), burst_loss),
        *((f"bccn train --model {rule}", model, burst_loss) for rule, model in rules.items()),
    ):
        optimizer: torch.optim.Optimizer | Optimization
        if model is plain:
            optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, fused=True)
        else:
            optimizer = Optimization(model, CONFIG, updates=1)
        contestants[contestant] = (model, loss, optimizer, inputs, targets)
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for arguments in contestants.values():
        train_batches(*arguments, warm_up)  # warm up
    for _ in range(options.rounds):
        # A tenth of an epoch each in turn.
        spent = dict.fromkeys(contestants, 0.0)
        for part in torch.randperm(len(inputs)).chunk(10):
            for contestant, arguments in contestants.items():
                started = time.perf_counter()
                train_batches(*arguments, part)
                spent[contestant] += time.perf_counter() - started
        for contestant, value in spent.items():
            seconds[contestant].append(value * epoch / len(inputs))
    print(f"{name}, batch {BATCH_SIZE}, Adam, {options.threads} threads")
    baseline = statistics.median(next(iter(seconds.values())))
    for contestant, values in seconds.items():
        median = statistics.median(values)
        share = gemm_share(*contestants[contestant], warm_up)
        print(
            f"{contestant:38s} {median:6.2f} s per epoch   {median / baseline:5.2f} x   "
            f"{share:4.0%} in products"
        )


if __name__ == "__main__":
    main()
