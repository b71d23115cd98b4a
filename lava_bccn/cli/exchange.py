"""``bccn export`` and ``bccn import``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lava_bccn.cli.common import add_json_option, add_parser, print_json
from lava_bccn.errors import InvalidInputError
from lava_bccn.files import check_new

_EXPORT_EXAMPLES = """\
  bccn export digits.safetensors -o digits.nir   for tools that read NIR
  bccn export learned.safetensors -o learned.pt  back to PyTorch: train, map or inspect it"""

_IMPORT_EXAMPLES = """\
  bccn import digits.nir -o digits.safetensors
  bccn import other.nir --activation sigmoid -o other.safetensors"""


def add_command(commands: Any) -> None:
    """Add both commands to ``bccn``."""
    summary = "write a mapped network for another tool: NIR, or a PyTorch checkpoint"
    parser = add_parser(commands, "export", summary, _EXPORT_EXAMPLES)
    parser.set_defaults(execute=export)
    _add_paths(parser, "NET.safetensors", "FILE.{nir,pt}")
    add_json_option(parser)

    summary = "read a mapped network from a NIR file"
    parser = add_parser(commands, "import", summary, _IMPORT_EXAMPLES)
    parser.set_defaults(execute=import_)
    _add_paths(parser, "FILE.nir", "NET.safetensors")
    parser.add_argument(
        "--activation",
        choices=("sigmoid", "hard_sigmoid"),
        help="what follows the linear nodes of a file that does not say",
    )
    add_json_option(parser)


def _add_paths(parser: argparse.ArgumentParser, source: str, target: str) -> None:
    parser.add_argument("file", type=Path, metavar=source, help="network to read")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar=target, help="file to write"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the output if it is there"
    )


def export(options: argparse.Namespace) -> None:
    """Write the network in the format that the ending of the output names."""
    from lava_bccn import mapping

    writers = {".nir": _write_nir, ".pt": _write_checkpoint}
    write = writers.get(options.output.suffix)
    if write is None:
        raise InvalidInputError(f"{options.output} must end in {' or '.join(writers)}")
    check_new(options.output, overwrite=options.overwrite)
    network = mapping.load(options.file)
    write(network, options.output)
    _tell(options, network)


def import_(options: argparse.Namespace) -> None:
    """Write what a NIR file holds as a mapped network."""
    from lava_bccn.mapping.nir.exchange import read_nir

    check_new(options.output, overwrite=options.overwrite)
    network = read_nir(options.file, activation=options.activation)
    network.save(options.output)
    _tell(options, network)


def _write_nir(network: Any, path: Path) -> None:
    from lava_bccn.mapping.nir.exchange import write_nir

    write_nir(network, path)


def _write_checkpoint(network: Any, path: Path) -> None:
    from lava_bccn import mapping
    from lava_bccn.nn.checkpoint import Checkpoint, save_checkpoint

    notes = {name: value for name, value in network.metadata.items() if name != "learning"}
    save_checkpoint(path, Checkpoint(mapping.to_torch(network), data=notes))


def _tell(options: argparse.Namespace, network: Any) -> None:
    if options.json:
        facts = {"sizes": network.sizes, "precision": network.precision}
        print_json({"output": str(options.output), **facts})
        return
    print(f"{options.output}: {'-'.join(map(str, network.sizes))}, {network.precision}")
