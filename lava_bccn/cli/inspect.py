"""``bccn inspect``."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lava_bccn.cli import inspect_loihi2
from lava_bccn.cli.common import (
    add_data_options,
    add_json_option,
    add_parser,
    print_json,
    print_table,
)
from lava_bccn.errors import InvalidInputError
from lava_bccn.files import existing_file

if TYPE_CHECKING:
    from lava_bccn.network.network import MappedNetwork

_EXAMPLES = """\
  bccn inspect digits.pt
  bccn inspect digits.safetensors --json
  bccn inspect digits.safetensors --loihi2             cores, memory, energy and time on the chip
  bccn inspect mnist.safetensors --loihi2 --data-dir data --chips 1"""

_ARRAYS = ("weight", "bias", "feedback_burst", "feedback_event")


def add_command(commands: Any) -> None:
    """Add the command to ``bccn``."""
    summary = "show what is in a checkpoint or a mapped network"
    parser = add_parser(commands, "inspect", summary, _EXAMPLES)
    parser.set_defaults(execute=execute)
    parser.add_argument("file", type=Path, help="checkpoint (.pt) or mapped network (.safetensors)")
    add = parser.add_argument
    add("--loihi2", action="store_true", help="what a mapped network needs on Loihi 2")
    add("--chips", type=int, default=8, metavar="N", help="chips there are (Kapoho Point: 8)")
    add("--samples", type=int, default=256, metavar="N", help="test samples to count messages on")
    add("--inputs", type=Path, metavar="FILE.npy", help="event rates of your own instead")
    add_data_options(parser, None)
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Tell the two kinds of file apart and describe it."""
    path = existing_file(options.file)
    with path.open("rb") as file:
        is_torch = file.read(4) == b"PK\x03\x04"  # torch.save writes a zip archive
    if options.loihi2:
        if is_torch:
            raise InvalidInputError(f"{path} is a checkpoint; map it with bccn map first")
        inspect_loihi2.execute(options, path)
        return
    report, columns, rows = _checkpoint(path) if is_torch else _network(path)
    if options.json:
        print_json(report)
        return
    facts = {key: value for key, value in report.items() if key not in ("layers", "file")}
    print_table(str(path), columns, rows)
    for key, value in facts.items():
        print(f"{key.replace('_', ' ')}: {value}")


Report = tuple[dict[str, Any], list[str], list[list[str]]]


def _network(path: Path) -> Report:
    from lava_bccn import mapping

    network = mapping.load(path)
    layers, rows = [], []
    for layer in network.layers:
        arrays = {name: getattr(layer, name) for name in _ARRAYS}
        layers.append(
            {
                "shape": list(layer.weight.shape),
                "units": list(layer.shape),
                "geometry": None if layer.geometry is None else asdict(layer.geometry),
                "dtype": str(layer.weight.dtype),
                "weight_exponent": layer.weight_exponent,
                "feedback": layer.feedback,
                "feedback_event_regime": layer.feedback_event_regime,
                "feedback_exponent": layer.feedback_exponent,
                "soma_fraction_bits": layer.soma_fraction_bits,
                "apical_fraction_bits": layer.apical_fraction_bits,
                "deviation_exponent": layer.deviation_exponent,
                "apical_exponent": layer.apical_exponent,
                "bytes": sum(array.nbytes for array in arrays.values() if array is not None),
            }
        )
        facts = layers[-1]
        is_fixed = network.number_format is not None
        rows.append(
            [
                str(len(layers)),
                "x".join(str(size) for size in layer.shape),
                " x ".join(str(size) for size in layer.weight.shape),
                facts["dtype"],
                f"2^{layer.weight_exponent}" if is_fixed else "-",
                layer.feedback or "-",
                f"2^{layer.feedback_exponent}" if is_fixed and layer.feedback else "-",
                f"{layer.soma_fraction_bits}, {layer.apical_fraction_bits}" if is_fixed else "-",
                f"{facts['bytes']:,}",
            ]
        )
    report = {
        "file": str(path),
        "kind": "mapped network",
        "architecture": network.architecture,
        "precision": network.precision,
        "p_baseline": network.p_baseline,
        "number_format": None if network.number_format is None else asdict(network.number_format),
        "presentation_steps": network.presentation_steps,
        "layers": layers,
        "learning": _learning(network),
        "metadata": {key: value for key, value in network.metadata.items() if key != "learning"},
    }
    columns = [
        "layer",
        "units",
        "W",
        "dtype",
        "W unit",
        "feedback",
        "Y, Q unit",
        "fraction bits",
        "bytes",
    ]
    return report, columns, rows


def _learning(network: MappedNetwork) -> dict[str, Any] | None:
    """How it has learned online; the whole curve is in the CSV file beside it."""
    from lava_bccn.online import stored_curve

    curve = stored_curve(network)
    if not curve:
        return None
    notes = network.metadata["learning"]
    return {
        "dataset": notes["dataset"],
        "samples": notes["learned"],
        "test_accuracy": curve[-1].test_accuracy,
        "config": notes["config"],
        "lesson": notes["lesson"],
    }


def _checkpoint(path: Path) -> Report:
    from lava_bccn.nn.checkpoint import load_checkpoint
    from lava_bccn.nn.models import learning_layers

    checkpoint = load_checkpoint(path)
    layers, rows = [], []
    for layer in learning_layers(checkpoint.model):
        tensors = layer.state_dict()
        size = sum(value.numel() * value.element_size() for value in tensors.values())
        layers.append({**layer.description(), "dtype": str(layer.weight.dtype), "bytes": size})
        rows.append(
            [
                str(len(layers)),
                " x ".join(str(size) for size in layer.weight.shape),
                str(layer.weight.dtype).removeprefix("torch."),
                layer.feedback or "-",
                layer.description().get("feedback_event", "-") if layer.feedback else "-",
                ", ".join(name.lstrip("_") for name, _ in layer.named_parameters()),
                f"{size:,}",
            ]
        )
    history = checkpoint.training.get("history", [])
    report = {
        "file": str(path),
        "kind": "checkpoint",
        "modules": [type(module).__name__ for module in checkpoint.model],
        "epochs_done": len(history),
        "training": checkpoint.training.get("config"),
        "last_epoch": history[-1] if history else None,
        "layers": layers,
        "data": checkpoint.data,
    }
    return report, ["layer", "W", "dtype", "feedback", "Q", "learns", "bytes"], rows
