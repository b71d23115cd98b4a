"""``bccn reproduce cifar10``: the convolutional network, symmetric and random feedback."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_bccn import datasets
from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import ERRORS, column, curves, last_rows, mean_and_each
from lava_bccn.nn.model_options import MODEL_OPTIONS
from lava_bccn.nn.training_config import TrainingConfig

if TYPE_CHECKING:
    import torch

PUBLISHED = {
    "symmetric-burstccn": "22.92 %",
    "symmetric-backprop": "22.62 %",
    "symmetric-burstprop": "24.15 %",
    "random-burstccn": "38.99 %",
    "random-feedback_alignment": "36.30 %",
    "random-burstprop": "41.32 %",
}
"""Test errors after 400 epochs, means of 5 seeds; the ANN is ``backprop`` or, with random feedback,
``feedback_alignment``."""

PUBLISHED_EPOCHS = 400
ANN = {"symmetric": "symmetric-backprop", "random": "random-feedback_alignment"}

FEEDBACK = {"symmetric": "tied", "random": "random"}
"""In the paper symmetric feedback stays W throughout."""

FULL = TrainingConfig(epochs=10, batch_size=32, learning_rate=2e-4, crop_padding=4, flip=True)
QUICK = TrainingConfig(epochs=3, batch_size=32, learning_rate=2e-4, crop_padding=4, flip=True)
QUICK_SAMPLES, QUICK_TEST_SAMPLES = 3_000, 2_000
GAIN, READOUT_GAIN = 5.0, 1.0
FEEDBACK_STD = 0.1
CENTRED_ON = 500
"""Chosen with the learning rate by short trials of the ANN, and of BurstCCN with random feedback,
on 5,000 training images, 1,000 others held out. Without centred biases, or with a readout that
starts as wide as hidden layers, all outputs fall silent first and nothing is learned so soon."""


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.paper.classifier import samples, train_part

    name, data = load_images(part.data_dir)
    training, test = samples(data)
    training = some_of(training, QUICK_SAMPLES if part.quick else None)
    test = some_of(test, QUICK_TEST_SAMPLES if part.quick else None)
    model = network(part.variant, part.seed, training[0], len(data.class_names))
    del data
    config = QUICK if part.quick else FULL
    rows = train_part(part, tell, model, (training, test), config, name)
    return [{"data": name, **row} for row in rows]


def some_of(
    samples: tuple[torch.Tensor, torch.Tensor], count: int | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Of samples in random order the first ``count``; None: all."""
    inputs, labels = samples
    chosen = np.random.default_rng(0).permutation(len(labels))[:count]
    return inputs[chosen], labels[chosen]


def load_images(data_dir: Path | None) -> tuple[str, datasets.Dataset]:
    """CIFAR-10 and what to call it: torchvision's files, or a folder of its images.

    Args:
        data_dir: holds ``train/CLASS/*`` and ``test/CLASS/*``, or what torchvision reads; None: as
            ``datasets.load``.
    """
    folder = data_dir or datasets.default_data_dir()
    if not (folder / "train").is_dir():
        return "CIFAR-10", datasets.load("cifar10", folder)
    is_jpeg = any((folder / "train").glob("*/*.jp*g"))
    return "CIFAR-10 (JPEG copy)" if is_jpeg else "CIFAR-10", datasets.load(str(folder))


def network(variant: str, seed: int, inputs: torch.Tensor, classes: int) -> torch.nn.Sequential:
    """The published network of a variant; one seed gives all variants the same W.

    Args:
        variant: a key of ``PUBLISHED``.
        seed: of W and of a random Y.
        inputs: the training images, which the network standardises channel by channel, and whose
            first ones its biases are centred on.
        classes: units of the output.
    """
    import torch

    from lava_bccn.nn import centre, cnn
    from lava_bccn.nn.models import learning_layers

    regime, name = variant.split("-")
    scale = inputs.std((0, 2, 3))[:, None, None], inputs.mean((0, 2, 3))[:, None, None]
    channels, height, width = inputs.shape[1:]

    def of(model: str, feedback: str) -> torch.nn.Sequential:
        options: dict[str, Any] = {"gain": GAIN}
        if "feedback" in MODEL_OPTIONS[model]:
            options |= {"feedback": feedback, "feedback_std": FEEDBACK_STD}
        return cnn(
            model,
            (channels, height, width),
            classes=classes,
            normalize=scale[::-1],
            generator=torch.Generator().manual_seed(seed),
            **options,
        )

    model = of(name, FEEDBACK[regime])
    if regime == "symmetric":  # W of a tied BurstCCN is drawn without a Y in between
        start = learning_layers(of("burstccn", "random"))
        with torch.no_grad():
            for layer, other in zip(learning_layers(model), start, strict=True):
                layer.weight.copy_(other.weight)
    with torch.no_grad():
        learning_layers(model)[-1].weight.mul_(READOUT_GAIN / GAIN)
    centre(model, inputs[:CENTRED_ON], readout_rate=1 / classes)
    return model


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    last = last_rows(rows)
    data = " and ".join(dict.fromkeys(str(row["data"]) for row in rows))
    epochs = int(column(rows, "epoch").max())
    comparisons = [
        Comparison(
            f"{data}, {variant}: test error after {epochs} epochs",
            f"{PUBLISHED[variant]} (after {PUBLISHED_EPOCHS})",
            mean_and_each(100 * column(of_seeds, "test_error")),
        )
        for variant, of_seeds in last.items()
    ]
    for regime, ann in ANN.items():
        ours = f"{regime}-burstccn"
        errors, of_ann = (
            {row["seed"]: float(row["test_error"]) for row in last.get(variant, ())}
            for variant in (ours, ann)
        )
        apart = [100 * (errors[seed] - of_ann[seed]) for seed in errors if seed in of_ann]
        if not apart:
            continue
        published = float(PUBLISHED[ours].split()[0]) - float(PUBLISHED[ann].split()[0])
        comparisons.append(
            Comparison(
                f"{data}, {ours} − {ann}",
                f"{published:+.2f} points",
                mean_and_each(apart, "+.2f", " points"),
            )
        )
    return comparisons


VARIANTS = tuple(PUBLISHED)

EXPERIMENT = Experiment(
    name="cifar10",
    shows="CIFAR-10, convolutions of 64, 128 and 256 channels, then 1480, symmetric and random Y",
    quick=Setting((0,), VARIANTS, "minutes on two cores, 2 GB a worker (3,000 images)"),
    full=Setting((0,), VARIANTS, "some 30 min a part on a core, 3 GB a worker"),
    run=_run,
    compare=_compare,
    draw=curves("epoch", "epoch", ERRORS),
)
