"""What the commands show: progress on standard error, results on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from lava_bccn.errors import InvalidInputError

if TYPE_CHECKING:
    from rich.console import Console


class Advance(Protocol):
    """Moves a progress bar."""

    def __call__(self, count: float = 1, note: str | None = None, *, at: str | None = None) -> None:
        """Move it on by ``count``.

        Args:
            count: of what is done.
            note: to show beside the bar.
            at: what the note is of; where there is no bar, both are printed as a line.
        """


@cache
def stderr() -> Console:
    """The console of everything that is not a result."""
    from rich.console import Console

    return Console(stderr=True)


def warn(text: str) -> None:
    """A line on standard error."""
    stderr().print(f"warning: {text}")


def skipped(what: str, reason: Exception) -> None:
    """Say what is left out, and why."""
    stderr().print(f"[yellow]skipped {what}:[/yellow] {reason}", highlight=False)


@contextmanager
def progress_bar(
    description: str, total: int, *, unit: str = "", quiet: bool = False
) -> Iterator[Advance]:
    """A bar on standard error, if that is a terminal and nobody wants it ``quiet``."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    is_terminal = stderr().is_terminal
    with Progress(*columns, console=stderr(), disable=quiet or not is_terminal) as bar:
        task = bar.add_task(description, total=total, note="")

        def advance(count: float = 1, note: str | None = None, *, at: str | None = None) -> None:
            bar.update(task, advance=count)
            if note is not None:
                bar.update(task, note=note)
            if at is not None and not is_terminal and not quiet:
                print(f"{at}: {note}", file=sys.stderr)

        yield advance


def check_picture(path: Path) -> None:
    """Refuse a name whose ending is no picture format that can be written."""
    from matplotlib.backend_bases import FigureCanvasBase

    known = sorted(FigureCanvasBase.get_supported_filetypes())
    if path.suffix.lstrip(".").lower() not in known:
        raise InvalidInputError(
            f"{path} is no picture; name it *.png, or one of {', '.join(known)}"
        )


def joined(sizes: Sequence[int]) -> str:
    """Sizes of layers as people write them: ``64-500-10``."""
    return "-".join(map(str, sizes))


def print_json(result: Any) -> None:
    """A result for scripts, on standard output."""
    print(json.dumps(result, indent=2))


def print_table(title: str, rows: Sequence[Mapping[str, str]]) -> None:
    """A table for people, on standard output; numbers in columns after the first are aligned.

    Args:
        title: above it.
        rows: each by the names of the columns, which are those of the first.
    """
    from rich.console import Console
    from rich.table import Table

    if sys.stdout is None:  # closed by whoever started this
        return
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(rows[0]):
        table.add_column(column, justify="left" if index == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row.values())
    width = None if sys.stdout.isatty() else 120
    Console(width=width).print(table)
