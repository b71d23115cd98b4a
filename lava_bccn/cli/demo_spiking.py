"""``bccn demo --spiking``: one ensemble, two messages, and what synapses read and learn."""

from __future__ import annotations

import argparse
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lava_bccn.cli.printing import print_json, print_table, progress_bar, skipped
from lava_bccn.errors import BackendUnavailableError
from lava_bccn.files import check_writable, write_atomically

LAVA_SECONDS = 1.0
"""Of biological time that Lava, hundreds of times slower, runs again (after half a second)."""

POISSON_RATES = (2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0)

HELD_RATE = 20.0
"""Hz of the postsynaptic trains while the presynaptic ones change."""


def execute(options: argparse.Namespace) -> None:
    """Run the experiments, print their tables, save the figures."""
    from lava_bccn.experiments import spiking_figures

    directory: Path = options.output_dir
    paths = {name: directory / f"{name}.png" for name in ("multiplexing", "responses", "synapses")}
    for path in paths.values():
        check_writable(path)
    with progress_bar("spiking ensembles", 6, unit="experiments") as bar:
        results = _experiments(options.seed, bar)
    report: dict[str, Any] = {
        "multiplexing": _multiplexing_report(results),
        "responses": _response_report(results["responses"]),
        "trains": _train_report(results["trains"]),
        "poisson": _poisson_report(results["poisson"]),
        "lava": results["lava"],
        "figures": {name: str(path) for name, path in paths.items()},
    }
    figures = {
        "multiplexing": spiking_figures.multiplexing_figure(results["float"]),
        "responses": spiking_figures.response_figure(results["responses"]["float"]),
        "synapses": spiking_figures.synapse_figure(
            {kind: results["trains"][kind, "float"] for kind in ("depressing", "facilitating")},
            results["poisson"]["equal"],
            results["poisson"]["held"],
        ),
    }
    for name, figure in figures.items():
        write_atomically(paths[name], partial(figure.savefig, dpi=130))
    if options.json:
        print_json(report)
        return
    _print(report)


def _experiments(seed: int, bar: Any) -> dict[str, Any]:
    from lava_bccn.experiments.multiplexing import multiplexing, response_curves
    from lava_bccn.experiments.poisson_rule import poisson_rule
    from lava_bccn.experiments.regular_trains import regular_trains
    from lava_bccn.network.spiking.stp import PRESETS

    results: dict[str, Any] = {}
    bar(0, note="one ensemble with two inputs")
    for precision in ("float", "fixed"):
        results[precision] = multiplexing(precision=precision, seed=seed)
        bar()
    bar(0, note="response curves")
    results["responses"] = {
        precision: response_curves(precision=precision, seed=seed)
        for precision in ("float", "fixed")
    }
    bar(note="regular trains")
    results["trains"] = {
        (kind, precision): regular_trains(stp, precision)
        for kind, stp in PRESETS.items()
        for precision in ("float", "fixed")
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
    from lava_bccn.experiments.multiplexing import multiplexing

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
        if field.name not in ("interval_ms", "time_step_ms")
    )
    return {"seconds": LAVA_SECONDS, "same_bits": same}


def _multiplexing_report(results: dict[str, Any]) -> dict[str, Any]:
    return {
        precision: {
            "event_rate_hz": float(results[precision].event_rate.mean()),
            "burst_rate_hz": float(results[precision].burst_rate.mean()),
            "depressing": dict(
                zip(("events", "bursts"), results[precision].correlations[0].tolist(), strict=True)
            ),
            "facilitating": dict(
                zip(("events", "bursts"), results[precision].correlations[1].tolist(), strict=True)
            ),
        }
        for precision in ("float", "fixed")
    }


def _response_report(curves: dict[str, Any]) -> dict[str, Any]:
    return {
        precision: {
            place: {
                "pa": [float(response.current[0]), float(response.current[-1])],
                "event_rate_hz": [float(response.event_rate[0]), float(response.event_rate[-1])],
                "burst_prob": [float(response.burst_prob[0]), float(response.burst_prob[-1])],
            }
            for place, response in (("soma", both.soma), ("apical", both.apical))
        }
        for precision, both in curves.items()
    }


def _train_report(trains: dict[tuple[str, str], Any]) -> dict[str, Any]:
    from lava_bccn.experiments.regular_trains import train_releases
    from lava_bccn.network.spiking.stp import PRESETS

    report: dict[str, Any] = {}
    for (kind, precision), result in trains.items():
        first, second = train_releases(PRESETS[kind], 20.0, 2, precision)  # type: ignore[arg-type]
        report.setdefault(kind, {})[precision] = {
            "paired_pulse_ratio_20_ms": float(second / first),
            "release_1_hz": float(result.release[result.rate.argmin()]),
            "release_100_hz": float(result.release[result.rate.argmax()]),
            "largest_relative_error": result.relative_error,
        }
    return report


def _poisson_report(rules: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {
            "presynaptic_hz": rule.presynaptic_rate.tolist(),
            "postsynaptic_hz": rule.postsynaptic_rate.tolist(),
            "change_per_second": rule.change.tolist(),
            "standard_error": rule.error.tolist(),
        }
        for name, rule in rules.items()
    }


def _print(report: dict[str, Any]) -> None:
    def span(values: list[float], places: int) -> str:
        return " to ".join(f"{value:.{places}f}" for value in values)

    rows = []
    for precision, figures in report["multiplexing"].items():
        for kind, own in (("depressing", "events"), ("facilitating", "bursts")):
            other = "bursts" if own == "events" else "events"
            rows.append(
                (
                    f"{kind}, {precision}",
                    f"{own[:-1]} rate",
                    f"{figures[kind][own]:.3f}",
                    f"{figures[kind][other]:.3f}",
                )
            )
    print_table(
        "one ensemble of 500, independent inputs to somata and dendrites",
        ("synapses", "their signal", "correlation with it", "with the other"),
        rows,
    )
    print_table(
        "what a current does, from the lowest to the highest",
        ("current into", "pA", "event rate (Hz)", "burst probability"),
        [
            (
                f"{place}, {precision}",
                span(ends["pa"], 0),
                span(ends["event_rate_hz"], 2),
                span(ends["burst_prob"], 3),
            )
            for precision, places in report["responses"].items()
            for place, ends in places.items()
        ],
    )
    print_table(
        "short-term plasticity",
        ("synapses", "paired pulses, 20 ms", "release at 1 Hz", "100 Hz", "off the closed form"),
        [
            (
                f"{kind}, {precision}",
                f"{figures['paired_pulse_ratio_20_ms']:.3f}",
                f"{figures['release_1_hz']:.4f}",
                f"{figures['release_100_hz']:.4f}",
                f"{figures['largest_relative_error']:.1e}",
            )
            for kind, by_precision in report["trains"].items()
            for precision, figures in by_precision.items()
        ],
    )
    equal, held = report["poisson"]["equal"], report["poisson"]["held"]
    print_table(
        "change of a weight between Poisson trains, in η per second",
        ("presynaptic Hz", "postsynaptic the same", f"postsynaptic {HELD_RATE:g} Hz"),
        [
            (
                f"{rate:g}",
                *(
                    f"{rule['change_per_second'][index]:+.2f} ± {rule['standard_error'][index]:.2f}"
                    for rule in (equal, held)
                ),
            )
            for index, rate in enumerate(equal["presynaptic_hz"])
        ],
    )
    if report["lava"] is not None:
        same = "the same bits" if report["lava"]["same_bits"] else "DIFFERENT bits"
        print(
            f"Lava fixed_pt and the simulator, {report['lava']['seconds']:g} s of the ensemble: "
            f"{same} in every spike and release."
        )
    print("Figures: " + ", ".join(report["figures"].values()))
