"""Models as people write them, trained a little: what 8-bit integers cost each.

    uv run python -m benchmarks.zoo [--data-dir DIR] [--only NAME …] [--weight-bits 8]

The models of ``tests/mapping/torch/zoo.py`` on MNIST, averaged to 8 × 8 pixels so that all 10,000
test images take seconds. Each gets two epochs of Adam. Printed are the largest difference of the
mapped network in floating point from PyTorch, and the accuracy of both and of the integers, in
percent: of classes, or, of outputs that are values, the share of their variance that is explained.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

import lava_bccn
from lava_bccn import datasets, mapping
from tests.mapping.torch.zoo import ZOO

CALIBRATION = 512


@dataclass(frozen=True)
class Data:
    """Images, (n, 1, 8, 8) in [0, 1], and their labels, of MNIST."""

    train: Tensor
    train_labels: Tensor
    test: Tensor
    test_labels: Tensor


@dataclass(frozen=True)
class Row:
    """What was found of a model: a largest difference, and percents."""

    name: str
    difference: float
    pytorch: float
    integers: float


def load(data_dir: Path | None) -> Data:
    data = datasets.load("mnist", data_dir)

    def shrunk(inputs: np.ndarray) -> Tensor:
        images = torch.from_numpy(inputs.reshape(-1, 1, 28, 28)).float()
        return functional.avg_pool2d(functional.pad(images, (2, 2, 2, 2)), 4)

    return Data(
        shrunk(data.train_inputs),
        torch.from_numpy(np.asarray(data.train_labels)).long(),
        shrunk(data.test_inputs),
        torch.from_numpy(np.asarray(data.test_labels)).long(),
    )


def target_of(name: str, images: Tensor, outputs: int) -> Tensor:
    """What a model whose outputs are values learns: the image, or its brightness and height."""
    if outputs == 64:
        return images.flatten(1)
    mass = images.flatten(1).mean(1)
    rows = (images.mean(3).squeeze(1) * torch.arange(8.0)).mean(1) / mass.clamp(min=1e-3)
    return torch.stack([10 * mass, rows], 1)


def trained(name: str, data: Data, epochs: int = 2) -> torch.nn.Module:
    torch.manual_seed(0)
    model = ZOO[name].make().train()
    steps = epochs * (len(data.train) // 100)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, steps)
    for step in range(steps):
        if step % (steps // epochs) == 0:
            order = torch.randperm(len(data.train))
        chosen = order[100 * (step % (steps // epochs)) :][:100]
        images, labels = data.train[chosen], data.train_labels[chosen]
        outputs = model(images).flatten(1)
        if not ZOO[name].classes:
            loss = functional.mse_loss(outputs, target_of(name, images, outputs.shape[1]))
        elif (outputs >= 0).all() and torch.allclose(outputs.sum(1), torch.ones(len(outputs))):
            loss = functional.nll_loss(outputs.clamp(min=1e-9).log(), labels)
        elif (outputs >= 0).all() and (outputs <= 1).all():
            loss = functional.mse_loss(outputs, functional.one_hot(labels, 10).float())
        else:
            loss = functional.cross_entropy(outputs, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def score(name: str, outputs: Tensor, data: Data) -> float:
    """In percent."""
    if ZOO[name].classes:
        return 100 * float((outputs.argmax(1) == data.test_labels).float().mean())
    target = target_of(name, data.test, outputs.shape[1]).to(outputs.dtype)
    return 100 * float(1 - (outputs - target).var() / target.var())


@torch.no_grad()
def measured(name: str, model: torch.nn.Module, data: Data, weight_bits: int = 8) -> Row:
    calibration = data.train[:CALIBRATION]
    network = mapping.from_torch(model, calibration, precision="float")
    outputs = model(data.test).flatten(1)
    some = data.test[:500]
    found = torch.from_numpy(lava_bccn.run(network, some).outputs)
    expected = outputs[:500]
    if network.output is not None and network.output.kind == "logits":
        found = found.log_softmax(1) if (expected < 0).all() else found.softmax(1)
    # Beyond the calibration a ReLU may be clipped; in floating point that is far away.
    difference = float((found - expected).abs().max() / expected.abs().max().clamp(min=1))
    quantised = mapping.from_torch(model, calibration, weight_bits=weight_bits)
    integers = torch.from_numpy(lava_bccn.run(quantised, data.test).outputs)
    return Row(name, difference, score(name, outputs, data), score(name, integers, data))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--only", nargs="+", choices=list(ZOO), metavar="NAME")
    parser.add_argument("--weight-bits", type=int, default=8)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    data, start = load(options.data_dir), time.perf_counter()
    print("| model | largest difference in float | PyTorch, % | integers, % | difference |")
    print("| --- | --- | --- | --- | --- |")
    for name in options.only or [each for each in ZOO if ZOO[each].refused is None]:
        row = measured(name, trained(name, data), data, options.weight_bits)
        print(
            f"| {name} | {row.difference:.1e} | {row.pytorch:.2f} | {row.integers:.2f} | "
            f"{row.integers - row.pytorch:+.2f} |",
            flush=True,
        )
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
