"""``bccn export``.

examples:
  bccn export digits.safetensors -o digits.nir   for tools that read NIR
  bccn export learned.safetensors -o learned.pt  back to PyTorch: train, map or inspect it
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lava_bccn import MappedNetwork, mapping
from lava_bccn.cli.outputs import check_output
from lava_bccn.cli.parsing import add_json_option, add_network, add_output
from lava_bccn.cli.printing import joined, print_json
from lava_bccn.errors import MappingError


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_network(parser, "file", "NET.safetensors", "network to read")
    add_output(parser, "FILE.{nir,pt}", "file to write")
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Write the network in the format that the ending of the output names."""
    writers = {".nir": mapping.write_nir, ".pt": _write_checkpoint}
    endings = tuple(writers)
    check_output(options.output, endings, overwrite=options.overwrite, needs_ending=True)
    write = writers[options.output.suffix.lower()]
    network = mapping.load(options.file)
    write(network, options.output)
    tell(options, network)


def tell(options: argparse.Namespace, network: MappedNetwork) -> None:
    """Say what was written."""
    if options.json:
        facts = {"sizes": network.sizes, "precision": network.precision}
        print_json({"output": str(options.output), **facts})
        return
    print(f"{options.output}: {joined(network.sizes)}, {network.precision}")


def _write_checkpoint(network: MappedNetwork, path: Path) -> None:
    from torch.nn import Sequential

    from lava_bccn.nn import Checkpoint, save_checkpoint

    model = mapping.to_torch(network)
    if not isinstance(model, Sequential):
        raise MappingError(
            "only a BurstCCN goes into a checkpoint, and this network only infers; in Python "
            "lava_bccn.mapping.to_torch(network) is the module to train on, whose state_dict "
            "torch.save writes"
        )
    learned = ("learning", "rounding")  # of these integers, not of the model
    notes = {name: value for name, value in network.metadata.items() if name not in learned}
    save_checkpoint(path, Checkpoint(model, data=notes))
