"""``bccn bench``.

examples:
  bccn bench learning                               handwritten digits, 64-500-10
  bccn bench learning --dataset mnist --data-dir data
  bccn bench learning fresh.safetensors --samples 500
  bccn bench learning --rule engine                 by the rules of Loihi's learning engine
  bccn bench spiking                                spiking ensembles: two of 100, and XOR
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lava_bccn
from lava_bccn import MappedNetwork, RunResult, mapping
from lava_bccn.cli.data import load_dataset, load_dataset_for, one_hot
from lava_bccn.cli.fields import add_fields, given
from lava_bccn.cli.parsing import add_data_options, add_json_option, count, network_file
from lava_bccn.cli.printing import joined, print_json, print_table, progress_bar, skipped
from lava_bccn.errors import BackendUnavailableError, InvalidInputError
from lava_bccn.experiments.xor_circuit import XorConfig
from lava_bccn.network.learning import LearningConfig
from lava_bccn.online import same_synapses

_HIDDEN = 500
"""Units of the hidden layer of a network that is made for this."""

_SIMULATOR_SECONDS = 1.0
"""For so long the simulator learns again and again on either side of Lava's run."""

_COUPLED_SECONDS = 60.0
_LAVA_SECONDS = 2.0
"""Of biological time; Lava is the slower one."""

_XOR_EXAMPLE_MS = 8000.0

_HEADINGS = {
    "simulated_seconds_per_second": "simulated seconds per second",
    "in_lava": "in Lava",
    "ratio": "times as fast as Lava",
    "spikes": "spikes of both",
    "ns_a_neuron_and_step": "ns per neuron and step",
    "seconds_an_epoch": "seconds per epoch",
}
"""Of what the report calls otherwise."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add = parser.add_argument
    add("what", choices=("learning", "spiking"), help="what to time")
    add(
        "network",
        type=network_file,
        nargs="?",
        metavar="NET.safetensors",
        help=f"mapped network for learning (default: a fresh one with {_HIDDEN} hidden units)",
    )
    add("--samples", type=count, default=200, metavar="N", help="N training images")
    add_fields(parser, LearningConfig, "rule", help="by which it learns: hash or engine")
    add_data_options(parser, None)
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Time what was asked for."""
    if options.what == "learning":
        _learning(options)
        return
    if options.network is not None or hasattr(options, "rule"):
        given_too = "rule" if options.network is None else "file"
        raise InvalidInputError(f"bccn bench spiking has networks of its own; give no {given_too}")
    _spiking(options)


def _learning(options: argparse.Namespace) -> None:
    """Let both learn the same samples; report speed, memory and whether the bits are the same."""
    if options.network is None:
        data = load_dataset(options, {"dataset": "digits"})
        sizes = (data.input_size, _HIDDEN, len(data.class_names))
        network = mapping.new_network(sizes, data.some_training(mapping.CALIBRATION_SAMPLES)[0])
    else:
        network = mapping.load(options.network)
        data = load_dataset_for(options, network)
    inputs, labels = data.some_training(options.samples)
    targets = one_hot(labels, network.output_size)
    report = _compare(network, inputs, targets, LearningConfig(**given(LearningConfig, options)))
    if options.json:
        print_json(report)
        return
    print_table(
        f"learning {joined(network.sizes)}, {len(inputs)} samples of {data.name}",
        [
            {
                "backend": name,
                "samples per second": f"{speed:,.1f}",
                "ms per sample": f"{1000 / speed:.3f}",
            }
            for name, speed in report["samples_per_second"].items()
        ],
    )
    print(
        f"the simulator is {report['ratio']:.0f} times as fast; weights and biases afterwards: "
        f"{'the same' if report['same_bits'] else 'DIFFERENT'}; largest process of Lava "
        f"{report['lava_process_peak_megabytes']:.0f} MB"
    )


def _compare(
    network: MappedNetwork, inputs: NDArray[Any], targets: NDArray[Any], config: LearningConfig
) -> dict[str, Any]:
    import resource  # where there is Lava, there is this

    def simulate() -> tuple[float, RunResult]:
        seconds, runs, until = 0.0, 0, time.monotonic() + _SIMULATOR_SECONDS
        while runs == 0 or time.monotonic() < until:
            result = lava_bccn.run(network, inputs, targets, learn=config)
            seconds, runs = seconds + result.seconds, runs + 1
        return seconds / runs, result

    lava_bccn.run(network, inputs[:1], targets[:1], learn=config)  # compiles
    before, simulated = simulate()
    with progress_bar("learning on lava", len(inputs), unit="samples") as bar:
        lava = lava_bccn.run(network, inputs, targets, learn=config, backend="lava", progress=bar)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    after, _ = simulate()
    per_second = {"lava": len(inputs) / lava.seconds, "sim": 2 * len(inputs) / (before + after)}
    return {
        "sizes": network.sizes,
        "samples": len(inputs),
        "samples_per_second": per_second,
        "ratio": per_second["sim"] / per_second["lava"],
        "same_bits": same_synapses(lava.network, simulated.network),
        "lava_process_peak_megabytes": memory / 1024,
    }


def _spiking(options: argparse.Namespace) -> None:
    """Time two coupled ensembles and the network that learns XOR, in the simulator and in Lava."""
    with progress_bar("spiking ensembles", 4, unit="runs") as bar:
        report: dict[str, Any] = {}
        for precision in ("float", "fixed"):
            bar(0, note=f"two ensembles of 100, {precision}")
            report[precision] = {"coupled": _coupled(precision)}
            bar(note=f"XOR, {precision}")
            report[precision] |= {"xor": _xor(precision)}
            bar()
    if options.json:
        print_json(report)
        return
    for title, name in (
        ("two coupled ensembles of 100 full neurons, short-term plasticity, learning", "coupled"),
        ("XOR network, five ensembles of 500, learning", "xor"),
    ):
        rows = [{"arithmetic": each} | _cells(report[each][name]) for each in report]
        print_table(title, rows)


def _cells(figures: dict[str, Any]) -> dict[str, str]:
    return {
        _HEADINGS.get(name, name.replace("_", " ")): (
            value if isinstance(value, str) else f"{value:.3g}"
        )
        for name, value in figures.items()
    }


def _coupled(precision: Any) -> dict[str, Any]:
    from lava_bccn.backends.spikes import run_spikes
    from lava_bccn.experiments.coupled import coupled_ensembles
    from lava_bccn.sim.spiking import SpikingSimulator

    network = coupled_ensembles(precision=precision)
    currents = np.zeros((1, 2))
    steps = round(1000 * _COUPLED_SECONDS)
    simulator = SpikingSimulator(network)
    simulator.run(currents, sample_steps=1, learn=True)  # compiles
    speed = _COUPLED_SECONDS / simulator.run(currents, sample_steps=steps, learn=True).seconds
    report: dict[str, Any] = {"simulated_seconds_per_second": speed}
    options: dict[str, Any] = {
        "sample_steps": round(1000 * _LAVA_SECONDS),
        "learn": True,
        "record_flags": True,
    }
    same = run_spikes(network, currents, **options)
    try:
        lava = run_spikes(network, currents, backend="lava", **options)
    except BackendUnavailableError as error:
        skipped("Lava", error)
        return report
    equal = np.array_equal(same.flags, lava.flags)
    in_lava = _LAVA_SECONDS / lava.seconds
    return report | {
        "in_lava": in_lava,
        "ratio": speed / in_lava,
        "spikes": "the same" if equal else "DIFFERENT",
    }


def _xor(precision: Any) -> dict[str, Any]:
    from lava_bccn.experiments.xor import train

    config = XorConfig(precision=precision, epochs=1, example_ms=_XOR_EXAMPLE_MS)
    train(replace(config, neurons=5, connection_probability=1.0, example_ms=10.0, rate_scale=0.01))
    seconds = train(config).epoch_seconds
    neuron_steps = 4 * _XOR_EXAMPLE_MS * 5 * config.neurons
    return {"seconds_an_epoch": seconds, "ns_a_neuron_and_step": 1e9 * seconds / neuron_steps}
