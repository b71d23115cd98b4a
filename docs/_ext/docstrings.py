"""Docstrings as Sphinx reads them: indented lines are equations, and ``|`` is a size."""

import re
from collections.abc import Iterator

from sphinx.application import Sphinx

SECTION = re.compile(r"(Args|Attributes|Returns|Yields|Raises|Note|Example|Examples):$")

REFERENCE = re.compile(r":(func|class|meth|data|attr):`(?=[A-Za-z_])(?!lava_bccn)")
"""A name without the module that it is in, which is looked for in all of them."""


def escaped(line: str) -> str:
    """A line whose bars and closing underscores are no markup, outside of what is literal."""
    line = REFERENCE.sub(r":\1:`.", line)
    parts = re.split(r"(``.*?``)", line)
    parts[::2] = [re.sub(r"(?<!\\)\||(?<=\w)_(?=\W|$)", r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)


def blocks(lines: list[str]) -> Iterator[list[str]]:
    """Runs of lines between empty ones."""
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []


def marked(lines: list[str]) -> list[str]:
    """The docstring with its equations and tables as literal blocks."""
    result: list[str] = []
    in_section = False
    for block in blocks(lines):
        is_indented = [line.startswith(" ") for line in block]
        if any(SECTION.match(line) for line in block):
            in_section = True
        elif not is_indented[0]:
            in_section = False
        if not in_section and any(is_indented):
            result += ["::", "", *("    " + line.replace("``", "") for line in block), ""]
        else:
            result += [*map(escaped, block), ""]
    return result


def process(
    app: Sphinx, what: str, name: str, item: object, options: object, lines: list[str]
) -> None:
    """Mark a docstring before Napoleon reads its sections."""
    lines[:] = marked(lines)


def parsed(
    app: Sphinx, what: str, name: str, item: object, options: object, signature: str, returns: str
) -> tuple[str | None, str | None]:
    """A signature whose defaults are Python, so that Sphinx finds the types in it."""
    return signature and re.sub(r"<[^<>]*>", "...", signature), returns


def skip(
    app: Sphinx, what: str, name: str, item: object, is_skipped: bool, options: object
) -> bool | None:
    """Leave out what named tuples say of their fields, which the class describes."""
    is_field = (getattr(item, "__doc__", None) or "").startswith("Alias for field number")
    return True if is_field else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Read docstrings so."""
    app.connect("autodoc-process-docstring", process, priority=400)
    app.connect("autodoc-process-signature", parsed)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
