"""Sizes that a file of HDF5 claims, beside its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lava_bccn.files import content_of

AGAIN = "write it again with nir.write, or bccn export"

ALWAYS_FITS = 1 << 26
"""Bytes of arrays that any file may unpack to."""

MAX_RATIO = 100
"""Larger ones may be so many times as large as the file: HDF5 compresses, and leaves out chunks."""


def check_sizes(path: Path) -> None:
    """Refuse a file whose arrays would take far more memory than it holds; reads none of them.

    Raises:
        FileFormatError: it is such a file, or damaged; what is no HDF5 at all passes.
    """
    import h5py

    sizes: list[int] = []

    def visit(_: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            sizes.append(int(item.size) * item.dtype.itemsize)

    if not h5py.is_hdf5(path):
        return  # which the reader explains
    with content_of(path, "truncated or not a NIR file", AGAIN):
        with h5py.File(path, "r") as file:
            file.visititems(visit)
        if sum(sizes) > max(ALWAYS_FITS, MAX_RATIO * path.stat().st_size):
            raise ValueError(f"its arrays would unpack to {sum(sizes):,} bytes")
