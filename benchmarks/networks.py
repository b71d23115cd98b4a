"""Make the trained networks that come with the package, and their cards.

    uv run python benchmarks/networks.py NAME... --data-dir DIR [-o FOLDER]

Each is made by the commands that its card lists, run one after the other in an empty folder, and
tested on the whole test set in the simulator. Without ``-o`` the package's own are replaced.
``lenet-5`` is trained here, in PyTorch, as anyone's model would be (``--train-lenet``).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import torch

import lava_bccn
from lava_bccn import datasets
from lava_bccn.networks.cards import FOLDER, NetworkCard

SEED = 0
"""Of all of them: nothing was chosen among seeds."""

LENET_EPOCHS = 8


class Recipe(NamedTuple):
    """How a network is made, and what a card says that no file does.

    Attributes:
        commands: the last one writes NAME.safetensors.
    """

    summary: str
    dataset: str
    training: str
    commands: tuple[str, ...]
    limits: str


RECIPES = {
    "digits": Recipe(
        "8x8 digits: a BurstCCN with random feedback, trained in PyTorch and mapped to 8 bits",
        "digits",
        "80 % of scikit-learn's digits; the defaults of bccn train",
        (
            "bccn train --dataset digits --threads 1 -o digits.pt",
            "bccn map digits.pt -o digits.safetensors",
        ),
        "Images of 8 x 8 pixels; the 360 test images are few, so one of them is 0.28 %.",
    ),
    "mnist-500": Recipe(
        "MNIST, learned from nothing in 8 bits, one image after the other, with Kolen-Pollack "
        "feedback",
        "mnist",
        "all 60,000 training images, 40 times; rates chosen on the last 10,000 of them, held out",
        (
            "bccn new --dataset mnist --feedback kolen_pollack -o fresh.safetensors",
            "bccn run fresh.safetensors --learn --epochs 40 --rate 2 --final-rate 6 "
            "-o mnist-500.safetensors",
        ),
        "Goes on learning; its weights have no copy in higher precision.",
    ),
    "mnist-500-500-500": Recipe(
        "MNIST through three hidden layers: a BurstCCN with tied feedback, trained in PyTorch and "
        "mapped to 8 bits",
        "mnist",
        "all 60,000 training images, 20 times; batch size and rate as in the paper's experiment "
        "(bccn reproduce mnist)",
        (
            "bccn train --dataset mnist --hidden 500 500 500 --feedback tied --batch-size 64 "
            "--learning-rate 1e-3 --epochs 20 --threads 1 -o mnist.pt",
            "bccn map mnist.pt -o mnist-500-500-500.safetensors",
        ),
        "Tied feedback is the idealised limit, which no synapse can compute by itself.",
    ),
    "lenet-5": Recipe(
        "MNIST: a LeNet-5 of rectified units that plain PyTorch trained with backprop, through "
        "from_torch",
        "mnist",
        f"all 60,000 training images, {LENET_EPOCHS} times; Adam with its default rate, nothing "
        "tuned",
        ("python benchmarks/networks.py --train-lenet lenet-5.safetensors",),
        "It infers and does not learn: no feedback, no bursts. Convolutions run in the simulator; "
        "they have no form for the chip.",
    ),
}

LICENCES = {
    "digits": "BSD-3-Clause; data: UCI Optical Recognition of Handwritten Digits, CC BY 4.0",
    "mnist": "BSD-3-Clause; data: MNIST, Y. LeCun, C. Cortes, CC BY-SA 3.0",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*RECIPES, []], metavar="NAME")
    parser.add_argument("--data-dir", type=Path, default=datasets.default_data_dir())
    parser.add_argument("-o", "--output-dir", type=Path, default=FOLDER)
    parser.add_argument("--train-lenet", type=Path, metavar="FILE", help="train and map, no more")
    options = parser.parse_args()
    data_dir = options.data_dir.resolve()
    if options.train_lenet is not None:
        train_lenet(data_dir, options.train_lenet)
    for name in options.names:
        with tempfile.TemporaryDirectory() as folder:
            make(name, data_dir, Path(folder))
            card = put(name, data_dir, Path(folder), options.output_dir)
        print(f"{card.name}: {card.accuracy:.2%} of {card.samples}, {card.bytes:,} bytes")


def make(name: str, data_dir: Path, work: Path) -> None:
    """Run the commands of a network in a folder."""
    for command in RECIPES[name].commands:
        _, *arguments = shlex.split(command)
        module = ["-m", "lava_bccn"] if command.startswith("bccn ") else []
        if not module:
            arguments[0] = str(Path(__file__).resolve())
        environment = os.environ | {datasets.DATA_DIR_VARIABLE: str(data_dir)}
        subprocess.run([sys.executable, *module, *arguments], cwd=work, env=environment, check=True)


def put(name: str, data_dir: Path, work: Path, output: Path) -> NetworkCard:
    """Test what was made, and write it with its card."""
    recipe = RECIPES[name]
    network = lava_bccn.load(work / f"{name}.safetensors")
    output.mkdir(parents=True, exist_ok=True)
    file = output / f"{name}.safetensors"
    network.save(file, compact=True)
    data = datasets.load(recipe.dataset, data_dir)
    predictions = lava_bccn.run(lava_bccn.load(file), data.test_inputs).predictions
    packages = ("lava-bccn", "numpy", "torch")
    card = NetworkCard(
        name=name,
        summary=recipe.summary,
        architecture=network.architecture,
        dataset=recipe.dataset,
        accuracy=float((predictions == data.test_labels).mean()),
        samples=len(predictions),
        seed=SEED,
        training=recipe.training,
        commands=recipe.commands,
        made_with={
            "python": platform.python_version(),
            **{each: version(each) for each in packages},
        },
        bytes=file.stat().st_size,
        sha256=sha256(file.read_bytes()).hexdigest(),
        licence=LICENCES[recipe.dataset],
        limits=recipe.limits,
    )
    (output / f"{name}.json").write_text(json.dumps(asdict(card), indent=2) + "\n", "utf-8")
    return card


def lenet() -> torch.nn.Sequential:
    """LeCun et al. 1998, with rectified units and means for the trained subsampling."""
    torch.manual_seed(SEED)
    nn = torch.nn
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )


def train_lenet(data_dir: Path, output: Path) -> None:
    """Train with backprop on one thread, map, and write."""
    torch.set_num_threads(1)
    model, data = lenet(), datasets.load("mnist", data_dir)
    images, labels = torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_labels)
    optimizer = torch.optim.Adam(model.parameters())
    for epoch in range(LENET_EPOCHS):
        for batch in torch.randperm(len(labels)).split(64):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
        print(f"epoch {epoch + 1} of {LENET_EPOCHS}", flush=True)
    names = [*data.class_names]
    notes = {"dataset": "mnist", "class_names": names, "input_shape": [*images.shape[1:]]}
    network = lava_bccn.from_torch(model.eval(), images[:1000], output="logits", metadata=notes)
    network.save(output)


if __name__ == "__main__":
    main()
