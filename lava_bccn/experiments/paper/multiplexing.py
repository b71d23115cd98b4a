"""``bccn reproduce multiplexing``: an ensemble sends two signals, two kinds of synapse read them.

Source: Naud & Sprekeler, PNAS 115:E6329, 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import column, mean_and_each
from lava_bccn.experiments.spike_text import spikes_as_text, spikes_from_text
from lava_bccn.network.spiking.units import Precision

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lava_bccn.experiments.multiplexing import Multiplexing

VARIANTS: tuple[Precision, ...] = ("float", "fixed")
"""In floating point and in Loihi 2 integers."""

SECONDS = 20.0
"""For which an ensemble is observed; fewer make correlations of slow signals uncertain."""

SIGNALS = (
    "soma_input",
    "apical_input",
    "event_rate",
    "burst_rate",
    "burst_prob",
    "depressing",
    "facilitating",
)
"""Fields of a result that have a value an interval."""


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.multiplexing import multiplexing

    precision: Precision = "fixed" if part.variant == "fixed" else "float"
    result = multiplexing(seconds=SECONDS, precision=precision, seed=part.seed)
    values = np.stack([getattr(result, name) for name in SIGNALS], axis=1)
    flags = result.flags.reshape(len(values), -1, result.flags.shape[1])
    return [
        {
            "seconds": (index + 1) * result.interval_ms / 1000,
            **dict(zip(SIGNALS, row.tolist(), strict=True)),
            "spikes": spikes_as_text(flags[index]),
        }
        for index, row in enumerate(values)
    ]


def _results(rows: Sequence[Row]) -> dict[str, list[Multiplexing]]:
    """What each seed's rows were made of, by variant."""
    from lava_bccn.experiments.multiplexing import INTERVAL_MS, SHOWN_NEURONS, Multiplexing

    parts: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        parts.setdefault((str(row["variant"]), int(row["seed"])), []).append(row)
    results: dict[str, list[Multiplexing]] = {}
    for (variant, _), of_seed in parts.items():
        signals = {name: column(of_seed, name) for name in SIGNALS}
        spikes = [str(row["spikes"]) for row in of_seed]
        flags = spikes_from_text(spikes, round(INTERVAL_MS), SHOWN_NEURONS)
        result = Multiplexing(**signals, flags=flags, interval_ms=INTERVAL_MS, time_step_ms=1.0)
        results.setdefault(variant, []).append(result)
    return results


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    comparisons = []
    for variant, results in _results(rows).items():
        events, bursts = (
            np.array([getattr(result, name).mean() for result in results])
            for name in ("event_rate", "burst_rate")
        )
        correlations = np.stack([result.correlations for result in results])
        (depressing, _), (_, facilitating) = correlations.transpose(1, 2, 0)
        (_, other_of_depressing), (other_of_facilitating, _) = correlations.mean(axis=0)
        comparisons += [
            Comparison(f"{variant}: events", "4 to 5 Hz", mean_and_each(events, ".1f", " Hz")),
            Comparison(
                f"{variant}: of which bursts",
                "12 %",
                mean_and_each(100 * bursts / events, ".0f"),
            ),
            Comparison(
                f"{variant}: depressing release with events (with bursts)",
                "figure only",
                f"{depressing.mean():.2f} ({other_of_depressing:.2f})",
            ),
            Comparison(
                f"{variant}: facilitating release with bursts (with events)",
                "figure only",
                f"{facilitating.mean():.2f} ({other_of_facilitating:.2f})",
            ),
        ]
    return comparisons


def _draw(rows: Sequence[Row]) -> Figure:
    from lava_bccn.experiments.spiking_figures import multiplexing_figure

    first, *_ = _results(rows).values()
    return multiplexing_figure(first[0])


EXPERIMENT = Experiment(
    name="multiplexing",
    shows="One ensemble, two messages: events follow the somata's input, bursts the dendrites'",
    quick=Setting((0,), VARIANTS, "under a minute, 0.5 GB a worker"),
    full=Setting((0, 1, 2, 3, 4), VARIANTS, "half a minute a part on a core, 0.5 GB a worker"),
    run=_run,
    compare=_compare,
    draw=_draw,
)
