"""Rows of a table as numbers and labels."""

from __future__ import annotations

import csv
import warnings
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import DataWarning, FileFormatError, InvalidInputError

_DELIMITERS = "\t;,"

_MISSING = ("", "?", "-", "na", "n/a", "#n/a", "null", "none")
"""Where no number is, though the column is one of numbers."""


@dataclass(frozen=True)
class Table:
    """A table of numbers with a label a row.

    Attributes:
        columns: names of the columns of numbers; their numbers, from 1, where there is no header.
        values: finite numbers, (rows, columns).
        label: name of the column of the labels.
        labels: as they stand there.
        rows: the line of the file that each row is from.
    """

    columns: tuple[str, ...]
    values: NDArray[np.float64]
    label: str
    labels: tuple[str, ...]
    rows: tuple[int, ...]


def read_rows(path: Path, label: str | None = None) -> Table:
    """Read a table: numbers, and a column of labels.

    Columns are apart by commas, semicolons or tabs, whichever the first line has most of. The first
    line is a header if it has a word for a number, or the names 0, 1, 2, ... in order; a
    first column without a name, by which other tools number the rows, is left out.

    Args:
        path: of the file.
        label: name of the column of the labels, or its number, from 1; None: the last.

    Raises:
        FileFormatError: no text, no rows, or rows of different lengths.
        InvalidInputError: no such column, or a value that is no finite number; names both.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            first = file.readline()
            delimiter = max(_DELIMITERS, key=first.count)
            file.seek(0)
            return _table(path, csv.reader(file, delimiter=delimiter, strict=True), label)
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileFormatError(
            f"{path} is no table of text in UTF-8 ({error}); save it as one"
        ) from error


def _table(path: Path, reader: Iterator[list[str]], label: str | None) -> Table:
    rows = ((reader.line_num, row) for row in reader if row)  # type: ignore[attr-defined]
    number, first = next(rows, (0, []))
    if not first:
        raise FileFormatError(f"{path} is empty; expected a table, a sample a row")
    first = [text.strip() for text in first]
    place, has_header = _layout(first, label, path)
    names = first if has_header else [str(index + 1) for index in range(len(first))]
    kept = [index for index in range(len(first)) if index != place]
    if has_header and place != 0 and first[0] in ("", "Unnamed: 0"):
        warnings.warn(
            f"the first column of {path} has no name, so it numbers the rows and is left out",
            DataWarning,
            stacklevel=2,
        )
        kept.remove(0)
    columns = tuple(names[index] for index in kept)
    numbers, labels, lines = array("d"), [], []
    for line, row in rows if has_header else chain([(number, first)], rows):
        if len(row) != len(first):
            raise FileFormatError(
                f"row {line} of {path} has {len(row)} values, the first {len(first)}; expected as "
                "many in each"
            )
        texts = [row[index] for index in kept]
        try:
            numbers.extend(map(float, texts))
        except ValueError:
            wrong = next(index for index, text in enumerate(texts) if not _is_number(text))
            raise _no_number(path, line, texts[wrong], columns[wrong]) from None
        labels.append(row[place])
        lines.append(line)
    if not labels:
        raise FileFormatError(f"{path} has a header and no rows; expected a sample a row")
    values = np.asarray(numbers).reshape(len(labels), len(kept))
    for sample, wrong in np.argwhere(~np.isfinite(values))[:1]:
        raise _no_number(path, lines[sample], str(values[sample, wrong]), columns[wrong])
    return Table(columns, values, names[place], tuple(labels), tuple(lines))


def _layout(first: Sequence[str], label: str | None, path: Path) -> tuple[int, bool]:
    """The index of the column of the labels, and whether the first row is a header."""
    if label is None:
        place = len(first) - 1
        return place, _is_header(first, place)
    place = int(label) - 1 if label.isdecimal() else -1
    has_header = not label.isdecimal() or _is_header(first, place)
    if has_header and first.count(label) == 1:
        return first.index(label), True
    if 0 <= place < len(first) and not (has_header and label in first):
        return place, has_header
    problem = "several columns" if has_header and label in first else "no column"
    raise InvalidInputError(
        f"{path} has {problem} {label!r}; its first row is {', '.join(first[:10])}"
        f"{', ...' if len(first) > 10 else ''}; with --label name one of its header, or give a "
        f"number from 1 to {len(first)}"
    )


def _is_header(row: Sequence[str], place: int) -> bool:
    """Whether a row names columns, that of the labels, where anything may stand, set aside."""
    others = [text for index, text in enumerate(row) if index != place]
    is_counted = any(
        len(names) > 1 and names == [str(index) for index in range(len(names))]
        for names in (others, list(row))
    )
    return is_counted or any(
        not _is_number(text) and text.casefold() not in _MISSING for text in others
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _no_number(path: Path, line: int, text: str, column: str) -> InvalidInputError:
    is_word = text.casefold().strip() not in _MISSING and not _is_number(text)
    advice = f"--label {column!r} if that is the label; " if is_word else ""
    return InvalidInputError(
        f"row {line} of {path} has {text!r} in column {column!r}; expected a finite number "
        f"({advice}leave rows with missing values out, and write categories as numbers)"
    )
