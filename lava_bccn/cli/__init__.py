"""``bccn``: train, map, run and inspect networks from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import NoReturn

from lava_bccn.errors import BurstCCNError

_DESCRIPTION = """\
Bursting cortico-cortical networks (BurstCCN): train in PyTorch, map to Loihi 2
integers, run on Lava or in a simulator that gives the same bits."""

_EXAMPLES = """\
examples:
  bccn demo                                  the whole path on handwritten digits
  bccn train --dataset digits -o digits.pt   train a network
  bccn map digits.pt -o digits.safetensors   convert it to 8-bit weights
  bccn run digits.safetensors                run it in the simulator
  bccn run digits.safetensors --backend lava run it on Lava: the same bits
  bccn inspect digits.safetensors            what is in it
  bccn inspect digits.safetensors --loihi2   what it needs on a chip
  bccn export digits.safetensors -o digits.nir   for other tools (also .pt)
  bccn doctor                                what is installed, and what to do next
  bccn new -o fresh.safetensors              a network that has learned nothing yet
  bccn run fresh.safetensors --learn -o learned.safetensors   let it learn, in 8 bits
  bccn xor                                   spiking ensembles learn XOR in a single phase
  bccn reproduce --list                      experiments of the paper, to rerun
  bccn bench learning                        the simulator against Lava, side by side"""


_AGAIN = ("xor", "reproduce")
"""Commands that go on where they were when they are given again."""


class _Parser(argparse.ArgumentParser):
    """Reports a usage error as one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of ``bccn`` with all its commands."""
    from lava_bccn.cli import (
        bench,
        demo,
        doctor,
        exchange,
        inspect,
        mapping,
        new,
        reproduce,
        run,
        train,
        xor,
    )

    parser = _Parser(
        prog="bccn",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = metadata.version("lava-bccn")
    parser.add_argument("--version", action="version", version=f"bccn {version}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    modules = (demo, train, mapping, new, run, inspect, exchange, doctor, bench, xor, reproduce)
    for module in modules:
        module.add_command(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``bccn``; returns 0, 2 for bad input, 130 after Ctrl-C."""
    options = build_parser().parse_args(arguments)
    try:
        options.execute(options)
    except BurstCCNError as error:
        message = " ".join(str(error).split())
        print(f"bccn {options.command}: error: {message}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        resumable = getattr(options, "learn", False) or options.command in ("train", *_AGAIN)
        how = "the same command" if options.command in _AGAIN else "--resume"
        advice = f"; what is done is saved, and {how} continues" if resumable else ""
        print(f"bccn {options.command}: interrupted{advice}", file=sys.stderr)
        return 130
    return 0
