"""The directive ``command-help``: a section with the ``--help`` of every command of ``bccn``."""

import os
from contextlib import redirect_stdout, suppress
from io import StringIO

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from lava_bccn.cli import COMMANDS, build_parser


def help_of(*arguments: str) -> str:
    """What ``bccn … --help`` prints."""
    os.environ["COLUMNS"] = "92"
    with redirect_stdout(StringIO()) as printed, suppress(SystemExit):
        build_parser().parse_args([*arguments, "--help"])
    return printed.getvalue()


class CommandHelp(SphinxDirective):
    """See above."""

    def run(self) -> list[nodes.Node]:
        """A section a command."""
        sections: list[nodes.Node] = [nodes.literal_block(text=help_of(), language="text")]
        for name, summary in COMMANDS.items():
            section = nodes.section(ids=[f"bccn-{name}"], names=[f"bccn {name}"])
            section += nodes.title(text=f"bccn {name}")
            section += nodes.paragraph(text=f"{summary[0].upper()}{summary[1:]}.")
            section += nodes.literal_block(text=help_of(name), language="text")
            self.state.document.note_explicit_target(section)
            sections.append(section)
        return sections


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the directive."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
