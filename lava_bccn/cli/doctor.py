"""``bccn doctor``.

examples:
  bccn doctor
  bccn doctor --data-dir data --json
  bccn doctor --warm                    compile now what else waits for the first use
"""

from __future__ import annotations

import argparse
from dataclasses import asdict

from lava_bccn.cli.parsing import add_data_dir, add_json_option
from lava_bccn.cli.printing import print_json, print_table
from lava_bccn.cli.warming import warm
from lava_bccn.environment import examine


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_data_dir(parser)
    parser.add_argument(
        "--warm", action="store_true", help="compile everything that would be when first used"
    )
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Look and tell; finding nothing is no error."""
    if options.warm:
        warm(options)
        return
    found = examine(options.data_dir)
    if options.json:
        print_json({**asdict(found), "next_steps": found.next_steps})
        return
    rows = {"Python": found.python}
    rows |= {name: version or "not installed" for name, version in found.packages.items()}
    for name, missing in found.extras.items():
        rows[f"extra {name}"] = f"lacks {', '.join(missing)}" if missing else "complete"
    rows["Lava on the CPU"] = found.lava
    rows["Lava on Loihi 2"] = "lava-loihi is there" if found.lava_loihi else "no lava-loihi"
    for board in found.boards:
        where = f"{board.state}, {board.found_by} {board.partition or ''}".rstrip()
        rows[f"board {board.name}"] = where
    if not found.boards:
        rows["boards"] = "none visible"
    rows |= found.variables
    rows |= {name: place or "not found" for name, place in found.data_sets.items()}
    print_table("What is here", [{"what": name, "found": value} for name, value in rows.items()])
    print("next:")
    for step in found.next_steps:
        print(f"- {step}")
