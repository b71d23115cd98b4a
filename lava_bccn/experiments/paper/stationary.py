"""``bccn reproduce stationary``: a spiking ensemble is taught a rate, keeps it, then a lower one.

Source: the stationary target of the 2026 follow-up, doi 10.64898/2026.06.16.732595; its values are
those of one run of the published code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import column

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lava_bccn.experiments.stationary import Stationary

VARIANTS = ("as-run", "adapting", "fixed")
"""The published values as its code runs them; the package's neuron; that in Loihi 2 integers."""

SECONDS = 100.0

PHASES = ((0.1, 0.2), (0.3, 0.4), (0.45, 0.5), (0.7, 0.8), (0.85, 0.9))
"""Start and end, as shares of the run, of what is compared: before, taught 10 Hz, after it, taught
5 Hz, after it."""

RANGES = {1: (9.0, 11.0), 2: (9.0, 11.0), 3: (4.5, 6.0), 4: (4.5, 6.0)}
"""In Hz, in which the upper ensemble's events must be in a phase to count as kept."""

COMPARED = (
    "upper_events",
    "upper_bursts",
    "upper_prob",
    "lower_events",
    "lower_prob",
    "weight",
    "burst_current",
    "event_current",
)

PUBLISHED = (
    (5.52, 1.97, 0.357, 4.61, 0.360, 0.306, 181.0, -191.0),
    (9.86, 3.61, 0.367, 9.41, 0.390, 0.921, 334.0, -344.0),
    (9.94, 3.49, 0.351, 9.46, 0.376, 0.916, 321.0, -342.0),
    (5.46, 1.46, 0.272, 4.05, 0.289, 0.220, 141.0, -185.0),
    (5.18, 1.81, 0.348, 3.93, 0.343, 0.176, 166.0, -179.0),
)
"""Of the same phases (rows)."""

WEIGHT_TIMES = (0.2, 0.4, 0.6, 0.8)
PUBLISHED_WEIGHTS = (0.290, 0.929, 0.927, 0.189)
"""w after these shares of the run."""


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.stationary import stationary
    from lava_bccn.experiments.stationary_circuit import CIRCUITS

    (form,) = (form for form in CIRCUITS if form == part.variant)
    result = stationary(form, seconds=SECONDS, seed=part.seed, tell=lambda share: tell(share, ""))
    columns = vars(result)
    return [
        {
            name: value if isinstance(value, str) else round(float(value), 4)
            for name, value in zip(columns, values, strict=True)
        }
        for values in zip(*columns.values(), strict=True)
    ]


def _results(rows: Sequence[Row]) -> dict[str, list[Stationary]]:
    """What each seed's rows were made of, by variant."""
    from lava_bccn.experiments.stationary import Stationary

    parts: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        parts.setdefault((str(row["variant"]), int(row["seed"])), []).append(row)
    results: dict[str, list[Stationary]] = {}
    for (variant, _), of_seed in parts.items():
        spikes = tuple(str(row["lower_spikes"]) for row in of_seed)
        names = [field.name for field in fields(Stationary) if field.name != "lower_spikes"]
        result = Stationary(**{name: column(of_seed, name) for name in names}, lower_spikes=spikes)
        results.setdefault(variant, []).append(result)
    return results


def _means(result: Stationary) -> NDArray[np.float64]:
    """Means (phases, what is compared)."""
    values = np.stack([getattr(result, name) for name in COMPARED], axis=1)
    share = result.seconds / result.seconds[-1]
    return np.stack(
        [values[(share > start) & (share <= end)].mean(axis=0) for start, end in PHASES]
    )


def _told(values: Sequence[float]) -> tuple[str, str]:
    """The values of a phase as in two lines of the summary."""
    upper, bursts, upper_prob, lower, lower_prob, weight, burst_current, event_current = values
    return (
        f"{upper:.2f}, {lower:.2f}; {upper_prob:.3f}, {lower_prob:.3f}",
        f"{bursts:.2f}; {weight:.2f}; {burst_current:.0f}, {event_current:.0f}",
    )


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    comparisons = []
    for variant, results in _results(rows).items():
        means = np.stack([_means(result) for result in results])
        upper = means[..., COMPARED.index("upper_events")][:, list(RANGES)]
        low, high = np.array(list(RANGES.values())).T
        kept = ((upper >= low) & (upper <= high)).all(axis=1)
        comparisons.append(
            Comparison(
                f"{variant}: 9 to 11, then 4.5 to 6 Hz, taught and after",
                "1 of 1",
                f"{kept.sum()} of {len(kept)}",
            )
        )
        for (start, end), published, measured in zip(
            PHASES, PUBLISHED, means.mean(axis=0).tolist(), strict=True
        ):
            seconds = f"{variant}, {SECONDS * start:g}–{SECONDS * end:g} s"
            whats = ("Hz upper, lower; P", "upper bursts; w; pA below")
            comparisons += [
                Comparison(f"{seconds}: {what}", then, now)
                for what, then, now in zip(whats, _told(published), _told(measured), strict=True)
            ]
        weights = np.mean(
            [np.interp(WEIGHT_TIMES, r.seconds / r.seconds[-1], r.weight) for r in results], axis=0
        )
        comparisons.append(
            Comparison(
                f"{variant}: w after {', '.join(f'{SECONDS * t:g}' for t in WEIGHT_TIMES)} s",
                *(", ".join(f"{w:.2f}" for w in of) for of in (PUBLISHED_WEIGHTS, weights)),
            )
        )
    return comparisons


def _draw(rows: Sequence[Row]) -> Figure:
    from lava_bccn.experiments.spiking_figures import stationary_figure

    return stationary_figure({name: first for name, (first, *_) in _results(rows).items()})


EXPERIMENT = Experiment(
    name="stationary",
    shows="A spiking ensemble is taught a rate, keeps it without a teacher, then a lower one",
    quick=Setting((0,), VARIANTS, "a minute, 0.5 GB a worker"),
    full=Setting((0, 1, 2, 3, 4), VARIANTS, "half a minute a part on a core, 0.5 GB a worker"),
    run=_run,
    compare=_compare,
    draw=_draw,
)
