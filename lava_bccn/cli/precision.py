"""The options of commands that make mapped networks."""

from __future__ import annotations

import argparse

from lava_bccn.cli.fields import add_fields
from lava_bccn.dynamics.fixed_point import FixedPointFormat


def add_precision_options(parser: argparse.ArgumentParser, weight_range: str) -> None:
    """``--precision``, the bits of ``FixedPointFormat``, and ``--weight-range``.

    Args:
        parser: of the command.
        weight_range: help of that one, where the commands differ.
    """
    parser.add_argument(
        "--precision",
        choices=("fixed", "float"),
        default="fixed",
        help="Loihi 2 integers, or floats",
    )
    bits = {
        "weight_bits": "of a weight with its sign, 2 to 8",
        "event_bits": "of an event rate, 4 to 12",
        "burst_extra_bits": "of a burst rate beyond those of an event rate",
    }
    for name, text in bits.items():
        add_fields(parser, FixedPointFormat, name, help=text, metavar="BITS")
    parser.add_argument("--weight-range", type=float, nargs="+", metavar="W", help=weight_range)
