"""``bccn inspect --loihi2``."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn import MappedNetwork, loihi2, mapping
from lava_bccn.cli.data import load_dataset_for, one_hot, read_array
from lava_bccn.cli.fields import given
from lava_bccn.cli.printing import counted, joined, print_json, print_table
from lava_bccn.errors import MappingError
from lava_bccn.loihi2 import PUBLISHED, Activity, Cost, Partition
from lava_bccn.validation import event_rates

_ENERGY = "mJ dynamic + static"


def execute(options: argparse.Namespace, path: Path) -> None:
    """Place the network, measure its activity, estimate its cost, and say whether it fits.

    Raises:
        MappingError: it does not fit; printed after the report.
    """
    network = mapping.load(path)
    limits = loihi2.Loihi2Limits(**given(loihi2.Loihi2Limits, options))
    placement = loihi2.partition(network, limits)
    inputs, targets = _samples(options, network)
    costs = {}
    activities = {}
    for name, teacher in (("inference", None), ("learning", targets)):
        activities[name] = loihi2.measure(network, inputs, teacher)
        costs[name] = loihi2.estimate(
            network, placement, activities[name], learns=teacher is not None
        )
    if options.json:
        print_json(_report(path, network, placement, activities["learning"], costs))
    else:
        _print(path, network, placement, activities["learning"], costs)
    if not placement.fits:
        reasons = "; ".join(str(violation) for violation in placement.violations)
        raise MappingError(f"{path} does not fit on Loihi 2: {reasons}")


def _samples(options: argparse.Namespace, network: MappedNetwork) -> tuple[Any, Any]:
    """The first test samples and a teacher for them."""
    if options.inputs is not None:
        inputs = event_rates(read_array(options.inputs)[: options.samples], network.input_size)
        labels: NDArray[Any] = np.arange(len(inputs)) % network.output_size
    else:
        data = load_dataset_for(options, network)
        images = data.test_inputs[: options.samples]
        inputs, labels = images.reshape(len(images), -1), data.test_labels[: options.samples]
    return inputs, one_hot(labels, network.output_size)


def _report(
    path: Path,
    network: MappedNetwork,
    placement: Partition,
    activity: Activity,
    costs: dict[str, Cost],
) -> dict[str, Any]:
    layers = []
    for index, layer in enumerate(placement.layers):
        name, share = layer.tightest(placement.limits)
        layers.append(
            {
                **asdict(layer),
                "load": {**asdict(layer.load), "memory_bytes": layer.load.memory_bytes},
                "tightest_limit": name,
                "share_of_it": share,
                "event_bits": int(activity.widest_event[index]),
                "burst_bits": int(activity.widest_burst[index]),
            }
        )
    return {
        "file": str(path),
        "sizes": network.sizes,
        "fits": placement.fits,
        "violations": [
            {**asdict(each), "advice": each.advice, "message": str(each)}
            for each in placement.violations
        ],
        "limits": asdict(placement.limits),
        "cores": placement.cores,
        "chips": placement.chips,
        "layers": layers,
        "samples": activity.samples,
        "cost": {name: {**asdict(cost), "joule": cost.joule} for name, cost in costs.items()},
        "published": [asdict(each) for each in PUBLISHED],
    }


def _print(
    path: Path,
    network: MappedNetwork,
    placement: Partition,
    activity: Activity,
    costs: dict[str, Cost],
) -> None:
    title = f"{path.name}: {joined(network.sizes)} on Loihi 2, the fullest core of each layer"
    print_table(title, _placement_rows(placement, activity))
    print(
        f"{counted(placement.cores, 'core')} on {placement.chips} of "
        f"{counted(placement.limits.chips, 'chip')} ({placement.limits.cores} cores each)"
    )
    title = f"What a sample costs, as {activity.samples} samples in the simulator have it"
    print_table(title, _cost_rows(costs))
    print(
        "Messages between ensembles + within them. Energy and time are orders of magnitude: counts "
        "times what Davies et al. 2018\n(table 2, pre-silicon) and Frady et al. 2020 (leakage) "
        "publish of Loihi 1, without input, output and host.\nThe constants, their sources and "
        "assumptions stand in lava_bccn/loihi2."
    )
    print(f"Renner 2024, measured: MNIST, 400-400-10, on Loihi ({PUBLISHED[0].source}).")


def _placement_rows(placement: Partition, activity: Activity) -> list[dict[str, str]]:
    rows = []
    for index, layer in enumerate(placement.layers):
        load, (name, share) = layer.load, layer.tightest(placement.limits)
        last = layer.first_core + layer.cores - 1
        rows.append(
            {
                "layer": f"{index + 1}: {layer.units}",
                "cores": f"{layer.cores:,}",
                "core numbers": str(last) if layer.cores == 1 else f"{layer.first_core}-{last}",
                "neurons": f"{load.neurons:,}",
                "axons in, out": f"{load.input_axons:,}, {load.output_axons:,}",
                "synapses": f"{load.synapses:,}",
                "KiB syn, state": (
                    f"{load.synaptic_bytes / 1024:.1f}, {load.state_bytes / 1024:.1f}"
                ),
                "bits e, b": f"{activity.widest_event[index]}, {activity.widest_burst[index]}",
                "fullest": f"{share:.0%} {name}".replace("_", " "),
            }
        )
    return rows


def _cost_rows(costs: dict[str, Cost]) -> list[dict[str, str]]:
    rows = [
        {
            "": f"{name} (estimate)",
            "steps": str(cost.steps),
            "10^3 messages": f"{cost.messages / 1e3:,.1f} + {cost.local_messages / 1e3:,.1f}",
            "10^3 synaptic ops": f"{cost.synaptic_operations / 1e3:,.0f}",
            "10^3 updates": f"{cost.plastic_updates / 1e3:,.1f}",
            _ENERGY: f"{1e3 * cost.dynamic_joule:.4f} + {1e3 * cost.static_joule:.4f}",
            "ms": f"{1e3 * cost.seconds:.2f}",
        }
        for name, cost in costs.items()
    ]
    for each in PUBLISHED:
        known = {
            _ENERGY: f"{1e3 * each.joule:.4f}",
            "ms": f"{1e3 * each.seconds:.2f}",
        }
        rows.append(dict.fromkeys(rows[0], "") | {"": each.label} | known)
    return rows
