"""``bccn bench``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lava_bccn.cli import bench_learning, bench_spiking
from lava_bccn.cli.common import add_data_options, add_json_option, add_parser
from lava_bccn.errors import InvalidInputError

_EXAMPLES = """\
  bccn bench learning                               handwritten digits, 64-500-10
  bccn bench learning --dataset mnist --data-dir data
  bccn bench learning fresh.safetensors --samples 500
  bccn bench spiking                                spiking ensembles: two of 100, and XOR"""


def add_command(commands: Any) -> None:
    """Add the command to ``bccn``."""
    summary = "time the simulator against Lava on the same samples, in one run"
    parser = add_parser(commands, "bench", summary, _EXAMPLES)
    parser.set_defaults(execute=execute)
    add = parser.add_argument
    add("what", choices=("learning", "spiking"), help="what to time")
    add(
        "network",
        type=Path,
        nargs="?",
        metavar="NET.safetensors",
        help="mapped network for learning (default: a fresh one with 500 hidden units)",
    )
    add("--samples", type=int, default=200, metavar="N", help="the first N training images")
    add_data_options(parser, None)
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Time what was asked for."""
    if options.what == "learning":
        bench_learning.execute(options)
        return
    if options.network is not None:
        raise InvalidInputError("bccn bench spiking has networks of its own; give no file")
    bench_spiking.execute(options)
