"""``bccn inspect``.

examples:
  bccn inspect digits.pt
  bccn inspect digits.safetensors --json
  bccn inspect digits.safetensors --loihi2             cores, memory, energy and time on the chip
  bccn inspect mnist.safetensors --loihi2 --data-dir data --chips 1
  bccn inspect mnist.safetensors --loihi2 --learn      as it learns in Loihi's own learning engine
  bccn inspect mnist-500 --neurobench --data-dir data  sparsity and synaptic operations
of a mapped network, kept is the share of weights that rounding did not make 0, and e error
the root mean square error of event rates, both measured when it was mapped
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from lava_bccn import MappedLayer, MappedNetwork, mapping
from lava_bccn.cli import inspect_dale, inspect_loihi2, inspect_neurobench, inspect_spiking
from lava_bccn.cli.parsing import (
    add_data_options,
    add_inputs_option,
    add_json_option,
    add_labels_option,
    add_network,
    count,
)
from lava_bccn.cli.printing import print_facts, print_json, print_table
from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.files import existing_file, other_kind
from lava_bccn.headers import DALE_NETWORK, MAPPED_NETWORK, SPIKING_NETWORK, kind_of
from lava_bccn.network.engine_state import EngineState
from lava_bccn.network.learning import NOT_READ
from lava_bccn.online import stored_notes

_ARRAYS = ("weight", "bias", "feedback_burst", "feedback_event")

_TAGS = ("tag", "feedback_tag")

_FACTS = (
    *("weight_exponent", "feedback", "feedback_event_regime", "feedback_exponent"),
    *("soma_fraction_bits", "apical_fraction_bits", "deviation_exponent", "apical_exponent"),
    *("learn_feedback_burst", "learn_feedback_event", "branches", "homeostatic_factor"),
    *("feedback_gain", "rate_boost", "bias_boost"),
)
"""Of a mapped layer, in the report for scripts."""

_HOMEOSTATIC = {"Y": "learn_feedback_burst", "Q": "learn_feedback_event"}

_SAID = {"learning": "learned online"}
"""What people read in the place of a name for scripts."""

_USUAL: dict[str, Any] = {"error_scale": 1.0, "activity_shift": 0.0, "homeostatic": {}}
"""What people need not read."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_network(
        parser, "file", "FILE", "checkpoint (.pt), mapped or spiking network (.safetensors)"
    )
    add = parser.add_argument
    add("--loihi2", action="store_true", help="what a mapped network needs on Loihi 2")
    add("--neurobench", action="store_true", help="NeuroBench's metrics of a mapped network")
    inspect_loihi2.add_options(parser)
    add("--samples", type=count, default=256, metavar="N", help="test samples to count messages on")
    add_inputs_option(parser, "event rates of your own instead")
    add_labels_option(parser)
    add_data_options(parser, None)
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Tell the two kinds of file apart and describe it."""
    path = existing_file(options.file)
    is_torch = _is_checkpoint(path)
    if (options.loihi2 or options.neurobench) and is_torch:
        raise InvalidInputError(f"{path} is a checkpoint; map it with bccn map first")
    if options.loihi2 and options.neurobench:
        raise InvalidInputError("--loihi2 and --neurobench are two reports; ask for one at a time")
    if options.loihi2:
        inspect_loihi2.execute(options, path)
        return
    inspect_loihi2.check_unused(options)
    if options.neurobench:
        inspect_neurobench.execute(options, path)
        return
    if kind_of(path) is SPIKING_NETWORK:
        inspect_spiking.execute(options, path)
        return
    if kind_of(path) is DALE_NETWORK:
        inspect_dale.execute(options, path)
        return
    report, rows = _checkpoint(path) if is_torch else _network(path)
    if options.json:
        print_json(report)
        return
    print_table(str(path), rows)
    facts = {key: value for key, value in report.items() if key not in ("layers", "file")}
    usual = {key for key, value in _USUAL.items() if facts.get(key) == value}
    if set(facts.get("feedback_gains", ())) <= {1.0}:
        usual.add("feedback_gains")
    print_facts({_SAID.get(k, k): _brief(value) for k, value in facts.items() if k not in usual})


def _brief(value: Any) -> Any:
    """Without the numbers of every column of a table, which scripts get."""
    match value:
        case {"reading": {"scaling": {"columns": [*columns]}}}:
            reading = {**value["reading"], "scaling": f"{len(columns)} columns"}
            return {**value, "reading": reading}
    return value


def _is_checkpoint(path: Path) -> bool:
    """Whether a file is one of ``torch.save``, and not of safetensors.

    Raises:
        FileFormatError: it is neither.
    """
    with path.open("rb") as file:
        start = file.read(9)
    other = other_kind(path)
    if not other and start.startswith(b"PK\x03\x04"):  # torch.save writes a zip archive
        return True
    if other or start[8:] != b"{":
        told = f"; it is {other}" if other else ""
        raise FileFormatError(
            f"{path} is neither a checkpoint of bccn train (a file of torch.save, .pt) nor a "
            "mapped network of bccn map, bccn new, bccn import or bccn run --learn (a safetensors "
            f"file, .safetensors){told}"
        )
    return False


Report = tuple[dict[str, Any], list[dict[str, str]]]
"""For scripts; then the rows of a table for people."""


def _network(path: Path) -> Report:
    network = mapping.load(path)
    rounding = [asdict(cost) for cost in mapping.stored_rounding(network) or ()]
    layers = [
        {**_layer(layer), "rounding": cost} for layer, cost in zip_longest(network.layers, rounding)
    ]
    number_format = network.number_format
    report = {
        "file": str(path),
        "kind": "mapped network",
        "architecture": network.architecture,
        "activations": [network.activation_of(each).name for each in range(len(network.layers))],
        "output": "event rates" if network.output is None else asdict(network.output),
        "precision": network.precision,
        "p_baseline": network.p_baseline,
        "number_format": None if number_format is None else asdict(number_format),
        "error_scale": network.error_scale,
        "feedback_gains": [layer.feedback_gain for layer in network.layers[:-1]],
        "activity_shift": network.activity_shift,
        "homeostatic": {
            f"layer {number}": told
            for number, layer in enumerate(network.layers, start=1)
            if (told := _homeostatic(layer))
        },
        "presentation_steps": network.presentation_steps,
        "layers": layers,
        "learning": _learning(path, network),
        "metadata": {
            key: value
            for key, value in network.metadata.items()
            if key not in ("learning", "rounding")
        },
    }
    is_fixed = number_format is not None
    return report, [_row(number, facts, is_fixed) for number, facts in enumerate(layers, start=1)]


def _layer(layer: MappedLayer) -> dict[str, Any]:
    arrays = (getattr(layer, name) for name in _ARRAYS)
    return {
        "shape": list(layer.weight.shape),
        "units": list(layer.shape),
        "geometry": None if layer.geometry is None else asdict(layer.geometry),
        "dtype": str(layer.weight.dtype),
        **{name: getattr(layer, name) for name in _FACTS},
        "engine": None if layer.engine is None else _engine(layer, layer.engine),
        "bytes": sum(array.nbytes for array in arrays if array is not None),
    }


def _engine(layer: MappedLayer, state: EngineState) -> dict[str, Any]:
    """What Loihi's learning engine has of a layer."""
    return {
        "half": state.half,
        "constants": state.weight.shape[1] - layer.units_below,
        "tags_set": int(sum(np.count_nonzero(state.arrays.get(name, 0)) for name in _TAGS)),
        "bytes": sum(array.nbytes for array in state.arrays.values()),
    }


def _row(number: int, facts: dict[str, Any], is_fixed: bool) -> dict[str, str]:
    feedback, bits = facts["feedback"], (facts["soma_fraction_bits"], facts["apical_fraction_bits"])
    cost = facts["rounding"]
    return {
        "layer": str(number),
        "units": "x".join(map(str, facts["units"])),
        "W": " x ".join(map(str, facts["shape"])),
        "dtype": facts["dtype"],
        "W unit": f"2^{facts['weight_exponent']}" if is_fixed else "-",
        "feedback": feedback or "-",
        "Y, Q unit": f"2^{facts['feedback_exponent']}" if is_fixed and feedback else "-",
        "fraction bits": f"{bits[0]}, {bits[1]}" if is_fixed else "-",
        "kept": "-" if cost is None else f"{cost['weights_kept']:.1%}",
        "e error": "-" if cost is None else f"{cost['event_rate_error']:.4f}",
        "bytes": f"{facts['bytes']:,}",
    }


def _homeostatic(layer: MappedLayer) -> str | None:
    """What of Y and Q learns homeostatically; None where nothing does."""
    learns = [name for name, field in _HOMEOSTATIC.items() if getattr(layer, field)]
    if not learns:
        return None
    branches = min(layer.branches, layer.units)
    return " and ".join(learns) + (f" on {branches} branches" if branches > 1 else "")


def _learning(path: Path, network: MappedNetwork) -> dict[str, Any] | None:
    """How it has learned online; the whole curve is in the CSV file beside it."""
    notes = MAPPED_NETWORK.built(path, lambda: stored_notes(network))
    if notes is None:
        return None
    unread = NOT_READ[notes.config.get("rule", "hash")]
    return {
        "dataset": notes.dataset,
        "samples": notes.learned,
        "test_accuracy": notes.curve[-1].test_accuracy,
        "config": {name: value for name, value in notes.config.items() if name not in unread},
        "lesson": notes.lesson,
    }


def _checkpoint(path: Path) -> Report:
    from lava_bccn.nn.checkpoint import load_checkpoint
    from lava_bccn.nn.models import learning_layers

    checkpoint = load_checkpoint(path)
    layers, rows = [], []
    for number, layer in enumerate(learning_layers(checkpoint.model), start=1):
        facts, tensors = layer.description(), layer.state_dict().values()
        dtype = str(layer.weight.dtype)
        size = sum(value.numel() * value.element_size() for value in tensors)
        layers.append({**facts, "dtype": dtype, "bytes": size})
        rows.append(
            {
                "layer": str(number),
                "W": " x ".join(map(str, layer.weight.shape)),
                "dtype": dtype.removeprefix("torch."),
                "feedback": layer.feedback or "-",
                "Q": facts.get("feedback_event", "-") if layer.feedback else "-",
                "learns": ", ".join(name.lstrip("_") for name, _ in layer.named_parameters()),
                "bytes": f"{size:,}",
            }
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
    return report, rows
