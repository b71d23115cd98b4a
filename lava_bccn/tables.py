"""Tables as CSV files: one way to write, extend and read those of logs, curves and experiments."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from lava_bccn.errors import BurstCCNError, FileFormatError, InvalidInputError
from lava_bccn.files import existing_file, is_there, write_atomically


def write_table(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows under the names of their columns, or leave an existing file as it was.

    Args:
        path: of the CSV.
        rows: at least one; all have the keys of the first, which are the columns in order.

    Raises:
        InvalidInputError: no row, or one with other columns.
        OutputPathError: the place cannot be written.
    """
    if not rows:
        raise InvalidInputError(f"a table needs at least one row; there is none for {path}")
    columns = list(rows[0])
    for number, row in enumerate(rows, start=1):
        if row.keys() != rows[0].keys():
            raise InvalidInputError(
                f"row {number} for {path} has the columns {', '.join(row)}; expected "
                f"{', '.join(columns)}"
            )

    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, lambda file: file.write(text.getvalue().encode()))


def append_row(path: str | Path, row: Mapping[str, Any]) -> None:
    """Add a row to a table, which begins with it where there is none.

    Raises:
        FileFormatError: the file is no table, or one of other columns.
        OutputPathError: the place cannot be written.
    """
    before = read_table(path, list(row)) if is_there(path) else []
    write_table(path, [*before, row])


def read_table(path: str | Path, columns: Sequence[str] | None = None) -> list[dict[str, str]]:
    """The rows of a table, every value as it is written there.

    Args:
        path: of the CSV.
        columns: that it must have, in order; None: whatever it has.

    Raises:
        MissingDataError: no such file.
        FileFormatError: it has other columns, or a row with too few or too many values.
    """
    path = existing_file(path)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = (row for row in csv.reader(file, strict=True) if row)
    except (ValueError, csv.Error) as error:
        raise FileFormatError(
            f"{path} is no CSV table ({error}); delete it, or name another file"
        ) from error
    if columns is not None and header != list(columns):
        raise FileFormatError(
            f"{path} has the columns {', '.join(header)}; expected {', '.join(columns)}; delete "
            "it, or name another file"
        )
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise FileFormatError(
                f"row {number} of {path} has {len(row)} values, its header {len(header)}; delete "
                "the row, or name another file"
            )
    return [dict(zip(header, row, strict=True)) for row in rows]


_BESIDE = {"epoch": ".pt", "learned": ".safetensors"}
"""Tables that lie beside files, by their first columns, and the usual endings of those files."""


def table_beside(
    path: str | Path, first_column: str, rows: Sequence[Mapping[str, Any]] = ()
) -> Path:
    """Where the table of a file is: ``x.csv`` beside ``x.pt``, or else ``x.pt.csv``.

    The long name is for files with another ending than usual, and where ``x.csv`` is the table of
    another file, so that none replaces another's. Earlier releases had the short one only.

    Args:
        path: of the file.
        first_column: of its table, one of ``epoch`` and ``learned``.
        rows: of its table, as far as there are any.
    """
    # That of a file without an ending must not be the short name of another.
    long = Path(f"{path}.csv" if Path(path).suffix else f"{path}..csv")
    short = Path(path).with_suffix(".csv")
    begun: list[dict[str, str]] = []
    if is_there(short):
        with suppress(BurstCCNError):  # whatever it is, it is not the table of another file
            begun = read_table(short)
    written = [{name: str(value) for name, value in row.items()} for row in rows[: len(begun)]]
    if begun and begun == written:
        return short
    is_others = bool(begun) and next(iter(begun[0])) in _BESIDE.keys() - {first_column}
    is_usual = Path(path).suffix == _BESIDE[first_column]
    return long if is_others or not is_usual or is_there(long) else short
