"""``bccn import``.

examples:
  bccn import digits.nir -o digits.safetensors
  bccn import other.nir --activation sigmoid -o other.safetensors
"""

from __future__ import annotations

import argparse

from lava_bccn import mapping
from lava_bccn.cli.export import tell
from lava_bccn.cli.outputs import NETWORK, check_output
from lava_bccn.cli.parsing import add_input, add_json_option, add_output, chosen_from
from lava_bccn.dynamics.activations import ACTIVATIONS


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_input(parser, "file", "FILE.nir", "network to read")
    add_output(parser, "NET.safetensors", "file to write")
    what = "what follows the linear nodes of a file that does not say"
    parser.add_argument("--activation", **chosen_from(ACTIVATIONS, what))
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Write what the file holds as a mapped network."""
    check_output(options.output, NETWORK, overwrite=options.overwrite)
    network = mapping.read_nir(options.file, activation=options.activation)
    network.save(options.output)
    tell(options, network)
