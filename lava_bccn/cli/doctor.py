"""``bccn doctor``."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lava_bccn.cli.common import add_json_option, add_parser, print_json, print_table
from lava_bccn.datasets import DATA_DIR_VARIABLE

_EXAMPLES = """\
  bccn doctor
  bccn doctor --data-dir data --json"""


def add_command(commands: Any) -> None:
    """Add the command to ``bccn``."""
    summary = "say what is installed, which boards are visible, and what to do next"
    parser = add_parser(commands, "doctor", summary, _EXAMPLES)
    parser.set_defaults(execute=execute)
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help=f"where the data sets are (default: ${DATA_DIR_VARIABLE} or ./data)",
    )
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Look and tell; finding nothing is no error."""
    from lava_bccn.environment import examine

    found = examine(options.data_dir)
    if options.json:
        print_json({**asdict(found), "next_steps": found.next_steps})
        return
    rows = [["Python", found.python]]
    rows += [[name, version or "not installed"] for name, version in found.packages.items()]
    rows += [["Lava on the CPU", found.lava]]
    rows += [["Lava on Loihi 2", "lava-loihi is there" if found.lava_loihi else "no lava-loihi"]]
    for board in found.boards:
        where = f"{board.state}, {board.found_by} {board.partition or ''}".rstrip()
        rows.append([f"board {board.name}", where])
    if not found.boards:
        rows.append(["boards", "none visible"])
    rows += [[name, value] for name, value in found.variables.items()]
    rows += [[name, place or "not found"] for name, place in found.data_sets.items()]
    print_table("What is here", ("", ""), rows)
    print("next:")
    for step in found.next_steps:
        print(f"- {step}")
