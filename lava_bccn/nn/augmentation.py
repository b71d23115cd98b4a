"""Random crops and flips of images, for a whole batch at once and where the images are."""

from __future__ import annotations

import torch
from torch import Tensor


def augment(
    images: Tensor,
    generator: torch.Generator,
    *,
    crop_padding: int = 0,
    flip: bool = False,
    part: slice = slice(None),
) -> Tensor:
    """Show every image of a batch at a random place, and every other one mirrored.

    Args:
        images: (batch, channels, height, width), on any device.
        generator: of the CPU, so that a seed gives the same images on any device.
        crop_padding: rows and columns of zeros on each side, out of which the image is cut again.
        flip: mirror left to right with probability 1/2.
        part: return only these images of the batch, as they are in the whole one.

    Returns:
        New images of the same shape, but for ``part``.
    """
    count, channels, height, width = images.shape
    shifts = torch.randint(2 * crop_padding + 1, (2, count, 1), generator=generator)
    rows = shifts[0] + torch.arange(height)
    columns = torch.arange(width).expand(count, width)
    if flip:
        mirrored = torch.rand(count, 1, generator=generator) < 0.5
        columns = torch.where(mirrored, columns.flip(1), columns)
    columns = columns + shifts[1]
    images, rows, columns = images[part], rows[part], columns[part]
    device = images.device
    padded = torch.nn.functional.pad(images, (crop_padding,) * 4)
    return padded[
        torch.arange(len(images), device=device)[:, None, None, None],
        torch.arange(channels, device=device)[:, None, None],
        rows.to(device)[:, None, :, None],
        columns.to(device)[:, None, None, :],
    ]
