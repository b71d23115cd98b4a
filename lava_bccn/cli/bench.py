"""``bccn bench``."""

from __future__ import annotations

import argparse
from pathlib import Path

from lava_bccn.cli.parsing import add_data_options, add_json_option, count
from lava_bccn.errors import InvalidInputError

EXAMPLES = """\
  bccn bench learning                               handwritten digits, 64-500-10
  bccn bench learning --dataset mnist --data-dir data
  bccn bench learning fresh.safetensors --samples 500
  bccn bench spiking                                spiking ensembles: two of 100, and XOR"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add = parser.add_argument
    add("what", choices=("learning", "spiking"), help="what to time")
    add(
        "network",
        type=Path,
        nargs="?",
        metavar="NET.safetensors",
        help="mapped network for learning (default: a fresh one with 500 hidden units)",
    )
    add("--samples", type=count, default=200, metavar="N", help="the first N training images")
    add_data_options(parser, None)
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Time what was asked for."""
    from lava_bccn.cli import bench_learning, bench_spiking

    if options.what == "learning":
        bench_learning.execute(options)
        return
    if options.network is not None:
        raise InvalidInputError("bccn bench spiking has networks of its own; give no file")
    bench_spiking.execute(options)
