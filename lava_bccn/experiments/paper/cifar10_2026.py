"""``bccn reproduce cifar10_2026``: the follow-up's rectified network, with three kinds of Y.

Source of the network and of the recipe: "Cell-type-specific cortical feedback coordinates
hierarchical credit assignment", 2026 (doi 10.64898/2026.06.16.732595).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

from lava_bccn.experiments.paper.cifar10 import load_images, some_of
from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.followup import FEEDBACK, options_of, recipe, start
from lava_bccn.experiments.paper.summary import ERRORS, column, curves, last_rows, mean_and_each
from lava_bccn.nn.training_config import TrainingConfig

if TYPE_CHECKING:
    import torch

    from lava_bccn.nn.samples import Samples

PUBLISHED = {
    "backprop": "17.1 %",
    "symmetric": "17.0 %",
    "kolen_pollack": "18.5 %",
    "random": "35.2 %",
}
"""Test errors after 400 epochs, read from the figure (± 0.2)."""

PUBLISHED_EPOCHS = 400

_AROUND = 2
"""Epochs before and after one whose errors are averaged: while the rate is high, errors of the same
network differ by one or two points from epoch to epoch."""

VALIDATION = 5_000
"""Training images that are held out, as there."""

HIDDEN = (1500,)
ERROR_SCALE = 0.1
FEEDBACK_GAINS = (1.0, 1.0, 1.0, 10.0)
FULL = TrainingConfig(
    epochs=30,
    batch_size=32,
    optimizer="sgd",
    learning_rate=0.004,
    momentum=0.9,
    weight_decay=1e-4,
    warm_up=2,
    label_smoothing=0.05,
    crop_padding=4,
    flip=True,
)
"""The follow-up's recipe, but for its 400 epochs and its rate of 0.001, in which 30 come nowhere
near an end. This one was chosen on the images held out, for symmetric Y and backprop alike."""

QUICK = replace(FULL, epochs=3, warm_up=1)
QUICK_SAMPLES, QUICK_TEST_SAMPLES = 3_000, 2_000


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.paper.classifier import samples, train_part

    name, data = load_images(part.data_dir)
    training, test = samples(data)
    training, held_out = divided(training, part.quick)
    test = some_of(held_out if part.held_out else test, QUICK_TEST_SAMPLES if part.quick else None)
    model = network(part.variant, part.seed, training[0], len(data.class_names))
    del data
    config = recipe(part.variant, QUICK if part.quick else FULL)
    rows = train_part(part, tell, model, (training, test), config, name)
    return [{"data": name, **row} for row in rows]


def divided(training: Samples, quick: bool = False) -> tuple[Samples, Samples]:
    """Training images in random order: those to train with, and those held out."""
    inputs, labels = some_of(training, None)
    kept = QUICK_SAMPLES if quick else len(labels) - VALIDATION
    return (inputs[:kept], labels[:kept]), (inputs[kept:], labels[kept:])


def network(variant: str, seed: int, inputs: torch.Tensor, classes: int) -> torch.nn.Sequential:
    """The follow-up's network of a variant; one seed gives all variants the same W.

    Args:
        variant: a key of ``PUBLISHED``.
        seed: of W and of a random Y.
        inputs: the training images, which the network standardises channel by channel.
        classes: units of the output.
    """
    import torch

    from lava_bccn.nn import cnn

    scale = inputs.mean((0, 2, 3))[:, None, None], inputs.std((0, 2, 3))[:, None, None]
    name, options = options_of(variant, ERROR_SCALE, FEEDBACK_GAINS)
    channels, height, width = inputs.shape[1:]
    model = cnn(
        name,
        (channels, height, width),
        hidden=HIDDEN,
        classes=classes,
        normalize=scale,
        generator=torch.Generator().manual_seed(seed),
        **options,
    )
    start(model, variant, seed)
    return model


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    data = " and ".join(dict.fromkeys(str(row["data"]) for row in rows))
    epochs = int(column(rows, "epoch").max())
    comparisons = [
        Comparison(
            f"{data}, {variant}: test error after {epochs} epochs",
            f"{PUBLISHED[variant]} (after {PUBLISHED_EPOCHS})",
            mean_and_each(100 * column(of_seeds, "test_error")),
        )
        for variant, of_seeds in last_rows(rows).items()
    ]
    for variant in FEEDBACK:
        for epoch in range(10, epochs + 1, 10):
            around = epoch - _AROUND, min(epoch + _AROUND, epochs)
            for what, (first, last) in (
                (f"after {epoch} epochs", (epoch, epoch)),
                (f"mean of epochs {around[0]} to {around[1]}", around),
            ):
                apart = _apart(rows, variant, first, last)
                if apart:
                    comparisons.append(
                        Comparison(
                            f"{data}, {variant} − backprop, {what}",
                            "",
                            mean_and_each(apart, "+.2f", " points"),
                        )
                    )
    return comparisons


def _apart(rows: Sequence[Row], variant: str, first: int, last: int) -> list[float]:
    """By how many points a variant errs more than backprop, in the mean of epochs, seed by seed."""
    errors: dict[tuple[object, object], list[float]] = {}
    for row in rows:
        if first <= int(row["epoch"]) <= last:
            of_run = errors.setdefault((row["variant"], row["seed"]), [])
            of_run.append(100 * float(row["test_error"]))
    return [
        fmean(of_run) - fmean(errors["backprop", seed])
        for (name, seed), of_run in errors.items()
        if name == variant and ("backprop", seed) in errors
    ]


VARIANTS = tuple(PUBLISHED)

EXPERIMENT = Experiment(
    name="cifar10_2026",
    shows="CIFAR-10 with the follow-up's rectified network: symmetric, Kolen–Pollack and random Y",
    quick=Setting((0,), VARIANTS, "minutes on two cores, 2 GB a worker (3,000 images)"),
    full=Setting((0,), VARIANTS, "some 45 min a part on a core, 3 GB a worker"),
    run=_run,
    compare=_compare,
    draw=curves("epoch", "epoch", ERRORS),
    holds_out=True,
)
