"""``bccn demo --spiking``: one ensemble, two messages, and what synapses read and learn."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from lava_bccn.cli.printing import print_json, print_table, progress_bar, skipped
from lava_bccn.errors import BackendUnavailableError
from lava_bccn.experiments import spiking_figures
from lava_bccn.experiments.multiplexing import Multiplexing, multiplexing, response_curves
from lava_bccn.experiments.poisson_rule import poisson_rule
from lava_bccn.experiments.regular_trains import RegularTrains, regular_trains, train_releases
from lava_bccn.files import check_writable
from lava_bccn.network.spiking.stp import PRESETS
from lava_bccn.network.spiking.units import Precision
from lava_bccn.plots import save_figure

PRECISIONS: tuple[Precision, ...] = ("float", "fixed")

LAVA_SECONDS = 1.0
"""Of biological time that Lava, hundreds of times slower, runs again (after half a second)."""

POISSON_RATES = (2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0)

HELD_RATE = 20.0
"""Hz of the postsynaptic trains while the presynaptic ones change."""


def execute(options: argparse.Namespace) -> None:
    """Run the experiments, print their tables, save the figures."""
    directory: Path = options.output_dir
    paths = {name: directory / f"{name}.png" for name in ("multiplexing", "responses", "synapses")}
    for path in paths.values():
        check_writable(path)
    with progress_bar("spiking ensembles", 6, unit="experiments") as bar:
        results = _experiments(options.seed, bar)
    report: dict[str, Any] = {
        "multiplexing": _multiplexing_report(results["multiplexing"]),
        "responses": _response_report(results["responses"]),
        "trains": _train_report(results["trains"]),
        "poisson": _poisson_report(results["poisson"]),
        "lava": results["lava"],
        "figures": {name: str(path) for name, path in paths.items()},
    }
    figures = {
        "multiplexing": spiking_figures.multiplexing_figure(results["multiplexing"]["float"]),
        "responses": spiking_figures.response_figure(results["responses"]["float"]),
        "synapses": spiking_figures.synapse_figure(
            {kind: results["trains"][kind, "float"] for kind in PRESETS},
            results["poisson"]["equal"],
            results["poisson"]["held"],
        ),
    }
    for name, figure in figures.items():
        save_figure(figure, paths[name], dpi=130)
    if options.json:
        print_json(report)
        return
    _print(report)


def _experiments(seed: int, bar: Any) -> dict[str, Any]:
    results: dict[str, Any] = {"multiplexing": {}}
    bar(0, note="one ensemble with two inputs")
    for precision in PRECISIONS:
        results["multiplexing"][precision] = multiplexing(precision=precision, seed=seed)
        bar()
    bar(0, note="response curves")
    results["responses"] = {
        precision: response_curves(precision=precision, seed=seed) for precision in PRECISIONS
    }
    bar(note="regular trains")
    results["trains"] = {
        (kind, precision): regular_trains(stp, precision)
        for kind, stp in PRESETS.items()
        for precision in PRECISIONS
    }
    bar(note="Poisson trains")
    results["poisson"] = {
        "equal": poisson_rule(POISSON_RATES, seed=seed),
        "held": poisson_rule(POISSON_RATES, [HELD_RATE] * len(POISSON_RATES), seed=seed),
    }
    bar(note="the ensemble again, in Lava")
    results["lava"] = _compare_with_lava(seed)
    bar(note="")
    return results


def _compare_with_lava(seed: int) -> dict[str, Any] | None:
    """Whether Lava's integers are the simulator's; None without Lava."""
    arguments: dict[str, Any] = {"seconds": LAVA_SECONDS, "precision": "fixed", "seed": seed}
    try:
        lava = multiplexing(backend="lava", **arguments)
    except BackendUnavailableError as error:
        skipped("Lava", error)
        return None
    simulated = multiplexing(**arguments)
    same = all(
        np.array_equal(getattr(lava, field.name), getattr(simulated, field.name), equal_nan=True)
        for field in fields(lava)
    )
    return {"seconds": LAVA_SECONDS, "same_bits": same}


def _multiplexing_report(results: dict[str, Multiplexing]) -> dict[str, Any]:
    return {
        precision: {
            "event_rate_hz": float(result.event_rate.mean()),
            "burst_rate_hz": float(result.burst_rate.mean()),
            **{
                kind: dict(zip(("events", "bursts"), correlations.tolist(), strict=True))
                for kind, correlations in zip(PRESETS, result.correlations, strict=True)
            },
        }
        for precision, result in results.items()
    }


def _response_report(curves: dict[str, Any]) -> dict[str, Any]:
    names = {"pa": "current", "event_rate_hz": "event_rate", "burst_prob": "burst_prob"}
    return {
        precision: {
            place: {
                name: getattr(getattr(both, place), attribute)[[0, -1]].tolist()
                for name, attribute in names.items()
            }
            for place in ("soma", "apical")
        }
        for precision, both in curves.items()
    }


def _train_report(trains: dict[tuple[str, Precision], RegularTrains]) -> dict[str, Any]:
    report: dict[str, Any] = {}
    for (kind, precision), result in trains.items():
        first, second = train_releases(PRESETS[kind], 20.0, 2, precision)
        report.setdefault(kind, {})[precision] = {
            "paired_pulse_ratio_20_ms": float(second / first),
            "release_1_hz": float(result.release[result.rate.argmin()]),
            "release_100_hz": float(result.release[result.rate.argmax()]),
            "largest_relative_error": result.relative_error,
        }
    return report


def _poisson_report(rules: dict[str, Any]) -> dict[str, Any]:
    names = {
        "presynaptic_hz": "presynaptic_rate",
        "postsynaptic_hz": "postsynaptic_rate",
        "change_per_second": "change",
        "standard_error": "error",
    }
    return {
        kind: {name: getattr(rule, attribute).tolist() for name, attribute in names.items()}
        for kind, rule in rules.items()
    }


def _print(report: dict[str, Any]) -> None:
    def span(values: list[float], places: int) -> str:
        return " to ".join(f"{value:.{places}f}" for value in values)

    print_table(
        "one ensemble of 500, independent inputs to somata and dendrites",
        [
            {
                "synapses": f"{kind}, {precision}",
                "their signal": f"{own[:-1]} rate",
                "correlation with it": f"{figures[kind][own]:.3f}",
                "with the other": f"{figures[kind][other]:.3f}",
            }
            for precision, figures in report["multiplexing"].items()
            for kind, own, other in (
                ("depressing", "events", "bursts"),
                ("facilitating", "bursts", "events"),
            )
        ],
    )
    print_table(
        "what a current does, from the lowest to the highest",
        [
            {
                "current into": f"{place}, {precision}",
                "current (pA)": span(ends["pa"], 0),
                "event rate (Hz)": span(ends["event_rate_hz"], 2),
                "burst probability": span(ends["burst_prob"], 3),
            }
            for precision, places in report["responses"].items()
            for place, ends in places.items()
        ],
    )
    print_table(
        "short-term plasticity",
        [
            {
                "synapses": f"{kind}, {precision}",
                "paired-pulse ratio, 20 ms": f"{figures['paired_pulse_ratio_20_ms']:.3f}",
                "release at 1 Hz": f"{figures['release_1_hz']:.4f}",
                "at 100 Hz": f"{figures['release_100_hz']:.4f}",
                "off the closed form": f"{figures['largest_relative_error']:.1e}",
            }
            for kind, by_precision in report["trains"].items()
            for precision, figures in by_precision.items()
        ],
    )
    _print_poisson(report["poisson"]["equal"], report["poisson"]["held"])
    if report["lava"] is not None:
        same = "the same bits" if report["lava"]["same_bits"] else "DIFFERENT bits"
        print(
            f"Lava fixed_pt and the simulator, {report['lava']['seconds']:g} s of the ensemble: "
            f"{same} in every spike and release."
        )
    print("Figures: " + ", ".join(report["figures"].values()))


def _print_poisson(equal: dict[str, Any], held: dict[str, Any]) -> None:
    def change(rule: dict[str, Any], index: int) -> str:
        return f"{rule['change_per_second'][index]:+.2f} ± {rule['standard_error'][index]:.2f}"

    print_table(
        "change of a weight between Poisson trains, in η per second",
        [
            {
                "presynaptic rate (Hz)": f"{rate:g}",
                "postsynaptic: the same": change(equal, index),
                f"postsynaptic: {HELD_RATE:g} Hz": change(held, index),
            }
            for index, rate in enumerate(equal["presynaptic_hz"])
        ],
    )
