"""``bccn bench spiking``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import numpy as np

from lava_bccn.cli.printing import print_json, print_table, progress_bar, skipped
from lava_bccn.errors import BackendUnavailableError

_COUPLED_SECONDS = 60.0
_LAVA_SECONDS = 2.0
"""Of biological time; Lava is the slower one."""

_XOR_EXAMPLE_MS = 8000.0


def execute(options: argparse.Namespace) -> None:
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
        columns = list(report["fixed"][name])
        print_table(
            title,
            ("", *(column.replace("_", " ") for column in columns)),
            [(p, *(_cell(report[p][name][c]) for c in columns)) for p in report],
        )


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"


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
    from lava_bccn.experiments.xor_circuit import XorConfig

    config = XorConfig(precision=precision, epochs=1, example_ms=_XOR_EXAMPLE_MS)
    train(replace(config, neurons=5, connection_probability=1.0, example_ms=10.0, rate_scale=0.01))
    result = train(config)
    return {
        "seconds_an_epoch": result.epoch_seconds,
        "ns_a_neuron_and_step": result.epoch_seconds
        * 1e9
        / (4 * _XOR_EXAMPLE_MS * 5 * config.neurons),
    }
