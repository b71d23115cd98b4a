"""Many pictures as one array; what may surprise of them is said in a line each."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.pictures import NoPictureError, Picture, read_picture
from lava_bccn.errors import DataWarning, InvalidInputError
from lava_bccn.extras import require

_LEFT_OUT = "are no pictures and are left out"
_TURNED_COLOUR = "are grey and the others in colour, so all are read as colour (three channels)"


def stack(files: Sequence[Path]) -> tuple[NDArray[np.float32], list[int]]:
    """Pictures of one size, (samples, channels, height, width).

    Grey pictures are one channel, colour ones three; grey ones among colour ones become colour.

    Args:
        files: those that are no pictures, and not named as if they were, are left out.

    Returns:
        The pictures, and which of the files they are.

    Raises:
        InvalidInputError: one that cannot be read, or of another size; names it.
    """
    remarks: dict[str, list[Path]] = defaultdict(list)
    grey: list[Path] = []
    chosen: list[int] = []
    values: NDArray[np.float32] = np.empty((0, 1, 0, 0), np.float32)
    for index, file in enumerate(files):
        picture = _picture(file)
        if picture is None:
            remarks[_LEFT_OUT].append(file)
            continue
        if not chosen:
            values = _room(len(files), picture, file)
        _check_size(picture, file, values, files[chosen[0]] if chosen else file)
        if len(picture.values) > values.shape[1]:
            values = np.repeat(values, len(picture.values), axis=1)
        values[len(chosen)] = picture.values
        chosen.append(index)
        if len(picture.values) == 1:
            grey.append(file)
        for remark in picture.remarks:
            remarks[remark].append(file)
    if grey and values.shape[1] == 3:
        remarks[_TURNED_COLOUR] = grey
    for remark, affected in remarks.items():
        what = f"{len(affected)} of {len(files)} files {remark}; the first: {affected[0]}"
        warnings.warn(what, DataWarning, stacklevel=2)
    return values[: len(chosen)], chosen


def _picture(file: Path) -> Picture | None:
    require("PIL.Image", "data", "reading pictures")
    from PIL import Image

    try:
        return read_picture(file)
    except NoPictureError:
        if file.suffix.lower() in Image.registered_extensions():
            raise
        return None


def _room(count: int, picture: Picture, file: Path) -> NDArray[np.float32]:
    try:
        return np.empty((count, *picture.values.shape), np.float32)
    except MemoryError as error:
        raise InvalidInputError(
            f"{count} pictures of {_size(picture.values)} pixels, as {file}, do not fit into "
            "memory; resize them first"
        ) from error


def _check_size(picture: Picture, file: Path, others: NDArray[np.float32], first: Path) -> None:
    if picture.values.shape[1:] != others.shape[2:]:
        raise InvalidInputError(
            f"images differ in size: {file} has {_size(picture.values)} pixels, {first} "
            f"{_size(others[0])}; resize them to one size first"
        )


def _size(values: NDArray[np.float32]) -> str:
    height, width = values.shape[-2:]
    return f"{width} x {height}"
