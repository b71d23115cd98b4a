"""Digits of scikit-learn before an event camera that moves: N-MNIST's idea, in a second.

As in Orchard et al., Frontiers in Neuroscience 9:437 (2015), an image is looked at in three
saccades along a triangle. A pixel sends an event whenever its logarithmic intensity has moved by a
threshold since its last one, and now and then one for no reason.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets import digits
from lava_bccn.datasets.dataset import Dataset
from lava_bccn.datasets.events import EVENT, FRAMES, Binning, frames_of
from lava_bccn.datasets.reading import Reading

SIZE = 20
"""Pixels of a side: those of a digit, each twice as wide and high, and room to move."""

_CORNERS = np.array([(0, 0), (2, 4), (4, 0), (0, 0)])
"""Of the triangle, in pixels: rows and columns."""

_STEPS = 8
"""Of a saccade."""

_STEP_MICROSECONDS = 12_500
_THRESHOLD, _DARK = 0.3, 0.1
_NOISE = 0.002
"""Events of noise a pixel and step."""

_SEED = 0


def read() -> Dataset:
    """1,797 recordings of 20 x 20 pixels, each cut into three frames.

    Raises:
        MissingExtraError: scikit-learn or Tonic is not installed.
    """
    still, binning = digits.read(), Binning(FRAMES, SIZE, SIZE)
    parts = [still.train_inputs, still.test_inputs]
    train, test = (frames_of(recordings(part, _SEED + n), binning) for n, part in enumerate(parts))
    labels, reading = (still.train_labels, still.test_labels), Reading(frames=FRAMES)
    return Dataset("moving-digits", train, labels[0], test, labels[1], still.class_names, reading)


def recordings(images: NDArray[Any], seed: int) -> list[NDArray[Any]]:
    """What the camera records of images.

    Args:
        images: (samples, 1, 8, 8) in [0, 1].
        seed: of noise, and of times within a step.

    Returns:
        Events of each (``events.EVENT``), in the order of time.
    """
    random = np.random.default_rng(seed)
    large = images[:, 0].repeat(2, axis=1).repeat(2, axis=2)
    seen = None
    found = []
    for step, place in enumerate(_places()):
        intensity = np.log(_shown(large, place) + _DARK)
        if seen is None:
            seen = intensity
            continue
        change = np.trunc((intensity - seen) / _THRESHOLD)
        seen = seen + change * _THRESHOLD
        noise = (random.random(change.shape) < _NOISE) * random.choice((-1, 1), change.shape)
        for polarity, counts in ((1, change + noise), (0, -change - noise)):
            where = np.nonzero(counts > 0)
            times = counts[where].astype(np.int64)
            found.append((step, polarity, [axis.repeat(times) for axis in where]))
    return _of_each(found, len(images), random)


def _places() -> NDArray[np.float64]:
    """Where the image is at each step, (steps + 1, 2)."""
    legs = pairwise(_CORNERS)
    along = np.arange(_STEPS)[:, None] / _STEPS
    places = [start + along * (end - start) for start, end in legs]
    return np.concatenate([*places, _CORNERS[-1:]])


def _shown(images: NDArray[Any], place: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sensor, with images moved by parts of a pixel (bilinear)."""
    sensor = np.zeros((len(images), SIZE, SIZE))
    size = images.shape[1]
    whole = np.minimum(place.astype(int), SIZE - size - 1)
    part = place - whole
    for row in (0, 1):
        for column in (0, 1):
            share = abs(1 - row - part[0]) * abs(1 - column - part[1])
            top, left = whole[0] + row, whole[1] + column
            sensor[:, top : top + size, left : left + size] += share * images
    return sensor


def _of_each(
    found: list[tuple[int, int, list[NDArray[np.intp]]]], images: int, random: np.random.Generator
) -> list[NDArray[Any]]:
    """The events of each image."""
    image = np.concatenate([axes[0] for _, _, axes in found])
    events = np.empty(len(image), dtype=EVENT)
    lengths = [len(axes[0]) for _, _, axes in found]
    steps = np.repeat([step for step, _, _ in found], lengths)
    within = random.integers(_STEP_MICROSECONDS, size=len(image))
    events["t"] = steps * _STEP_MICROSECONDS - within
    events["p"] = np.repeat([polarity for _, polarity, _ in found], lengths)
    events["y"] = np.concatenate([axes[1] for _, _, axes in found])
    events["x"] = np.concatenate([axes[2] for _, _, axes in found])
    order = np.lexsort((events["t"], image))
    bounds = np.searchsorted(image[order], np.arange(1, images))
    return np.split(events[order], bounds)
