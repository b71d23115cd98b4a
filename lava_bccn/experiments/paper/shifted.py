"""``bccn reproduce shifted``: the follow-up's rectified network goes on learning in 8 bits.

It is trained in PyTorch, mapped to integers, and shown images that are not as those it was trained
on: darker ones, or rotated ones. As a frozen network it errs on these; online, from one image after
the other, it learns them. Not published: the network and the recipe of its training are those of
``cifar10_2026``, of which a checkpoint may take the place of this one's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn import datasets
from lava_bccn.experiments.paper.cifar10 import load_images
from lava_bccn.experiments.paper.cifar10_2026 import ERROR_SCALE, FULL, divided, network
from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.followup import recipe
from lava_bccn.experiments.paper.summary import column, curves
from lava_bccn.nn.training_config import TrainingConfig

if TYPE_CHECKING:
    import torch

    from lava_bccn.network import MappedNetwork

Images = NDArray[np.float32]

DEGREES = 30.0
DARKENED = 0.3


def darker(images: Images) -> Images:
    """With less than a third of their brightness."""
    return np.float32(DARKENED) * images


def rotated(images: Images) -> Images:
    """Turned, with what they show mirrored at their edges."""
    from scipy import ndimage

    turned = ndimage.rotate(images, DEGREES, axes=(2, 3), reshape=False, order=1, mode="reflect")
    return turned.clip(0, 1)


SHIFTS: dict[str, Callable[[Images], Images]] = {"darker": darker, "rotated": rotated}

HELD_OUT = 1_000
"""Test images that nothing learns from; all others are shown, some of them only in quick runs."""

QUICK_HELD_OUT = 100

PARTS = 8
"""Points of the learning curve."""

BURST_EXTRA_BITS = 3
"""With one bit more the sums of 2,304 units could leave 32 bits once their weights have grown."""

RATES = {"digits": 8, "images": 11}
"""n of the learning rate 2^−n: per sample about that of the training's end, with its momentum."""

SHOWN = 4_000
QUICK = TrainingConfig(epochs=15, batch_size=32, optimizer="sgd", learning_rate=0.04, momentum=0.9)


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.paper.classifier import samples, train_part

    name, data = ("digits", datasets.load("digits")) if part.quick else load_images(part.data_dir)
    training, test = samples(data)
    if part.quick:
        model = _small(part.seed, training[0], len(data.class_names))
        config = QUICK
    else:
        training, _ = divided(training)
        model = network("symmetric", part.seed, training[0], len(data.class_names))
        config = recipe("symmetric", FULL)
    train_part(
        part, lambda share, note: tell(share / 2, note), model, (training, test), config, name
    )
    return [{"data": name, **row} for row in _learn(part, tell, model.eval(), data)]


def _small(seed: int, inputs: torch.Tensor, classes: int) -> torch.nn.Sequential:
    import torch

    from lava_bccn.nn import mlp

    return mlp(
        "burstccn",
        (inputs[0].numel(), 60, 40, classes),
        normalize=(float(inputs.mean()), float(inputs.std())),
        generator=torch.Generator().manual_seed(seed),
        activation="relu_rms",
        readout_activation="softmax",
        error_scale=ERROR_SCALE,
        feedback="tied",
    )


def _learn(part: Part, tell: Tell, model: torch.nn.Module, data: datasets.Dataset) -> list[Row]:
    """A row a part of what is shown, of every shift."""
    from lava_bccn import mapping
    from lava_bccn.backends.execution import run
    from lava_bccn.network.learning import LearningConfig

    random = np.random.default_rng(0)  # of images that may come class by class
    order = random.permutation(len(data.train_inputs))
    calibration = data.train_inputs[order[: mapping.CALIBRATION_SAMPLES]]
    exact = mapping.from_torch(model, calibration, precision="float")
    frozen = mapping.quantise(exact, calibration, burst_extra_bits=BURST_EXTRA_BITS)
    held_out = QUICK_HELD_OUT if part.quick else HELD_OUT
    rate = RATES["digits" if part.quick else "images"]
    config = LearningConfig(
        weight_rate=rate, bias_rate=rate, hidden_boost=(), decay=None, seed=part.seed
    )
    order = random.permutation(len(data.test_inputs))
    test, labels = _images(data.test_inputs[order]), np.asarray(data.test_labels)[order]
    rows: list[Row] = []
    for number, (name, shift) in enumerate(SHIFTS.items()):
        images, targets = shift(test[:-held_out][:SHOWN]), np.eye(frozen.output_size)[labels]
        unseen = shift(test[-held_out:]), labels[-held_out:]
        before = {"frozen_error": _error(frozen, *unseen), "exact_error": _error(exact, *unseen)}
        online, learned = frozen, 0
        rows.append({"shift": name, "samples": 0, "test_error": before["frozen_error"], **before})
        for chosen in np.array_split(np.arange(len(images)), PARTS):
            how: dict[str, Any] = {"learn": config, "learned": learned}
            result = run(online, images[chosen], targets[chosen], **how)
            online, learned = result.network, result.learned
            error = _error(online, *unseen)
            rows.append({"shift": name, "samples": learned, "test_error": error, **before})
            done = (number + learned / len(images)) / len(SHIFTS)
            tell((1 + done) / 2, f"{name}: error {error:.2%}")
    return rows


def _images(inputs: NDArray[Any]) -> Images:
    """(samples, channels, height, width); of flat ones squares of one channel."""
    if inputs.ndim == 4:
        return inputs
    side = round(float(np.sqrt(inputs[0].size)))
    return inputs.reshape(len(inputs), 1, side, side)


def _error(network: MappedNetwork, images: Images, labels: NDArray[Any]) -> float:
    from lava_bccn.backends.execution import run

    return float((run(network, images).predictions != labels).mean())


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    comparisons = []
    for name in SHIFTS:
        of_shift = [row for row in rows if row["shift"] == name]
        last = int(column(of_shift, "samples").max())
        end = [row for row in of_shift if row["samples"] == last]
        errors = {
            what: f"{100 * column(end, key).mean():.2f} %"
            for what, key in (
                ("in floating point", "exact_error"),
                ("in 8 bits, frozen", "frozen_error"),
                (f"in 8 bits, after {last} samples online", "test_error"),
            )
        }
        comparisons += [
            Comparison(f"{end[0]['data']}, {name} images: held-out error {what}", "", error)
            for what, error in errors.items()
        ]
    return comparisons


EXPERIMENT = Experiment(
    name="shifted",
    shows="the follow-up's rectified network in 8 bits learns images of another kind online",
    quick=Setting((0,), ("symmetric",), "a minute or two on a core (digits)"),
    full=Setting((0,), ("symmetric",), "some 45 min on a core, 3 GB (CIFAR-10)"),
    run=_run,
    compare=_compare,
    draw=curves(
        "samples",
        "samples learned online",
        {"test_error": "held-out error", "frozen_error": "frozen: held-out error"},
        "shift",
    ),
)
