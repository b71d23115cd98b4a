"""Labelled tables: ``.csv`` and ``.tsv`` files, a sample a row."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.classes import numbered
from lava_bccn.datasets.dataset import Dataset, checked
from lava_bccn.datasets.reading import Reading
from lava_bccn.datasets.rows import Table, read_rows
from lava_bccn.datasets.scaling import Scaling
from lava_bccn.datasets.splits import split
from lava_bccn.errors import DataWarning, InvalidInputError

_DIGITS = 18
"""Whole numbers of so many digits are 64-bit integers."""


def read_table(path: Path, how: Reading) -> Dataset:
    """The data set of a table, every column of numbers scaled to [0, 1] by the training set.

    Args:
        path: of the file; see :func:`read_rows`.
        how: the column of the labels, the share that is held out, and, where a network was trained
            on the table before, the scaling and the classes of then.

    Raises:
        FileFormatError: no table; names the row.
        InvalidInputError: a value that is no number, or labels that are no classes.
    """
    table = read_rows(path, how.label)
    if not table.columns:
        raise InvalidInputError(
            f"{path} has one column only; expected numbers beside the label, with commas, "
            "semicolons or tabs between them"
        )
    (labels,), names = numbered([classes_of(table, path)], how.class_names, path)
    train, test, chosen = split(labels, how, names, path)
    if how.class_names and how.scaling is None:
        warnings.warn(
            f"the network was trained on no table, so {path} is scaled by its own training set",
            DataWarning,
            stacklevel=2,
        )
    scaling = how.scaling or Scaling.of(table.columns, table.values[train])
    inputs = scaling.apply(table.columns, table.values)
    reading = Reading(chosen.test_share, table.label, scaling)
    parts = inputs[train], labels[train], inputs[test], labels[test]
    return checked(Dataset(path.name, *parts, names, reading), path)


def classes_of(table: Table, where: object) -> NDArray[np.int64] | NDArray[np.str_]:
    """Labels as whole numbers, where all of them are some, or as they stand there.

    Raises:
        InvalidInputError: an empty one, or numbers that are not whole.
    """
    words = np.array([word.strip() for word in table.labels])
    if (words == "").any():
        row = table.rows[int(np.flatnonzero(words == "")[0])]
        raise InvalidInputError(f"row {row} of {where} has no label in column {table.label!r}")
    try:
        numbers = words.astype(np.float64)
    except ValueError:
        return words
    is_whole = np.isfinite(numbers) & (numbers == np.trunc(numbers))
    if not is_whole.all() or (np.abs(numbers) >= 10.0**_DIGITS).any():
        first = int(np.flatnonzero(~is_whole)[0]) if not is_whole.all() else 0
        raise InvalidInputError(
            f"row {table.rows[first]} of {where} has the label {table.labels[first]!r} in column "
            f"{table.label!r}; expected classes, as words or whole numbers (is it another column? "
            "see --label)"
        )
    return numbers.astype(np.int64)
