"""Pictures and folders of them, to try readers on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from lava_bccn.datasets.pictures import Picture, read_picture

RAMP = np.linspace(1000, 60000, 20).reshape(4, 5).astype(np.uint16)
"""Of 16 bits, (height, width)."""

GREY = (RAMP >> 8).astype(np.uint8)
COLOUR = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)


def saved(path: Path, picture: Image.Image | np.ndarray, **options) -> Picture:
    """What is read of a picture that is written to ``path``."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    picture.save(path, **options)
    return read_picture(path)


def folder(
    root: Path,
    save: Callable[[Path, int], object],
    *,
    parts: Sequence[str] = ("train", "test"),
    classes: Sequence[str] = ("cat", "dog"),
    count: int = 2,
) -> Path:
    """A folder of pictures: ``save`` writes one, given its path without an ending and a number."""
    for part in parts:
        for name in classes:
            (root / part / name).mkdir(parents=True)
            for index in range(count):
                save(root / part / name / str(index), index)
    return root


def save_colour(path: Path, index: int) -> None:
    """Another picture in colour for every index."""
    Image.fromarray(np.roll(COLOUR, index)).save(path.with_suffix(".png"))


def save_grey(path: Path, index: int) -> None:
    """Another grey picture for every index."""
    Image.fromarray(np.roll(GREY, index)).save(path.with_suffix(".png"))
