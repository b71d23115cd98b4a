"""What the commands show: progress on standard error, results on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from lava_bccn import bars
from lava_bccn.bars import Advance, stderr


def say(text: str) -> None:
    """A line on standard error, as it is."""
    stderr().print(text, markup=False, highlight=False, soft_wrap=True)


def show_notices() -> None:
    """Say what the package logs: what takes long and would else be silent."""
    import logging

    class Handler(logging.Handler):
        """Shows each as a line."""

        def emit(self, record: logging.LogRecord) -> None:
            say(record.getMessage())

    logger = logging.getLogger("lava_bccn")
    if not logger.handlers:
        logger.addHandler(Handler())
        logger.setLevel(logging.INFO)
        logger.propagate = False


def warn(text: str) -> None:
    """A warning on standard error."""
    say(f"warning: {text}")


def skipped(what: str, reason: Exception) -> None:
    """Say what is left out, and why."""
    say(f"skipped {what}: {reason}")


def progress_bar(
    description: str, total: int, *, unit: str = "", quiet: bool = False
) -> AbstractContextManager[Advance]:
    """A bar; where nobody can watch one, a line for each note that has a name."""
    return bars.progress_bar(description, total, unit=unit, quiet=quiet, lines=True)


def counted(number: int, noun: str) -> str:
    """``1 core``, ``2 cores``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def joined(sizes: Sequence[int]) -> str:
    """Sizes of layers as people write them: ``64-500-10``."""
    return "-".join(map(str, sizes))


def print_json(result: Any) -> None:
    """A result for scripts, on standard output."""
    print(json.dumps(result, indent=2))


def print_facts(facts: Mapping[str, Any]) -> None:
    """What is known of something, a line each, on standard output."""
    for name, value in facts.items():
        print(f"{name.replace('_', ' ')}: {_words(value)}")


def _words(value: Any) -> str:
    """A value as people write it: without brackets, and numbers with the digits that matter."""
    if value is None or value in ({}, [], ()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return "; ".join(
            f"{name.replace('_', ' ')}: {_words(each)}" for name, each in value.items()
        )
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value))
    return str(value)


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
