"""Pages of text, tables and figures: HTML in one file, or Markdown beside its pictures."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lava_bccn.files import write_atomically

ENDINGS = (".html", ".md")

_STYLE = """body { font: 15px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; }
table { border-collapse: collapse; margin: 1em 0; font-size: 13px; }
th, td { padding: .25em .8em; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; }
img { max-width: 100%; }"""


@dataclass(frozen=True)
class Heading:
    """Of a section; the first is the page's title."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows, each by the names of the columns, which are those of the first."""

    rows: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Picture:
    """A figure.

    Attributes:
        name: in the name of its file, where it has one of its own.
        text: what it shows.
        png: its content.
    """

    name: str
    text: str
    png: bytes


Block = Heading | Table | Picture | str


def picture_path(page: Path, name: str) -> Path:
    """Where the picture of a Markdown page is."""
    return page.with_name(f"{page.stem}_{name}.png")


def write_page(path: Path, blocks: Sequence[Block]) -> None:
    """Write a page in the format that its ending says.

    Raises:
        OutputPathError: the place cannot be written.
    """
    if path.suffix.lower() == ".html":
        text = as_html(blocks)
    else:
        text = as_markdown(blocks, path)
        for block in blocks:
            if isinstance(block, Picture):
                _write(picture_path(path, block.name), block.png)
    _write(path, text.encode())


def _write(path: Path, content: bytes) -> None:
    write_atomically(path, lambda file: file.write(content))


def as_html(blocks: Sequence[Block]) -> str:
    """A page that needs no other file."""
    parts = []
    for index, block in enumerate(blocks):
        match block:
            case Heading(text):
                tag = "h2" if index else "h1"
                parts.append(f"<{tag}>{html.escape(text)}</{tag}>")
            case Table(rows):
                lines = [_row("th", rows[0]), *(_row("td", row.values()) for row in rows)]
                parts.append("\n".join(["<table>", *lines, "</table>"]))
            case Picture(_, text, png):
                data = base64.b64encode(png).decode()
                told = html.escape(text)
                parts.append(f'<img alt="{told}" src="data:image/png;base64,{data}">')
            case str():
                parts.append(f"<p>{html.escape(block)}</p>")
    first = next((block.text for block in blocks if isinstance(block, Heading)), "")
    head = f'<meta charset="utf-8"><title>{html.escape(first)}</title><style>{_STYLE}</style>'
    return "\n".join(["<!doctype html>", head, *parts, ""])


def _row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def as_markdown(blocks: Sequence[Block], path: Path) -> str:
    """A page at ``path`` that shows the pictures beside it."""
    parts = []
    for index, block in enumerate(blocks):
        match block:
            case Heading(text):
                parts.append(f"{'##' if index else '#'} {text}")
            case Table(rows):
                lines = [list(rows[0]), ["---", *["---:"] * (len(rows[0]) - 1)]]
                lines += [list(row.values()) for row in rows]
                parts.append("\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines))
            case Picture(name, text, _):
                # Between angle brackets, where names may have spaces.
                parts.append(f"![{text}](<{picture_path(path, name).name}>)")
            case str():
                parts.append(block)
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
