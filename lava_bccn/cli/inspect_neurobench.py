"""``bccn inspect --neurobench``."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lava_bccn
from lava_bccn import MappedNetwork, mapping, metrics
from lava_bccn.cli.data import load_dataset_for, one_hot, read_array
from lava_bccn.cli.printing import print_json, print_table
from lava_bccn.mapping.report.scores import labels_of
from lava_bccn.neurobench import Counts, NeuroBenchMetrics, neurobench_metrics

Labels = NDArray[Any] | None


def execute(options: argparse.Namespace, path: Path) -> None:
    """Count on the samples of the options, and let the package count too where it is installed."""
    network = mapping.load(path)
    inputs, labels = _samples(options, network)
    is_classes = labels is not None and labels.ndim == 1
    targets = one_hot(labels, network.output_size) if is_classes and labels is not None else None
    found = neurobench_metrics(network, inputs, targets)
    accuracy = None
    if is_classes and labels is not None:
        accuracy = metrics.accuracy(lava_bccn.run(network, inputs).outputs, labels)
    package = _by_the_package(network, inputs)
    if options.json:
        print_json(
            {
                "file": str(path),
                "architecture": network.architecture,
                "samples": found.samples,
                "ClassificationAccuracy": accuracy,
                **found.report(found.total),
                "layers": [{**found.report(each), **asdict(each)} for each in found.layers],
                "package": package,
            }
        )
        return
    _print(path, network, found, accuracy, package)


def _samples(options: argparse.Namespace, network: MappedNetwork) -> tuple[NDArray[Any], Labels]:
    """Some test samples, or those of the options; and their labels, if there are some."""
    if options.inputs is None:
        return load_dataset_for(options, network).some_test(options.samples)
    inputs = read_array(options.inputs)
    if options.labels is None:
        return inputs[: options.samples], None
    given = read_array(options.labels, least_axes=1)
    labels = labels_of(given, len(inputs), network.output_size)
    return inputs[: options.samples], None if labels is None else labels[: options.samples]


def _by_the_package(network: MappedNetwork, inputs: NDArray[Any]) -> dict[str, Any] | None:
    """What the package ``neurobench`` counts of the same; None where it is not installed."""
    try:
        installed = version("neurobench")
    except PackageNotFoundError:
        return None
    counted = mapping.neurobench_counts(network, inputs)
    return {"version": installed, **counted}


def _print(
    path: Path,
    network: MappedNetwork,
    found: NeuroBenchMetrics,
    accuracy: float | None,
    package: dict[str, Any] | None,
) -> None:
    rows = [_row(f"{n}", found, each) for n, each in enumerate(found.layers, start=1)]
    total = _row("all", found, found.total)
    print_table(f"{path.name}: {network.architecture}, NeuroBench's metrics", [*rows, total])
    rows = [_learning_row(f"{n}", found, each) for n, each in enumerate(found.layers, start=1)]
    total = _learning_row("all", found, found.total)
    title = "what NeuroBench has no name for: bursts, feedback and learning"
    print_table(title, [*rows, total])
    right = "" if accuracy is None else f"{accuracy:.2%} correct; "
    print(f"{right}operations are those of one of {found.samples} samples, on average")
    if package is None:
        print("the package neurobench, which would count too, is not installed")
        return
    ours = {name: found.report(found.total)[name] for name in package if name != "version"}
    same = all(_agree(ours[name], package[name]) for name in ours)
    print(
        f"neurobench {package['version']} counts the same"
        if same
        else f"neurobench {package['version']} counts otherwise: {package}"
    )


def _agree(ours: Any, theirs: Any) -> bool:
    """Whether figures are the same, as far as the package rounds them."""
    if isinstance(ours, dict):
        return all(_agree(ours[name], theirs[name]) for name in ours)
    return bool(np.isclose(ours, theirs, rtol=1e-9, atol=1e-4))


def _row(layer: str, found: NeuroBenchMetrics, counts: Counts) -> dict[str, str]:
    report = found.report(counts)
    operations = report["SynapticOperations"]
    return {
        "layer": layer,
        "footprint": f"{report['Footprint']:,} B",
        "connection sparsity": f"{report['ConnectionSparsity']:.1%}",
        "activation sparsity": f"{report['ActivationSparsity']:.1%}",
        "effective MACs": f"{operations['Effective_MACs']:,.0f}",
        "effective ACs": f"{operations['Effective_ACs']:,.0f}",
        "dense": f"{operations['Dense']:,.0f}",
    }


def _learning_row(layer: str, found: NeuroBenchMetrics, counts: Counts) -> dict[str, str]:
    learning = found.report(counts)["learning"]
    operations = learning["feedback_operations"]
    return {
        "layer": layer,
        "footprint": f"{learning['footprint']:,} B",
        "connection sparsity": _percent(learning["feedback_connection_sparsity"]),
        "no bursts": _percent(learning["burst_sparsity"]),
        "bursts at baseline": _percent(learning["burst_deviation_sparsity"]),
        "effective down": f"{operations['effective']:,.0f}",
        "dense down": f"{operations['dense']:,.0f}",
    }


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
