"""Seconds per MNIST epoch of a BurstCCN next to a plain MLP trained with backprop.

    uv run python benchmarks/training.py [--data-dir DIR] [--threads N] [--rounds N]
        [--images N] [--comparators]

Both have the same sizes, batch size and optimizer, see the same batches, and take turns, so that a
noisy machine slows both. Prints the median seconds per epoch of each, their ratio, and the share of
each one's time that is spent in matrix products.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from lava_bccn import datasets
from lava_bccn.nn import burst_loss, burst_mlp, mlp
from lava_bccn.nn.comparators import COMPARATORS

SIZES = (784, 500, 500, 500, 10)
BATCH_SIZE = 32
LEARNING_RATE = 5e-4
GEMMS = ("aten::mm", "aten::addmm")


def plain_mlp() -> torch.nn.Sequential:
    """The same network with ordinary layers."""
    modules: list[torch.nn.Module] = [torch.nn.Flatten()]
    for below, units in pairwise(SIZES):
        modules += [torch.nn.Linear(below, units), torch.nn.Sigmoid()]
    return torch.nn.Sequential(*modules)


def squared_error(event_rate: Tensor, target: Tensor) -> Tensor:
    """½‖e − target‖², the mean over the batch."""
    return 0.5 * (event_rate - target).square().sum() / len(event_rate)


def train_batches(
    model: torch.nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    inputs: Tensor,
    targets: Tensor,
    order: Tensor,
) -> None:
    """One update for every BATCH_SIZE samples of ``order``."""
    for chosen in order.split(BATCH_SIZE):
        optimizer.zero_grad(set_to_none=True)
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
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=3, help="epochs of each (default: 3)")
    parser.add_argument("--images", type=int, default=60000, help="of an epoch (default: 60000)")
    parser.add_argument(
        "--comparators", action="store_true", help="also the models that BurstCCN is compared with"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    data = datasets.load("mnist", options.data_dir)
    inputs = torch.from_numpy(data.train_inputs)[: options.images]
    targets = torch.nn.functional.one_hot(torch.from_numpy(data.train_labels)).float()

    contestants = {}
    comparators = COMPARATORS if options.comparators else ()
    for name, model, loss in (
        ("plain PyTorch, backprop", plain_mlp(), squared_error),
        ("BurstCCN, random feedback, Q tied", burst_mlp(SIZES), burst_loss),
        (
            "BurstCCN, random feedback, Q learned",
            burst_mlp(SIZES, feedback_event="symmetric", learn_feedback_event=True),
            burst_loss,
        ),
        *((f"bccn train --model {name}", mlp(name, SIZES), burst_loss) for name in comparators),
    ):
        optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, fused=True)
        contestants[name] = (model, loss, optimizer, inputs, targets)
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for arguments in contestants.values():
        train_batches(*arguments, torch.arange(3200))  # warm up
    for _ in range(options.rounds):
        # A tenth of an epoch each in turn.
        spent = dict.fromkeys(contestants, 0.0)
        for part in torch.randperm(len(inputs)).chunk(10):
            for name, arguments in contestants.items():
                started = time.perf_counter()
                train_batches(*arguments, part)
                spent[name] += time.perf_counter() - started
        for name, value in spent.items():
            seconds[name].append(value)
    print(f"{'-'.join(map(str, SIZES))}, batch {BATCH_SIZE}, Adam, {options.threads} threads")
    baseline = statistics.median(next(iter(seconds.values())))
    for name, values in seconds.items():
        median = statistics.median(values)
        share = gemm_share(*contestants[name], torch.arange(3200))
        print(
            f"{name:38s} {median:6.2f} s per epoch   {median / baseline:5.2f} x   "
            f"{share:4.0%} in matrix products"
        )


if __name__ == "__main__":
    main()
