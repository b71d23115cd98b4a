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
    mirrored = torch.zeros(1, count, 1, dtype=torch.bool)
    if flip:
        mirrored = torch.rand(1, count, 1, generator=generator) < 0.5
    drawn = torch.cat((shifts, mirrored))[:, part]
    shown, device = images[part], images.device
    # In one piece, which a GPU does not stop for.
    down, right, is_mirrored = drawn.to(device, non_blocking=True)
    rows = down + torch.arange(height, device=device)
    columns = torch.arange(width, device=device)
    columns = right + torch.where(is_mirrored > 0, width - 1 - columns, columns)
    places = (rows[:, :, None] * (width + 2 * crop_padding) + columns[:, None, :]).flatten(1)
    padded = torch.nn.functional.pad(shown, (crop_padding,) * 4).flatten(2)
    places = places[:, None].expand(-1, channels, -1)
    return padded.gather(2, places).view(len(shown), channels, height, width)
