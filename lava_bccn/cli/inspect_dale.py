"""``bccn inspect`` of a network under Dale's law."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lava_bccn.cli.printing import print_facts, print_json, print_table
from lava_bccn.network.dale.layer import DaleLayer, arrays_of
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.rate_network import load


def execute(options: argparse.Namespace, path: Path) -> None:
    """Show its layers with the interneurons of each type."""
    network = load(path)
    assert isinstance(network, DaleNetwork)
    number_format = network.number_format
    report: dict[str, Any] = {
        "file": str(path),
        "kind": "network under Dale's law",
        "architecture": network.architecture,
        "precision": network.precision,
        "p_baseline": network.p_baseline,
        "error_scale": network.error_scale,
        "number_format": None if number_format is None else asdict(number_format),
        "presentation_steps": network.presentation_steps,
        "layers": [_layer(layer) for layer in network.layers],
        "metadata": dict(network.metadata),
    }
    if options.json:
        print_json(report)
        return
    is_fixed = number_format is not None
    rows = [_row(n, facts, is_fixed) for n, facts in enumerate(report["layers"], start=1)]
    print_table(str(path), rows)
    print_facts({name: value for name, value in report.items() if name not in ("file", "layers")})


def _layer(layer: DaleLayer) -> dict[str, Any]:
    parts = (layer,) if layer.feedback is None else (layer, layer.feedback)
    return {
        "shape": list(layer.weight_exc.shape),
        "dtype": str(layer.weight_exc.dtype),
        "interneurons": layer.interneurons,
        "weight_exponent": layer.weight_exponent,
        "feedback_exponent": None if layer.feedback is None else layer.feedback.exponent,
        "soma_fraction_bits": layer.soma_fraction_bits,
        "apical_fraction_bits": layer.apical_fraction_bits,
        "feedback_gain": layer.feedback_gain,
        "bytes": sum(array.nbytes for part in parts for array in arrays_of(part).values()),
    }


def _row(number: int, facts: dict[str, Any], is_fixed: bool) -> dict[str, str]:
    counts = {name: str(facts["interneurons"].get(name, "-")) for name in _TYPES}
    down = facts["feedback_exponent"]
    return {
        "layer": str(number),
        "W+": " x ".join(map(str, facts["shape"])),
        "dtype": facts["dtype"],
        **counts,
        "W unit": f"2^{facts['weight_exponent']}" if is_fixed else "-",
        "M, A unit": f"2^{down}" if is_fixed and down is not None else "-",
        "bytes": f"{facts['bytes']:,}",
    }


_TYPES = ("PV", "NDNF", "VIP", "SST")
