"""``bccn reproduce imagenet``: the follow-up's seven convolutions, pictures read while training.

Source of the network and of the recipe: "Cell-type-specific cortical feedback coordinates
hierarchical credit assignment", 2026 (doi 10.64898/2026.06.16.732595).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lava_bccn import datasets
from lava_bccn.errors import MissingDataError
from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.followup import options_of, recipe, start
from lava_bccn.experiments.paper.summary import column, curves, last_rows, mean_and_each
from lava_bccn.nn.model_options import ConvolutionSpec
from lava_bccn.nn.training_config import TrainingConfig

if TYPE_CHECKING:
    import torch

PUBLISHED = {
    "backprop": "30.8 %",
    "symmetric": "31.5 %",
    "kolen_pollack": "32.2 %",
    "random": "98.5 %",
}
"""Top-5 test errors after 50 epochs, read from the figure (± 0.2)."""

PUBLISHED_EPOCHS = 50

CONVOLUTIONS = (
    ConvolutionSpec(48, 9, stride=4),
    ConvolutionSpec(96, 3, stride=2),
    ConvolutionSpec(96, 5),
    ConvolutionSpec(192, 3, stride=2),
    ConvolutionSpec(192, 3),
    ConvolutionSpec(384, 3, stride=2),
    ConvolutionSpec(470, 3),
)
HIDDEN = (1500,)
SIZE = 224
GAIN, READOUT_GAIN = 3.6, 1.0
"""Of the start of W and of a random Y: Kaiming normal in hidden layers, Xavier normal in the
readout. There the follow-up's files have 3.6 too, with which softmax starts far from chance."""

ERROR_SCALE = 0.001
FEEDBACK_GAINS = (1.0,) * 7 + (500.0,)

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

FULL = TrainingConfig(
    epochs=50,
    batch_size=128,
    optimizer="sgd",
    learning_rate=0.008,
    momentum=0.9,
    weight_decay=5e-5,
    warm_up=5,
    label_smoothing=0.1,
    flip=True,
)
_WORKERS = 8
"""Processes that read ahead, for each part."""

QUICK = replace(FULL, epochs=3, batch_size=16, warm_up=1)
QUICK_CLASSES, QUICK_PICTURES, QUICK_TEST_PICTURES = 10, 40, 10
"""The first classes, and pictures of each."""


def _run(part: Part, tell: Tell) -> list[Row]:
    import torch

    from lava_bccn.nn import PictureStream, train

    folder = pictures_in(part.data_dir)
    training, test, classes = folder.training, folder.test, len(folder.class_names)
    if part.quick:
        training = _some(training, QUICK_PICTURES)
        test, classes = _some(test, QUICK_TEST_PICTURES), min(classes, QUICK_CLASSES)
    workers = 0 if part.quick else _WORKERS
    device = "cuda" if torch.cuda.is_available() else "cpu"
    config = recipe(part.variant, replace(QUICK if part.quick else FULL, seed=part.seed))
    result = train(
        network(part.variant, part.seed, classes).to(device),
        PictureStream(training, workers),
        PictureStream(test, workers),
        config,
        checkpoint=part.checkpoint,
        resume=True,
        data={"dataset": folder.name},
        on_epoch=lambda record: tell(
            record["epoch"] / config.epochs, f"error {record['held_out_error']:.2%}"
        ),
    )
    # Where there are five classes or fewer, the right one is always among five.
    return [
        {
            "data": f"{folder.name} ({classes} classes)",
            "epoch": record["epoch"],
            "test_error": record["held_out_error"],
            "top5_error": record.get("held_out_top5_error", 0.0),
            "training_loss": record["training_loss"],
            "seconds": record["seconds"],
        }
        for record in result.history
    ]


def pictures_in(data_dir: Path | None) -> datasets.PictureFolder:
    """ImageNet as torchvision lays it out.

    Args:
        data_dir: holds ``train/CLASS/*`` and ``val/CLASS/*``, or ``imagenet`` does that is in it;
            None: the folder of data sets.

    Raises:
        MissingDataError: says where it was looked for.
    """
    root = data_dir or datasets.default_data_dir()
    for folder in (root, root / "imagenet"):
        if (folder / "train").is_dir():
            return datasets.stream(folder, size=SIZE)
    raise MissingDataError(
        f"there is no ImageNet in {root}; expected train/CLASS/*.JPEG and val/CLASS/*.JPEG in it "
        "or in its folder imagenet (it is not to be downloaded without a licence)"
    )


def _some(pictures: datasets.Pictures, each: int) -> datasets.Pictures:
    """So many pictures of each of the first classes."""
    labels = pictures.labels
    chosen = [np.flatnonzero(labels == label)[:each] for label in range(QUICK_CLASSES)]
    return pictures.part(np.concatenate(chosen))


def network(variant: str, seed: int, classes: int) -> torch.nn.Sequential:
    """The follow-up's network of a variant; one seed gives all variants the same W.

    Args:
        variant: a key of ``PUBLISHED``.
        seed: of W and of a random Y.
        classes: units of the output.
    """
    import torch

    from lava_bccn.nn import cnn

    name, options = options_of(variant, ERROR_SCALE, FEEDBACK_GAINS)
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    model = cnn(
        name,
        (3, SIZE, SIZE),
        CONVOLUTIONS,
        HIDDEN,
        classes,
        normalize=(mean, std),
        generator=torch.Generator().manual_seed(seed),
        **options,
    )
    start(model, variant, seed, GAIN, READOUT_GAIN)
    return model


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    epochs = int(column(rows, "epoch").max())
    data = " and ".join(dict.fromkeys(str(row["data"]) for row in rows))
    return [
        Comparison(
            f"{data}, {variant}: {what} test error after {epochs} epochs",
            published,
            mean_and_each(100 * column(of_seeds, name)),
        )
        for variant, of_seeds in last_rows(rows).items()
        for what, name, published in (
            ("top-5", "top5_error", f"{PUBLISHED[variant]} (after {PUBLISHED_EPOCHS})"),
            ("top-1", "test_error", "—"),
        )
    ]


VARIANTS = tuple(PUBLISHED)

EXPERIMENT = Experiment(
    name="imagenet",
    shows="ImageNet, seven convolutions and 1500, softmax: symmetric, Kolen–Pollack and random Y",
    quick=Setting((0,), VARIANTS, "minutes on two cores, 1.5 GB a worker (10 classes)"),
    full=Setting((0,), VARIANTS, "days a part on a GPU and eight cores, 8 GB a worker"),
    run=_run,
    compare=_compare,
    draw=curves(
        "epoch", "epoch", {"test_error": "top-1 test error", "top5_error": "top-5 test error"}
    ),
)
