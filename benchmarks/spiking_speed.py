"""The spiking simulator beside Brian2's C++: two coupled ensembles that learn, side by side.

    uv run python benchmarks/spiking_speed.py [--neurons 100 2000 10000] [--json]

Both sides simulate the same equations, parameters and synapses (full neurons with background noise,
short-term plasticity both ways, burst-dependent plasticity of the synapses up) with random numbers
of their own; spikes a second say whether they do the same. Times are of the processor, one thread,
of the simulation alone, in turns; a ratio is a median, its quartiles behind it. Brian2 comes
from the package index into an environment of its own (``uv run``), and needs a C++ compiler.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from lava_bccn.experiments.coupled import coupled_ensembles
from lava_bccn.network.spiking import SpikingNetwork
from lava_bccn.sim.spiking import SpikingSimulator

EXAMPLES = """examples:
  python benchmarks/spiking_speed.py
  python benchmarks/spiking_speed.py --neurons 100 --rounds 9
  python benchmarks/spiking_speed.py --without-brian2 --neurons 1000 10000 100000"""

TARGET = 2.0
"""Brian2's time over ours, at least."""

STEPS, SHORTEST = 4_000_000, 1000
"""Neurons times steps of a round, but not fewer steps than these."""


def main() -> None:
    """Time every size."""
    parser = argparse.ArgumentParser(
        description="The spiking simulator beside Brian2's C++.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--neurons", type=int, nargs="+", default=[100, 2000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-brian2", action="store_true", help="time the simulator alone")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    reports = [_report(neurons, options) for neurons in options.neurons]
    if options.json:
        print(json.dumps(reports, indent=2))


def coupled(neurons: int) -> SpikingNetwork:
    """Ensembles of any size whose neurons have like input: at most 100 synapses of each kind."""
    fan_in = min(0.2 * neurons, 100.0)
    network = coupled_ensembles(neurons, connection_probability=fan_in / neurons)
    by_input = 20 / fan_in
    return replace(
        network,
        connections=tuple(
            replace(each, weight=each.weight * by_input) for each in network.connections
        ),
    )


def _report(neurons: int, options: argparse.Namespace) -> dict[str, Any]:
    network = coupled(neurons)
    steps = max(STEPS // network.size, SHORTEST)
    ours: list[tuple[float, ...]] = []
    theirs: list[tuple[float, ...]] = []
    _simulate(network, 1)
    with tempfile.TemporaryDirectory() as folder:
        program = None if options.without_brian2 else _build(network, steps, Path(folder))
        for _ in range(options.rounds):
            ours.append(_simulate(network, steps))
            if program is not None:
                printed = subprocess.run(
                    [program], cwd=program.parent, capture_output=True, text=True, check=True
                ).stdout
                theirs.append(tuple(float(each) for each in printed.split()))
    seconds = steps * network.time_step_ms / 1000
    report: dict[str, Any] = {
        "neurons": network.size,
        "synapses": sum(len(each.weight) for each in network.connections),
        "ns_a_neuron_and_step": [1e9 * each[0] / (network.size * steps) for each in ours],
        "spikes_a_second": _rates(ours[0], neurons, seconds),
    }
    if theirs:
        report["brian2_ns_a_neuron_and_step"] = [
            1e9 * each[0] / (network.size * steps) for each in theirs
        ]
        report["brian2_spikes_a_second"] = _rates(theirs[0], neurons, seconds)
        report["ratio"] = [their[0] / our[0] for our, their in zip(ours, theirs, strict=True)]
    if not options.json:
        _print(report)
    return report


def _rates(counted: tuple[float, ...], neurons: int, seconds: float) -> list[float]:
    return [count / neurons / seconds for count in counted[1:]]


def _simulate(network: SpikingNetwork, steps: int) -> tuple[float, ...]:
    """Seconds of processor time, and spikes of both ensembles, from rest."""
    simulator, currents = SpikingSimulator(network), np.zeros((1, 2))
    simulator.run(currents, sample_steps=1, learn=True)
    began = time.process_time()
    result = simulator.run(currents, sample_steps=steps, learn=True)
    seconds = time.process_time() - began
    return seconds, *(float(each) for each in result.counts[:, :, 0].sum(axis=0))


def _build(network: SpikingNetwork, steps: int, folder: Path) -> Path:
    """Brian2's program."""
    below, above = network.populations
    up, down = network.connections
    description = {
        "neurons": below.neurons,
        "time_step_ms": network.time_step_ms,
        "seconds": steps * network.time_step_ms / 1000,
        "learning": asdict(up.learning) if up.learning is not None else None,
        "below": asdict(below.neuron) | asdict(up.stp) | {"trace_time": up.learning.trace_time},
        "above": asdict(above.neuron) | asdict(down.stp) | {"trace_time": up.learning.trace_time},
    }
    (folder / "parameters.json").write_text(json.dumps(description))
    np.savez(
        folder / "synapses.npz",
        **{
            f"{each.name}/{name}": getattr(each, name)
            for each in (up, down)
            for name in ("presynaptic", "postsynaptic", "weight")
        },
    )
    script = Path(__file__).with_name("brian2_ensembles.py")
    command = ["uv", "run", "--no-project", "--quiet", str(script)]
    files = [str(folder / "parameters.json"), str(folder / "synapses.npz")]
    subprocess.run([*command, *files, str(folder / "program")], check=True)
    return folder / "program" / "main"


def _print(report: dict[str, Any]) -> None:
    print(
        f"{report['neurons']:,} neurons, {report['synapses']:,} synapses, "
        f"{_spread(report['ns_a_neuron_and_step'])} ns a neuron and step, "
        f"{_pair(report['spikes_a_second'])} spikes a second"
    )
    if "ratio" in report:
        print(
            f"  Brian2 {_spread(report['brian2_ns_a_neuron_and_step'])} ns, "
            f"{_pair(report['brian2_spikes_a_second'])} spikes a second: "
            f"{_spread(report['ratio'])} times our time (target: at least {TARGET:g})"
        )


def _spread(values: list[float]) -> str:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def _pair(rates: list[float]) -> str:
    return " and ".join(f"{rate:.1f}" for rate in rates)


if __name__ == "__main__":
    main()
