"""Progress bars: on standard error in a terminal, as an output of a cell in a notebook."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol

from lava_bccn.notebook import Shown, in_notebook

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

_SECONDS = 0.1
"""Between two drawings in a notebook."""

_HTML = '<pre style="white-space: pre; overflow-x: auto; line-height: normal">{code}</pre>'
_WIDTH = 110


class Advance(Protocol):
    """Moves a progress bar."""

    def __call__(self, count: float = 1, note: str | None = None, *, at: str | None = None) -> None:
        """Move it on by ``count``.

        Args:
            count: of what is done.
            note: to show beside the bar.
            at: what the note is of; where there is no bar, both are printed as a line if lines are
                wanted.
        """


@cache
def stderr() -> Console:
    """The console of everything that is not a result."""
    from rich.console import Console

    return Console(stderr=True, force_jupyter=False)


@contextmanager
def progress_bar(
    description: str, total: int, *, unit: str = "", quiet: bool = False, lines: bool = False
) -> Iterator[Advance]:
    """A bar where somebody can watch it, in a terminal or a notebook.

    Args:
        description: stands before it.
        total: of what is to be done.
        unit: of that.
        quiet: nobody wants it.
        lines: where there is no bar, print what has a name (``at``) as a line on standard error.
    """
    is_notebook = in_notebook()
    is_seen = not quiet and (is_notebook or stderr().is_terminal)
    bar = _bar(disable=quiet or is_notebook or not is_seen)
    task = bar.add_task(description, total=total, note="", unit=unit)
    redraw = _in_notebook(bar) if is_notebook and is_seen else lambda *, at_once=False: None

    def advance(count: float = 1, note: str | None = None, *, at: str | None = None) -> None:
        bar.update(task, advance=count)
        if note is not None:
            bar.update(task, note=note)
        redraw()
        if lines and at is not None and not is_seen and not quiet:
            print(f"{at}: {note}", file=sys.stderr)

    with bar:
        try:
            yield advance
        finally:
            redraw(at_once=True)


@contextmanager
def reported(
    progress: bool | Callable[[int], None] | None, description: str, total: int, unit: str
) -> Iterator[Callable[[int], None]]:
    """What to call with the number just done, for a ``progress`` that ``settings.PROGRESS`` allows.

    Args:
        progress: True shows a bar, a function is called itself.
        description: stands before the bar.
        total: of what is to be done.
        unit: of that.
    """
    if callable(progress):
        yield progress
    elif not progress:
        yield lambda _: None
    else:
        with progress_bar(description, total, unit=unit) as bar:
            yield bar


def _bar(*, disable: bool) -> Progress:
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
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    return Progress(*columns, console=stderr(), disable=disable)


class _Redraw(Protocol):
    def __call__(self, *, at_once: bool = False) -> None: ...


def _in_notebook(bar: Progress) -> _Redraw:
    """Draws a bar as an output of the cell, now and then.

    Not by a widget, as rich would: widgets need an extension, and a page made of the notebook
    could not show them.
    """
    shown, drawn = Shown(), -1.0

    def redraw(*, at_once: bool = False) -> None:
        nonlocal drawn
        if at_once or time.monotonic() - drawn >= _SECONDS:
            shown.show(_forms(bar.get_renderable()))
            drawn = time.monotonic()

    return redraw


def _forms(renderable: RenderableType) -> dict[str, str]:
    """What rich would draw in a terminal, by MIME type."""
    from rich.console import Console

    console = Console(
        file=io.StringIO(), record=True, width=_WIDTH, force_terminal=True, force_jupyter=False
    )
    console.print(renderable)
    return {
        "text/plain": console.export_text(clear=False).rstrip(),
        "text/html": console.export_html(inline_styles=True, code_format=_HTML),
    }
