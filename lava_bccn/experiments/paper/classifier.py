"""What experiments that train classifiers share: a run of a part, and a row an epoch."""

from __future__ import annotations

from dataclasses import replace

import torch

from lava_bccn.datasets import Dataset
from lava_bccn.experiments.paper.experiment import Part, Row, Tell
from lava_bccn.nn import train
from lava_bccn.nn.training import Samples
from lava_bccn.nn.training_config import TrainingConfig


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
