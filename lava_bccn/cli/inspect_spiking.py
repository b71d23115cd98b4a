"""``bccn inspect`` of a spiking network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lava_bccn.cli.printing import print_facts, print_json, print_table
from lava_bccn.network.spiking import load
from lava_bccn.network.spiking.network import Connection, SpikingNetwork
from lava_bccn.network.spiking.population import Population


def execute(options: argparse.Namespace, path: Path) -> None:
    """Show its populations and connections, and say how it is run."""
    network = load(path)
    report = {
        "file": str(path),
        "kind": "spiking network",
        "precision": network.precision,
        "time_step_ms": network.time_step_ms,
        "neurons": network.size,
        "synapses": sum(len(each.weight) for each in network.connections),
        "teacher": None if network.teacher is None else vars(network.teacher),
        "populations": [_population(each) for each in network.populations],
        "connections": [_connection(each) for each in network.connections],
    }
    if options.json:
        print_json(report)
        return
    print_table(f"{path}: populations", _rows(report["populations"]))
    if network.connections:
        print_table("connections", _rows(report["connections"]))
    shown = ("file", "populations", "connections")
    print_facts({name: value for name, value in report.items() if name not in shown})
    print(_how_to_run(network, path))


def _population(population: Population) -> dict[str, Any]:
    return {
        "name": population.name,
        "ensembles": population.ensembles,
        "neurons_each": population.neurons,
        "bias_learns": population.bias_rate > 0,
    }


def _connection(connection: Connection) -> dict[str, Any]:
    return {
        "name": connection.name,
        "from": connection.source,
        "to": f"{connection.target} ({connection.compartment})",
        "synapses": len(connection.weight),
        "transmits": connection.message,
        "short_term_plasticity": connection.stp is not None,
        "receptor_ms": connection.receptor_time,
        "learns": connection.learning is not None,
        "homeostasis": connection.homeostasis is not None,
    }


def _rows(facts: Any) -> list[dict[str, str]]:
    def cell(value: Any) -> str:
        if isinstance(value, bool) or value is None:
            return "yes" if value else "-"
        return f"{value:,}" if isinstance(value, int) else str(value)

    return [{name.replace("_", " "): cell(value) for name, value in row.items()} for row in facts]


def _how_to_run(network: SpikingNetwork, path: Path) -> str:
    return (
        "run it in Python: lava_bccn.run_spikes(lava_bccn.network.spiking.load("
        f"{str(path)!r}), currents, sample_steps=1000) with currents in pA, a row a sample and "
        f"{network.ensembles} columns, one an ensemble"
    )
