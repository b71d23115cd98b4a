"""What experiments that train classifiers share: a run of a part, and a row an epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from lava_bccn.datasets import Dataset
from lava_bccn.experiments.paper.experiment import Part, Row, Tell
from lava_bccn.nn import centre, mlp, train
from lava_bccn.nn.samples import Samples
from lava_bccn.nn.training_config import TrainingConfig

CENTRED_ON = 500
"""Training images whose mean potentials the biases centre at the start. Without it all outputs are
too active at first; Q learns to silence that large, predictable error, and what it has learned
disturbs the small ones later: 2.4 % of errors on MNIST at epoch 37 of 40, with a feedback rate of
1e-5."""


def samples(data: Dataset, used: slice = slice(None)) -> tuple[Samples, Samples]:
    """Training images, some of them, and all test images."""
    training = torch.from_numpy(data.train_inputs[used]), torch.from_numpy(data.train_labels[used])
    return training, (torch.from_numpy(data.test_inputs), torch.from_numpy(data.test_labels))


def train_part(
    part: Part,
    tell: Tell,
    model: torch.nn.Sequential,
    samples: tuple[Samples, Samples],
    config: TrainingConfig,
    dataset: str,
) -> list[Row]:
    """Train a model, or go on from the part's checkpoint; a row an epoch.

    Args:
        part: gives the seed and the checkpoint.
        tell: how far it is.
        model: changed in place.
        samples: to train with and to test with.
        config: its seed is replaced.
        dataset: name that the checkpoint keeps.
    """

    def on_epoch(record: dict[str, float]) -> None:
        tell(record["epoch"] / config.epochs, f"error {record['held_out_error']:.2%}")

    result = train(
        model,
        *samples,
        replace(config, seed=part.seed),
        checkpoint=part.checkpoint,
        resume=True,
        data={"dataset": dataset},
        on_epoch=on_epoch,
    )
    return [
        {
            "epoch": record["epoch"],
            "test_error": record["held_out_error"],
            "training_loss": record["training_loss"],
            "first_angle": record["angle_to_backprop_1"],
            "seconds": record["seconds"],
        }
        for record in result.history
    ]


def train_mlp(
    part: Part,
    tell: Tell,
    name: str,
    hidden: Sequence[int],
    data: Dataset,
    config: TrainingConfig,
    used: slice = slice(None),
    **options: Any,
) -> list[Row]:
    """:func:`train_part` of a fresh network of fully connected layers, whose biases are centred.

    Args:
        part, tell, config: as there.
        name: of the model.
        hidden: units of the hidden layers.
        data: to train with and to test with.
        used: the training images that are used.
        options: of :func:`lava_bccn.nn.mlp`.
    """
    training, test = samples(data, used)
    inputs, classes = training[0], len(data.class_names)
    model = mlp(
        name,
        (data.input_size, *hidden, classes),
        normalize=(float(inputs.mean()), float(inputs.std())),
        generator=torch.Generator().manual_seed(part.seed),
        **options,
    )
    centre(model, inputs[:CENTRED_ON], readout_rate=1 / classes)
    return train_part(part, tell, model, (training, test), config, data.name)
