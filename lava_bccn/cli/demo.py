"""``bccn demo``.

examples:
  bccn demo
  bccn demo --samples 50 --output-dir /tmp/demo
  bccn demo --spiking                      one ensemble: raster, events, bursts, synapses
  bccn demo --json
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lava_bccn.cli.parsing import add_json_option, count


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add = parser.add_argument
    add(
        "--output-dir",
        type=Path,
        default=Path("bccn-demo"),
        metavar="DIR",
        help="where the checkpoint, mapped networks and figure go",
    )
    add("--samples", type=count, default=200, metavar="N", help="test images to run, of 360")
    add("--seed", type=int, default=0, help="of the training, or of the noise")
    add(
        "--spiking",
        action="store_true",
        help="instead, show one spiking ensemble, and what its synapses transmit and learn",
    )
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Show the one or the other."""
    from lava_bccn.cli import demo_digits, demo_spiking

    (demo_spiking if options.spiking else demo_digits).execute(options)
