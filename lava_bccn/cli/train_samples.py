"""What ``bccn train`` trains on: a data set in memory, or pictures that are read meanwhile."""

from __future__ import annotations

import argparse
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lava_bccn.cli.data import load_dataset, notes_of, recorded_name
from lava_bccn.cli.fields import given, option_of
from lava_bccn.cli.printing import stderr, warn
from lava_bccn.datasets import stream
from lava_bccn.errors import DataWarning, InvalidInputError
from lava_bccn.nn import PictureStream
from lava_bccn.nn.samples import Samples

_SEEN = 500
"""Training images by which biases are centred, and streamed colours standardised; more change
little."""

OF_STREAMS = ("size", "resize", "least_area", "workers")
_OF_OTHERS = ("test_share", "label", "held_out", "download")


@dataclass(frozen=True)
class Material:
    """What is trained and tested on.

    Attributes:
        name: of the data set.
        shape: of a sample.
        class_names: in the order of the labels.
        training, test: the samples.
        normalize: their mean and standard deviation.
        notes: that the checkpoint keeps.
    """

    name: str
    shape: tuple[int, ...]
    class_names: tuple[str, ...]
    training: Samples | PictureStream
    test: Samples | PictureStream
    normalize: tuple[Any, Any]
    notes: dict[str, Any]

    def some_inputs(self, seed: int) -> Tensor:
        """Training images, not all of them, in an order of that seed."""
        order = random_order(len(labels_of(self.training)), seed)[:_SEEN]
        if isinstance(self.training, PictureStream):
            return _shown(self.training, order)
        inputs = self.training[0]
        return inputs[order.to(inputs.device)]

    def held_out(self, seed: int) -> tuple[Samples | PictureStream, Samples | PictureStream]:
        """Nine tenths of the training samples to train on, and a tenth for validation."""
        order = random_order(len(labels_of(self.training)), seed)
        parts = order[len(order) // 10 :], order[: len(order) // 10]
        if isinstance(self.training, PictureStream):
            pictures, streamed = self.training.pictures, self.training
            kept, held = (replace(streamed, pictures=pictures.part(each.numpy())) for each in parts)
            return kept, held
        inputs, labels = self.training
        kept_numbers, held_numbers = (each.to(inputs.device) for each in parts)
        return (
            (inputs[kept_numbers], labels[kept_numbers]),
            (inputs[held_numbers], labels[held_numbers]),
        )


def labels_of(samples: Samples | PictureStream) -> Tensor:
    """The class of every sample."""
    if isinstance(samples, PictureStream):
        return torch.from_numpy(samples.pictures.labels)
    return samples[1]


def random_order(samples: int, seed: int) -> Tensor:
    """All numbers of samples."""
    return torch.randperm(samples, generator=torch.Generator().manual_seed(seed))


def check_streaming(options: argparse.Namespace) -> None:
    """Refuse options of streams without one, and those of data sets in memory with one.

    Raises:
        InvalidInputError: names the option.
    """
    others = _OF_OTHERS if options.streaming else OF_STREAMS
    asked = [name for name in others if getattr(options, name, None) not in (None, False)]
    if asked:
        where = "does not go with --streaming" if options.streaming else "needs --streaming"
        raise InvalidInputError(f"{option_of(asked[0])} {where}")


def material_of(options: argparse.Namespace, device: torch.device, *, quiet: bool) -> Material:
    """The samples of the options.

    Args:
        options: of ``bccn train``.
        device: that samples in memory are brought to.
        quiet: leave warnings to another process that reads them.
    """
    if options.streaming:
        return _streamed(options, quiet)
    data = load_dataset(options, quiet=quiet)

    def samples(inputs: Any, labels: Any) -> Samples:
        return torch.from_numpy(inputs).to(device), torch.from_numpy(labels).to(device)

    return Material(
        data.name,
        data.train_inputs.shape[1:],
        data.class_names,
        samples(data.train_inputs, data.train_labels),
        samples(data.test_inputs, data.test_labels),
        (float(data.train_inputs.mean()), float(data.train_inputs.std())),
        notes_of(options.dataset, data),
    )


def _streamed(options: argparse.Namespace, quiet: bool) -> Material:
    with (
        warnings.catch_warnings(record=True) as caught,
        stderr().status(f"looking through {options.dataset}"),
    ):
        warnings.simplefilter("always", DataWarning)
        folder = stream(options.dataset, **given(stream, options))
    for each in caught if not quiet else ():
        warn(str(each.message))
    workers = getattr(options, "workers", 0)
    training = PictureStream(folder.training, workers)
    seen = _shown(training, random_order(len(training), 0)[:_SEEN])
    mean, std = seen.mean((0, 2, 3)), seen.std((0, 2, 3))
    return Material(
        folder.name,
        folder.training.shape,
        folder.class_names,
        training,
        PictureStream(folder.test, workers),
        (mean[:, None, None], std[:, None, None]),
        {
            "dataset": recorded_name(options.dataset),
            "class_names": list(folder.class_names),
            "input_shape": list(folder.training.shape),
        },
    )


def _shown(streamed: PictureStream, order: Tensor) -> Tensor:
    """Some pictures as in a test."""
    levels = np.stack([streamed.pictures.read(index) for index in order.tolist()])
    return torch.from_numpy(levels).float() / 255
