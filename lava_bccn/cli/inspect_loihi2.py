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
from lava_bccn.cli.fields import add_fields, given, option_of
from lava_bccn.cli.learning_options import DEFAULT_RATES, check_boosts, chosen_config
from lava_bccn.cli.printing import counted, joined, print_json, print_table
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.loihi2 import PUBLISHED, STOCK, Activity, Cost, Partition
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.learning import LearningConfig
from lava_bccn.validation import event_rates

_ENERGY = "mJ dynamic + static"

_LEARNING = ("rate", "hidden_boost", "engine", "rounds_traces", "constants")
"""Options of networks that learn by themselves."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Its options, beside those of ``bccn inspect``."""
    add_fields(
        parser,
        loihi2.Loihi2Limits,
        "chips",
        metavar="N",
        help="chips there are; Kapoho Point has 8",
    )
    group = parser.add_argument_group(
        "learning on the chip by itself (--loihi2 --learn)",
        "in Loihi's own learning engine, as with bccn run --learn --rule engine",
        argument_default=argparse.SUPPRESS,
    )
    group.add_argument("--learn", action="store_true", help="what that needs, with its neurons")
    first = DEFAULT_RATES["engine"][0]
    help_ = f"first learning rate, 2^-n (default: {first})"
    group.add_argument("--rate", type=int, metavar="n", help=help_)
    help_ = "the first, second, ... hidden layer learns 2^n times as fast"
    add_fields(group, LearningConfig, "hidden_boost", nargs="*", metavar="n", help=help_)
    add_fields(group, EngineOptions, "engine", "rounds_traces", "constants")


def check_unused(options: argparse.Namespace) -> None:
    """Refuse options that mean nothing without ``--loihi2``."""
    for name in ("chips", "learn", *_LEARNING):
        if hasattr(options, name):
            raise InvalidInputError(f"{option_of(name)} needs --loihi2")


def execute(options: argparse.Namespace, path: Path) -> None:
    """Place the network, measure its activity, estimate its cost, and say whether it fits.

    Raises:
        InvalidInputError: it is to learn by itself, and the engine does not teach it.
        MappingError: it does not fit; printed after the report.
    """
    network, config, form = mapping.load(path), _config(options), STOCK
    if config is not None:
        check_boosts(options, network)
        form = loihi2.engine_form(network, config)
    limits = loihi2.Loihi2Limits(**given(loihi2.Loihi2Limits, options))
    placement = loihi2.partition(network, limits, form)
    inputs, targets = _samples(options, network)
    costs = {}
    activities = {}
    for name, teacher in (("inference", None), ("learning", targets)):
        activities[name] = loihi2.measure(network, inputs, teacher, form)
        costs[name] = loihi2.estimate(
            network, placement, activities[name], learns=teacher is not None
        )
    if options.json:
        report = _report(path, network, placement, activities["learning"], costs)
        print_json(report | ({} if config is None else _learning(network, config)))
    else:
        _print(path, network, placement, activities["learning"], costs, config)
    if not placement.fits:
        reasons = "; ".join(str(violation) for violation in placement.violations)
        raise MappingError(f"{path} does not fit on Loihi 2: {reasons}")


def _config(options: argparse.Namespace) -> LearningConfig | None:
    """How it learns by itself; None: it does not."""
    if hasattr(options, "learn"):
        options.rule = "engine"
        return chosen_config(options, total=1)
    for name in _LEARNING:
        if hasattr(options, name):
            raise InvalidInputError(f"{option_of(name)} needs --learn")
    return None


def _samples(options: argparse.Namespace, network: MappedNetwork) -> tuple[Any, Any]:
    """Some test samples and a teacher for them."""
    if options.inputs is not None:
        inputs = event_rates(read_array(options.inputs)[: options.samples], network.input_size)
        labels: NDArray[Any] = np.arange(len(inputs)) % network.output_size
    else:
        data = load_dataset_for(options, network)
        images, labels = data.some_test(options.samples)
        inputs = images.reshape(len(images), -1)
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
        "violations": [{**asdict(each), "message": str(each)} for each in placement.violations],
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
    config: LearningConfig | None,
) -> None:
    how = "" if config is None else f", learning by itself ({config.engine.engine})"
    title = f"{path.name}: {joined(network.sizes)} on Loihi 2{how}, the fullest core of each layer"
    print_table(title, _placement_rows(placement, activity))
    print(
        f"{counted(placement.cores, 'core')} on {placement.chips} of "
        f"{counted(placement.limits.chips, 'chip')} ({placement.limits.cores} cores each)"
    )
    if config is not None:
        _print_learning(network, config)
    title = f"What a sample costs, as {activity.samples} samples in the simulator have it"
    print_table(title, _cost_rows(costs))
    print(
        "Messages between ensembles + within them. Energy and time are orders of magnitude: counts "
        "times what Davies et al. 2018\n(table 2, pre-silicon) and Frady et al. 2020 (leakage) "
        "publish of Loihi 1, without input, output and host.\nThe constants, their sources and "
        "assumptions stand in lava_bccn/loihi2."
    )
    if config is not None:
        print(
            "A synapse takes 8 bits, and 9 more where it has a tag; updates are the synapses of "
            "inputs that sent something, which\nthe engine visits once a sample. A neuron program "
            "counts as one neuron update, however long."
        )
    print(f"Renner 2024, measured: MNIST, 400-400-10, on Loihi ({PUBLISHED[0].source}).")


def _learning(network: MappedNetwork, config: LearningConfig) -> dict[str, Any]:
    """Of a network that learns by itself, for scripts."""
    return {
        "engine": asdict(config.engine),
        "parts": [
            {**asdict(part), "kind": part.kind} for part in loihi2.engine_parts(network, config)
        ],
        "programs": [
            {
                "name": program.name,
                "instructions": len(program.instructions),
                "instructions_without_tables": program.without_tables,
                "registers": program.registers,
                "state_words": program.state_words,
                "program": [str(each) for each in program.instructions],
                "outputs": dict(program.outputs),
            }
            for program in loihi2.neuron_programs(network, config)
        ],
    }


def _print_learning(network: MappedNetwork, config: LearningConfig) -> None:
    rows = [
        {"part": part.name, "process": part.process, "count": f"{part.count:,}", "": part.kind}
        for part in loihi2.engine_parts(network, config)
    ]
    print_table("What it is made of", rows)
    rows = [
        {
            "layer": f"{number}: {program.name}",
            "instructions": str(len(program.instructions)),
            "without tables": str(program.without_tables),
            "registers": str(program.registers),
            "state words": str(program.state_words),
        }
        for number, program in enumerate(loihi2.neuron_programs(network, config), start=1)
    ]
    print_table("Neuron programs, each step in full (--json lists them)", rows)


def _placement_rows(placement: Partition, activity: Activity) -> list[dict[str, str]]:
    rows, sent_down = [], "δ" if placement.form.learns else "b"
    for index, layer in enumerate(placement.layers):
        load, (name, share) = layer.load, layer.tightest(placement.limits)
        last = layer.first_core + layer.cores - 1
        bits = f"{activity.widest_event[index]}, {activity.widest_burst[index]}"
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
                f"bits e, {sent_down}": bits,
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
