"""Where data sets are looked for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from lava_bccn.errors import MissingDataError

DATA_DIR_VARIABLE = "LAVA_BCCN_DATA"
"""Environment variable that names the data folder where no ``data_dir`` is given."""


def default_data_dir() -> Path:
    """Where data are looked for if no ``data_dir`` is given: ``$LAVA_BCCN_DATA`` or ``data``."""
    return Path(os.environ.get(DATA_DIR_VARIABLE, "data"))


def first_file(folder: Path, names: Iterable[str]) -> Path | None:
    """The first file of these names; also where unpacking has put it into a folder of its name."""
    for name in names:
        for path in (folder / name, folder / name / name):
            if path.is_file():
                return path
    return None


def not_there(name: str, root: Path, files: str, folders: Iterable[str]) -> MissingDataError:
    """The error that says where a data set was looked for.

    Args:
        name: of the data set.
        root: the data folder.
        files: that were looked for, in words.
        folders: in it that they were looked for in.
    """
    places = ", ".join(str(root / folder) for folder in folders)
    return MissingDataError(
        f"{name} is not in {root}: {files} in none of {places}; pass --data-dir, set "
        f"{DATA_DIR_VARIABLE}, or fetch it with --download"
    )
