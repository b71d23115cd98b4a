"""What integers cost trained PyTorch models: LeNet-5 on MNIST and a BatchNorm-ReLU CNN on CIFAR-10.

    uv run python benchmarks/torch_models.py {lenet,cnn} [--weights FILE.pt] [--data-dir DIR]

Trains the model unless its state_dict is given, maps it in 8 and in 4 bits with and without what
makes up for coarse integers, fine-tunes the integers for an epoch, and prints the accuracy on all
test images, in the simulator. All choices are made on images held out of the training set.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import lava_bccn
from lava_bccn import datasets, mapping
from lava_bccn.errors import RoundingWarning
from lava_bccn.experiments.paper.cifar10 import load_images

BATCH, TEST_BATCH = 100, 500
CALIBRATION = 512
LEARNING_RATE, TUNING_RATE = 3e-3, 5e-4
EPOCHS = {"lenet": 15, "cnn": 8}
HELD_OUT = {"lenet": 10_000, "cnn": 5_000}

OPTIONS = {
    "as it is": {"correct_bias": False},
    "biases corrected": {"correct_bias": True},
    "equalised": {"correct_bias": False, "equalise": True},
    "both": {"correct_bias": True, "equalise": True},
}


@dataclass(frozen=True)
class Data:
    """Images and labels; those for training without those held out, in random order."""

    train: tuple[Tensor, Tensor]
    held_out: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]


def lenet() -> nn.Sequential:
    """LeCun et al. 1998 with average pooling and tanh throughout."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
    )


def cnn() -> nn.Sequential:
    """Three blocks of convolution, BatchNorm, ReLU and average pooling."""
    blocks = [
        module
        for below, channels in ((3, 32), (32, 64), (64, 128))
        for module in (
            nn.Conv2d(below, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.AvgPool2d(2),
        )
    ]
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(2048, 10))


def load(name: str, folder: Path | None) -> Data:
    """The images of a model; those of CIFAR-10 also from a folder of images."""
    data = load_images(folder)[1] if name == "cnn" else datasets.load("mnist", folder)
    # In files the classes stand one after the other, or may.
    order = np.random.default_rng(0).permutation(len(data.train_labels))
    held, rest = np.split(order, [HELD_OUT[name]])

    def chosen(rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        inputs, labels = data.train_inputs[rows], data.train_labels[rows]
        return torch.from_numpy(inputs), torch.from_numpy(labels)

    test = torch.from_numpy(data.test_inputs), torch.from_numpy(data.test_labels)
    return Data(chosen(rest), chosen(held), test)


def batches(images: tuple[Tensor, Tensor], *, flip: bool) -> Iterator[tuple[Tensor, Tensor]]:
    """All images once, in random order; at random seen in a mirror."""
    inputs, labels = images
    for rows in torch.randperm(len(labels)).split(BATCH):
        batch = inputs[rows]
        if flip:
            mirrored = torch.rand(len(rows), 1, 1, 1) < 0.5
            batch = torch.where(mirrored, batch.flip(3), batch)
        yield batch, labels[rows]


def train(
    model: nn.Module,
    data: Data,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler,
    epochs: int,
    *,
    flip: bool,
) -> None:
    """Minimise the cross-entropy, and tell the accuracy on what was held out."""
    for epoch in range(epochs):
        started = time.perf_counter()
        model.train()
        for inputs, labels in batches(data.train, flip=flip):
            loss = nn.functional.cross_entropy(model(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
        held_out = accuracy(outputs(model, data.held_out[0]), data.held_out[1])
        seconds = time.perf_counter() - started
        print(f"  epoch {epoch + 1}: {held_out:.2f} % held out, {seconds:.0f} s", flush=True)


def trained(name: str, data: Data, epochs: int) -> nn.Sequential:
    """A model from scratch."""
    torch.manual_seed(0)
    model = {"lenet": lenet, "cnn": cnn}[name]()
    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=1e-4)
    steps = max(1, epochs) * -(-len(data.train[1]) // BATCH)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    train(model, data, optimizer, scheduler, epochs, flip=name == "cnn")
    return model


def tuned(network: mapping.MappedNetwork, data: Data, epochs: int, *, flip: bool) -> nn.Module:
    """The integers of a network after some training."""
    torch.manual_seed(0)
    model = mapping.quantisation_aware(network)
    optimizer = torch.optim.Adam(model.parameter_groups(TUNING_RATE))
    steps = epochs * -(-len(data.train[1]) // BATCH)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    train(model, data, optimizer, scheduler, epochs, flip=flip)
    return model


def outputs(model: nn.Module, inputs: Tensor) -> NDArray[np.floating]:
    """Of a module, in evaluation mode."""
    model.eval()
    with torch.no_grad():
        return torch.cat([model(batch) for batch in inputs.split(TEST_BATCH)]).numpy()


def simulated(network: mapping.MappedNetwork, inputs: Tensor) -> NDArray[np.floating]:
    """Outputs of a network in the simulator."""
    results = [lava_bccn.run(network, batch.numpy()) for batch in inputs.split(TEST_BATCH)]
    return np.concatenate([each.outputs for each in results])


def accuracy(found: NDArray[np.floating], labels: Tensor) -> float:
    """In per cent."""
    return 100 * float((found.argmax(axis=1) == labels.numpy()).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=sorted(EPOCHS))
    parser.add_argument("--weights", type=Path, help="its state_dict; without one it is trained")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--bits", type=int, nargs="+", default=[8, 4])
    parser.add_argument("--epochs", type=int, help="of training from scratch")
    parser.add_argument("--tuning-epochs", type=int, default=1)
    parser.add_argument("--images", type=int, help="so many test images instead of all")
    parser.add_argument("--save", type=Path, help="folder for the networks and the state_dict")
    options = parser.parse_args()
    warnings.simplefilter("ignore", RoundingWarning)
    data = load(options.model, options.data_dir)
    if options.weights is None:
        epochs = EPOCHS[options.model] if options.epochs is None else options.epochs
        model = trained(options.model, data, epochs)
    else:
        model = {"lenet": lenet, "cnn": cnn}[options.model]()
        model.load_state_dict(torch.load(options.weights, weights_only=True))
    if options.save is not None:
        options.save.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), options.save / f"{options.model}.pt")
    inputs, labels = (each[: options.images] for each in data.test)
    expected = outputs(model, inputs)
    in_torch = accuracy(expected, labels)
    print(f"| {'PyTorch':26} | {in_torch:.2f} % |", flush=True)

    def tell(name: str, network: mapping.MappedNetwork) -> None:
        found = simulated(network, inputs)
        percent = accuracy(found, labels)
        same = 100 * float((found.argmax(1) == expected.argmax(1)).mean())
        print(
            f"| {name:26} | {percent:.2f} % | {percent - in_torch:+.2f} | {same:.2f} % the same |",
            flush=True,
        )
        if options.save is not None:
            network.save(options.save / f"{options.model}-{name.replace(' ', '-')}.safetensors")

    calibration = data.train[0][:CALIBRATION]
    for bits in options.bits:
        for name, chosen in OPTIONS.items():
            network = mapping.from_torch(model, calibration, weight_bits=bits, **chosen)
            tell(f"{bits} bits {name}", network)
        if options.tuning_epochs:  # from both, the last of the options
            module = tuned(network, data, options.tuning_epochs, flip=options.model == "cnn")
            tell(f"{bits} bits fine-tuned", mapping.from_torch(module))


if __name__ == "__main__":
    main()
