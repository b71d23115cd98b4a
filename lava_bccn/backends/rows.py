"""Arrays on disk, in the format of ``numpy.save``, whose rows are written as they come."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from lava_bccn.errors import OutputPathError
from lava_bccn.files import writing


def new_folder(path: str | Path) -> Path:
    """Make a folder for the files of a run, with those above it.

    Raises:
        OutputPathError: there is something in it already, or it cannot be made.
    """
    folder = Path(path)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OutputPathError(f"{folder} is not empty; name another folder, or remove it")
    return folder


class RowsFile:
    """An array (rows, columns) in a file of its own. Of it, no more is in memory than is written.

    Until it is finished, no reader takes the file for an array.

    Args:
        path: of the file, in a folder that is there.
        shape: of the array.
        dtype: of its numbers.

    Raises:
        OutputPathError: it cannot be written; so of every method.
    """

    def __init__(self, path: Path, shape: tuple[int, int], dtype: np.dtype[Any]) -> None:
        self.path, self._shape, self._dtype = path, shape, dtype
        self._start = len(self._header(shape[0]))
        self._row = shape[1] * dtype.itemsize
        with writing(path):
            self._file = path.open("wb")

    def __setitem__(self, rows: slice, values: NDArray[Any]) -> None:
        """Write some rows that follow one another."""
        with writing(self.path):
            self._file.seek(self._start + rows.start * self._row)
            self._file.write(np.ascontiguousarray(values, dtype=self._dtype).data)

    def finish(self, rows: int) -> NDArray[Any]:
        """The first rows, to read from the file when they are looked at; there are no others."""
        with writing(self.path), self._file as file:
            file.truncate(self._start + rows * self._row)
            file.seek(0)
            file.write(self._header(rows))
        return np.load(self.path, mmap_mode="r" if rows else None)

    def abandon(self) -> None:
        """Leave no file."""
        with suppress(OSError):  # what could not be written yet need not be any more
            self._file.close()
        self.path.unlink(missing_ok=True)

    def _header(self, rows: int) -> bytes:
        """It has the same length for every number of rows: NumPy leaves room for longer ones."""
        described = npy.header_data_from_array_1_0(np.empty((0, 0), self._dtype))
        content = io.BytesIO()
        npy.write_array_header_1_0(content, {**described, "shape": (rows, self._shape[1])})
        return content.getvalue()


def save_array(path: Path, array: NDArray[Any]) -> None:
    """``numpy.save``.

    Raises:
        OutputPathError: it cannot be written.
    """
    with writing(path):
        np.save(path, array)
