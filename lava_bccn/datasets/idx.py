"""IDX files, the format of MNIST: sizes are checked before anything of such a size is made."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import FileFormatError

_BYTES = 8
"""The code of unsigned bytes, the third of the magic number."""

_GZIP, _MOST_PACKED = b"\x1f\x8b", 1032
"""How a gzip file starts, whatever its name; and what it can unpack to at most, by its size."""


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """An array of an IDX file of unsigned bytes, packed by gzip or not.

    Args:
        path: of the file.
        dimensions: that it must have.

    Raises:
        FileFormatError: another kind of file, truncated, or longer than it says.
    """
    try:
        with path.open("rb") as plain:
            is_packed = plain.read(2) == _GZIP
        with gzip.open(path) if is_packed else path.open("rb") as file:
            header = file.read(4 * (1 + dimensions))
            shape = _shape(path, header, dimensions)
            size, held = math.prod(shape), path.stat().st_size
            if size > (_MOST_PACKED * held if is_packed else held - len(header)):
                raise FileFormatError(
                    f"{path} says it holds {size:,} values {shape}, and it has {held:,} bytes; it "
                    "is truncated or damaged"
                )
            content = file.read(size + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileFormatError(f"{path} is truncated or damaged ({error})") from error
    if len(content) != size:
        has = "more" if len(content) > size else f"{len(content):,}"
        raise FileFormatError(f"{path} is damaged: it says it holds {size:,} values, and has {has}")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _shape(path: Path, header: bytes, dimensions: int) -> tuple[int, ...]:
    expected = bytes([0, 0, _BYTES, dimensions])
    if len(header) < 4 * (1 + dimensions) or header[:4] != expected:
        raise FileFormatError(
            f"{path} is no IDX file of {dimensions} dimensions: it begins with "
            f"{header[:4].hex(' ') or 'nothing'}, not {expected.hex(' ')}; fetch it again"
        )
    return struct.unpack(f">{dimensions}I", header[4:])
