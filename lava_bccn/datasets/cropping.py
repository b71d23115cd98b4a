"""Pictures of any size cut to one: at random for training, in the middle for a test."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.pictures import opened, picture_of

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[float, float, float, float]
"""Left, upper, right and lower end, in pixels."""

RATIOS = (3 / 4, 4 / 3)
"""Width to height of a random crop, as of torchvision's ``RandomResizedCrop``."""

_TRIES = 10


def central_box(width: int, height: int, share: float) -> Box:
    """A square in the middle whose side is a share of the shorter one."""
    side = share * min(width, height)
    left, upper = (width - side) / 2, (height - side) / 2
    return left, upper, left + side, upper + side


def random_box(width: int, height: int, least_area: float, generator: np.random.Generator) -> Box:
    """A place of random area and shape, as of torchvision's ``RandomResizedCrop``.

    Args:
        width, height: of the picture.
        least_area: share of the picture that it shows at least; any from there to 1 alike.
        generator: that it is drawn from.

    Returns:
        The first of ten that fits into the picture; else the largest of such shapes in the middle.
    """
    for _ in range(_TRIES):
        area = width * height * generator.uniform(least_area, 1.0)
        ratio = math.exp(generator.uniform(math.log(RATIOS[0]), math.log(RATIOS[1])))
        wide, high = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < wide <= width and 0 < high <= height:
            left = int(generator.integers(width - wide + 1))
            upper = int(generator.integers(height - high + 1))
            return left, upper, left + wide, upper + high
    ratio = min(max(width / height, RATIOS[0]), RATIOS[1])
    wide, high = min(width, round(height * ratio)), min(height, round(width / ratio))
    left, upper = (width - wide) // 2, (height - high) // 2
    return left, upper, left + wide, upper + high


def upright_colours(path: Path) -> Image:
    """A picture in 8 bits of red, green and blue, upright as its EXIF data say.

    Raises:
        InvalidInputError: it cannot be read; names the file.
    """
    from PIL import Image, ImageOps

    with opened(path) as image:
        if image.format == "JPEG":  # all of whose modes are colours of 8 bits
            return ImageOps.exif_transpose(image).convert("RGB")
        values = picture_of(image, path).values
    levels = np.rint(255 * values.transpose(1, 2, 0)).astype(np.uint8)
    return Image.fromarray(np.broadcast_to(levels, (*levels.shape[:2], 3)).copy())


def cut(image: Image, box: Box, size: int) -> NDArray[np.uint8]:
    """What is in a box, (channels, size, size)."""
    from PIL.Image import Resampling

    shown = image.resize((size, size), Resampling.BILINEAR, box=box)
    return np.ascontiguousarray(np.asarray(shown).transpose(2, 0, 1))
