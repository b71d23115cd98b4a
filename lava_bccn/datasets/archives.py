"""Arrays of a ``.npz``, read with what the file can hold in mind, and never unpickled."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from lava_bccn.errors import FileFormatError, InvalidInputError

_MOST_PACKED, _SMALL = 200, 2**28
"""No samples of more bytes than the second are packed into so small a part of them."""


def read_archive(
    path: Path, families: Sequence[tuple[str, ...]], others: Sequence[str] = ()
) -> tuple[tuple[str, ...], dict[str, NDArray[Any]]]:
    """Arrays of a ``.npz`` that holds inputs and labels.

    Args:
        path: of the file.
        families: names of inputs, labels, test inputs and test labels; the first is taken whose
            first two are there.
        others: that are read too if they are there.

    Returns:
        The names of the family, and the arrays that are there by their names.

    Raises:
        FileFormatError: no ``.npz``, damaged, of pickled objects, or larger than the file can hold.
        InvalidInputError: no such arrays, or one of the two of a test set.
    """
    with path.open("rb") as file:
        return _read(path, file, families, others)


def _read(
    path: Path, file: IO[bytes], families: Sequence[tuple[str, ...]], others: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, NDArray[Any]]]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = {
                each.filename.removesuffix(".npy"): each
                for each in archive.infolist()
                if each.filename.endswith(".npy")
            }
            family = _family(path, families, members.keys())
            wanted = [name for name in (*family, *others) if name in members]
            return family, {name: _array(path, archive, members[name]) for name in wanted}
    except (FileFormatError, InvalidInputError):
        raise
    except Exception as error:  # the readers fail in many ways on damaged files
        raise FileFormatError(
            f"{path} is damaged or no .npz file ({error}); write it with numpy.savez"
        ) from error


def _family(
    path: Path, families: Sequence[tuple[str, ...]], there: Sequence[str] | Any
) -> tuple[str, ...]:
    for family in families:
        if {*family[:2]} <= {*there}:
            missing = {*family[2:]} - {*there}
            if len(missing) == 1:
                raise InvalidInputError(
                    f"{path} has no array {missing.pop()!r} beside the other of the test set; "
                    "expected both or neither"
                )
            return family
    expected = " or ".join(f"{family[0]} and {family[1]}" for family in families)
    raise InvalidInputError(
        f"{path} has the arrays {', '.join(sorted(there)) or '(none)'}; expected {expected}"
    )


def _array(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    """One array, once its size is known to be true."""
    name = member.filename.removesuffix(".npy")
    with archive.open(member) as file:
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, _, dtype = read_header[npy.read_magic(file)](file)
        _check(f"{name} of {path}", shape, dtype, member.file_size - file.tell())
    if member.file_size > _SMALL and member.file_size > _MOST_PACKED * member.compress_size:
        raise FileFormatError(
            f"{name} of {path} would unpack from {member.compress_size:,} to "
            f"{member.file_size:,} bytes; write it with numpy.savez if that is meant"
        )
    with archive.open(member) as file:
        return npy.read_array(file, allow_pickle=False)


def _check(where: str, shape: tuple[int, ...], dtype: np.dtype[Any], size: int) -> None:
    if dtype.hasobject:
        raise FileFormatError(
            f"{where} holds pickled Python objects (samples of different lengths?), which are not "
            "loaded for safety; make it an array of numbers of one shape"
        )
    if math.prod(shape) * dtype.itemsize != size:
        raise FileFormatError(
            f"{where} is damaged: it says {dtype} of shape {shape}, and {size:,} bytes follow"
        )
