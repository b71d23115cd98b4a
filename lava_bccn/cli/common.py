"""What the commands share: options, progress bars, tables and data."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from lava_bccn import datasets
from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.files import existing_file

STDERR = Console(stderr=True)


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Keeps the examples as they are and adds defaults where there is one worth telling."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default in (None, False, argparse.SUPPRESS, []):
            return action.help
        if isinstance(action, argparse.BooleanOptionalAction) or "(default" in (action.help or ""):
            return action.help
        return super()._get_help_string(action)


def add_parser(commands: Any, name: str, summary: str, examples: str) -> argparse.ArgumentParser:
    """A subcommand with its examples under ``--help``."""
    return commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog="examples:\n" + examples,
        formatter_class=HelpFormatter,
    )


def add_data_options(parser: argparse.ArgumentParser, default: str | None) -> None:
    """``--dataset``, ``--data-dir`` and ``--download``."""
    parser.add_argument(
        "--dataset",
        default=default,
        metavar="NAME",
        help=f"{', '.join(datasets.NAMES)}, or a folder with train/CLASS/* and test/CLASS/* images "
        f"(default: {default or 'the one it was trained on'})",
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help=f"where the data sets are (default: ${datasets.DATA_DIR_VARIABLE} or ./data)",
    )
    parser.add_argument(
        "--download", action="store_true", help="fetch a missing data set into the data folder"
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def load_dataset(options: argparse.Namespace, known: str | None = None) -> datasets.Dataset:
    """The data set of the options, or else the one that a file says it was made with."""
    name = options.dataset or known
    if name is None:
        raise InvalidInputError("the file does not say its data set; name one with --dataset")
    with STDERR.status(f"reading {name}"):
        return datasets.load(name, options.data_dir, download=options.download)


def recorded_name(name: str) -> str:
    """A data set's name as a file should record it: a folder by its full path."""
    return name if name in datasets.NAMES else str(Path(name).resolve())


def read_array(path: Path) -> NDArray[Any]:
    """An array of a .npy file.

    Raises:
        MissingDataError: no such file.
        FileFormatError: not a .npy file.
    """
    try:
        array = np.load(existing_file(path), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise FileFormatError(
            f"{path} is not a .npy file ({error}); write it with numpy.save"
        ) from error
    if not isinstance(array, np.ndarray) or array.ndim < 2:
        raise FileFormatError(
            f"{path} does not hold one array of samples; expected shape (samples, ...), written "
            "with numpy.save"
        )
    return array


@contextmanager
def progress_bar(description: str, total: int, *, unit: str = "") -> Iterator[Any]:
    """A bar on standard error; yields ``advance(count=1, note=None)``."""
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=STDERR, disable=not STDERR.is_terminal) as bar:
        task = bar.add_task(description, total=total, note="")

        def advance(count: int = 1, note: str | None = None) -> None:
            bar.update(task, advance=count)
            if note is not None:
                bar.update(task, note=note)

        yield advance


def check_picture(path: Path) -> None:
    """Refuse a name whose ending is no picture format that can be written."""
    from matplotlib.backend_bases import FigureCanvasBase

    known = sorted(FigureCanvasBase.get_supported_filetypes())
    if path.suffix.lstrip(".").lower() not in known:
        raise InvalidInputError(
            f"{path} is no picture; name it *.png, or one of {', '.join(known)}"
        )


def print_json(result: Any) -> None:
    """A result for scripts, on standard output."""
    print(json.dumps(result, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table for people, on standard output; numbers in columns after the first are aligned."""
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else 120
    Console(width=width).print(table)
