"""CPU time of training a BurstCCN next to the same plain network trained with backprop.

    uv run python -m benchmarks.training [--data-dir DIR] [--threads N] [--rounds N] [--images N]
    uv run python -m benchmarks.training --convolutional [--images N] [--threads N] [--rounds N]
    uv run python -m benchmarks.training --comparators [--convolutional] [--images N] [--threads N]
    uv run python -m benchmarks.training --feedback [--images N] [--threads N] [--rounds N]

A fully connected network on MNIST or, with --convolutional, the published CIFAR-10 network on
images of noise (what they show takes no time). All have the same sizes, batch size and optimizer (a
Q that learns takes plain steps, as ``train`` lets it), see the same batches, and take turns of some
batches, so that a noisy machine slows all. BurstCCN runs as ``train`` runs it, and once in a loop
of the user's own (``loss.backward()``, ``step()``); the plain network in PyTorch's usual form, with
its fused Adam; the published code's layout from ``published_structure``. Prints the median process
CPU time of a batch, and as ratio to the plain network's the median of all rounds with their
quartiles and, where there is one, the target.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from benchmarks.published_structure import PublishedStructure
from lava_bccn import datasets
from lava_bccn.nn import TrainingConfig, burst_cnn, burst_loss, burst_mlp, cnn, mlp
from lava_bccn.nn.comparators import COMPARATORS, CONVOLUTIONAL
from lava_bccn.nn.direct import DirectStep, is_direct
from lava_bccn.nn.model_options import CIFAR10_CONVOLUTIONS, CIFAR10_HIDDEN
from lava_bccn.nn.optimization import Optimization
from lava_bccn.nn.parallel import Processes, SharedModel
from lava_bccn.nn.progress import Progress
from lava_bccn.nn.realignment import Realignment

SIZES = (784, 500, 500, 500, 10)
BATCH_SIZE = 32
LEARNING_RATE = 5e-4
CONFIG = TrainingConfig(learning_rate=LEARNING_RATE, schedule="constant")
TURN = {False: 20, True: 2}
"""Batches that each has at a time; the convolutional network's take ten times as long."""

PLAIN, TIED, LEARNED = "plain PyTorch, backprop", "BurstCCN, Q tied", "BurstCCN, Q learned"
PUBLISHED = "layout of the published code, Q tied"
TARGETS = {
    (False, 1): {TIED: 1.05, LEARNED: 1.35},
    (False, 2): {TIED: 1.1, LEARNED: 1.5},
    (True, 1): {TIED: 1.05, LEARNED: 1.5},
}
"""Largest ratios to the plain network, by whether it is convolutional, and threads."""

PUBLISHED_TARGET = 3.0
"""Smallest ratio of the published code's layout to BurstCCN with Q tied."""

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
LEARNED_Y = {"feedback_event": "random", "learn_feedback_burst": True}
FEEDBACK: dict[str, dict[str, Any]] = {
    "Q learned, 10 branches": {**LEARNED_Q, "branches": 10},
    "Q learned, 15 branches (unequal)": {**LEARNED_Q, "branches": 15},
    "Q learned, a branch for each unit": {**LEARNED_Q, "branches": 500},
    "Q learned, noise": {**LEARNED_Q, "forward_noise": 0.1},
    "Y learned": LEARNED_Y,
    "Y learned, with bursts": {**LEARNED_Y, "homeostatic_factor": "burst_rate"},
    "Y learned, with bursts, 10 branches": {
        **LEARNED_Y,
        "homeostatic_factor": "burst_rate",
        "branches": 10,
    },
    "Kolen-Pollack Y": {"feedback": "kolen_pollack"},
    "Kolen-Pollack Y and Q": {"feedback": "kolen_pollack", "feedback_event": "kolen_pollack"},
    "Kolen-Pollack Y and Q, noise": {
        "feedback": "kolen_pollack",
        "feedback_event": "kolen_pollack",
        "forward_noise": 0.1,
    },
}
"""Options of layers of the 2026 follow-up (doi 10.64898/2026.06.16.732595)."""

DALE: dict[str, dict[str, Any]] = {"Dale's law": {}, "Dale's law, 10 SST": {"bottleneck": 10}}
"""The same of layers under Dale's law."""

REALIGNED = "Q learned, a step without teacher a batch"


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


Turn = Callable[[Tensor], None]
"""Updates with every BATCH_SIZE samples of an order."""


def backprop_turn(
    model: torch.nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    optimizer: torch.optim.Optimizer | Optimization,
    inputs: Tensor,
    targets: Tensor,
) -> Turn:
    """In the usual loop of PyTorch."""

    def turn(order: Tensor) -> None:
        for chosen in order.split(BATCH_SIZE):
            optimizer.zero_grad()
            loss(model(inputs[chosen]), targets[chosen]).backward()
            optimizer.step()

    return turn


def trained_turn(model: torch.nn.Sequential, inputs: Tensor, targets: Tensor) -> Turn:
    """As ``train`` does."""
    step, optimization = DirectStep(model), Optimization(model, CONFIG, updates=1)

    def turn(order: Tensor) -> None:
        for chosen in order.split(BATCH_SIZE):
            if not is_direct(model):
                raise RuntimeError("train would leave this model to autograd")
            step(inputs.index_select(0, chosen), targets.index_select(0, chosen))
            optimization.step()

    return turn


def realigned_turn(model: torch.nn.Sequential, inputs: Tensor, targets: Tensor) -> Turn:
    """As ``train`` does with a step without a teacher after every batch."""
    progress = Progress(model, replace(CONFIG, realignment_per_batch=1.0), len(inputs))
    step, shared = DirectStep(model), SharedModel(model, Processes())
    realignment = Realignment(model, progress, DirectStep(model))

    def turn(order: Tensor) -> None:
        for batch, chosen in enumerate(order.split(BATCH_SIZE)):
            shown = inputs.index_select(0, chosen)
            step(shown, targets.index_select(0, chosen))
            progress.optimization.step()
            realignment.after(batch, shown, shared)

    return turn


def contestants(options: argparse.Namespace, inputs: Tensor, labels: Tensor) -> dict[str, Turn]:
    """Who takes turns, by name, the plain network first."""
    targets = torch.nn.functional.one_hot(labels, 10).float()
    convolutional: bool = options.convolutional
    plain = plain_cnn() if convolutional else plain_mlp()
    burst: Callable[..., torch.nn.Sequential]
    burst = partial(burst_cnn, (3, 32, 32)) if convolutional else partial(burst_mlp, SIZES)

    def own_loop(model: torch.nn.Sequential) -> Turn:
        return backprop_turn(
            model, burst_loss, Optimization(model, CONFIG, updates=1), inputs, targets
        )

    adam = torch.optim.AdamW(plain.parameters(), lr=LEARNING_RATE, fused=True)
    turns = {
        PLAIN: backprop_turn(plain, squared_error, adam, inputs, targets),
        TIED: trained_turn(burst(), inputs, targets),
        LEARNED: trained_turn(burst(**LEARNED_Q), inputs, targets),
        f"{TIED}, own loop": own_loop(burst()),
        f"{LEARNED}, own loop": own_loop(burst(**LEARNED_Q)),
    }
    if options.feedback:
        for name, of_layers in FEEDBACK.items():
            turns[name] = trained_turn(burst(**of_layers), inputs, targets)
        for name, of_layers in ({} if convolutional else DALE).items():
            turns[name] = own_loop(mlp("dale", SIZES, **of_layers))
        turns[REALIGNED] = realigned_turn(burst(**LEARNED_Q), inputs, targets)
    if not convolutional:
        published = PublishedStructure(SIZES, LEARNING_RATE)

        def published_turn(order: Tensor) -> None:
            for chosen in order.split(BATCH_SIZE):
                published.step(inputs[chosen], labels[chosen])

        turns[PUBLISHED] = published_turn
    for rule in (CONVOLUTIONAL if convolutional else COMPARATORS) if options.comparators else ():
        model = cnn(rule, (3, 32, 32)) if convolutional else mlp(rule, SIZES)
        turns[f"bccn train --model {rule}"] = own_loop(model)
    return turns


def gemm_share(turn: Turn, order: Tensor) -> float:
    """Share of the CPU time of some updates that goes into matrix products."""
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        turn(order)
    events = profiler.key_averages()
    total = sum(event.self_cpu_time_total for event in events)
    return sum(event.self_cpu_time_total for event in events if event.key in GEMMS) / total


def measure(
    turns: dict[str, Turn], samples: int, batches: int, rounds: int
) -> dict[str, list[float]]:
    """CPU seconds of a batch of each, by name, a number a round; a round is a turn of everyone."""
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    names = list(turns)
    for turn in turns.values():
        turn(torch.arange(min(batches * BATCH_SIZE, samples)))  # warm up
    for _ in range(rounds):
        order = torch.randperm(samples)[: batches * BATCH_SIZE]
        names = [*names[1:], names[0]]  # who comes first finds another cache
        for name in names:
            started = time.process_time()
            turns[name](order)
            seconds[name].append((time.process_time() - started) / -(-len(order) // BATCH_SIZE))
    return seconds


def ratios(values: Sequence[float], others: Sequence[float]) -> str:
    """Median of the rounds' ratios and their quartiles."""
    found = [value / other for value, other in zip(values, others, strict=True)]
    low, median, high = np.quantile(found, [0.25, 0.5, 0.75])
    return f"{median:5.2f} x ({low:.2f} to {high:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--convolutional", action="store_true")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=40, help="turns of each (default: 40)")
    parser.add_argument(
        "--images", type=int, help="to draw from (default: all of MNIST; convolutional: 320)"
    )
    parser.add_argument(
        "--comparators", action="store_true", help="also the models that BurstCCN is compared with"
    )
    parser.add_argument(
        "--feedback", action="store_true", help="also each option of feedback that learns"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    if options.convolutional:
        name, images = "published CIFAR-10 network", options.images or 320
        inputs, labels = torch.rand(images, 3, 32, 32), torch.randint(10, (images,))
    else:
        data, name = datasets.load("mnist", options.data_dir), "-".join(map(str, SIZES))
        inputs = torch.from_numpy(data.train_inputs)[: options.images]
        labels = torch.from_numpy(data.train_labels)[: options.images]
    turns = contestants(options, inputs, labels)
    batches = TURN[options.convolutional]
    seconds = measure(turns, len(inputs), batches, options.rounds)
    targets = TARGETS.get((options.convolutional, options.threads), {})
    print(f"{name}, batch {BATCH_SIZE}, Adam, {options.threads} threads, {options.rounds} rounds")
    for contestant, values in seconds.items():
        share = gemm_share(turns[contestant], torch.arange(2 * BATCH_SIZE))
        wanted = f"   target: at most {targets[contestant]}" if contestant in targets else ""
        print(
            f"{contestant:38s} {1e3 * statistics.median(values):7.2f} ms a batch "
            f"{ratios(values, seconds[PLAIN])}   {share:4.0%} in products{wanted}"
        )
    if PUBLISHED in seconds:
        ratio = ratios(seconds[PUBLISHED], seconds[TIED])
        print(f"{PUBLISHED}, to {TIED}: {ratio}   target: at least {PUBLISHED_TARGET}")


if __name__ == "__main__":
    main()
