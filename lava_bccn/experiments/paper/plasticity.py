"""``bccn reproduce plasticity``: the sign of the plasticity rule, of Poisson trains.

Source: the rule alone in Payeur et al., Nature Neuroscience 24:1010, 2021, and in the 2026
follow-up (doi 10.64898/2026.06.16.732595), which shows 100 s at 1 to 80 Hz. There the presynaptic
factor is the rate itself, here it is the trace of the events of a train of that rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import column, mean_and_each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VARIANTS = {"half": 0.5, "quarter": 0.25}
"""p^b of each: the published one, and that of spiking XOR with short-term plasticity."""

RATES = (1.0, *np.arange(5.0, 81.0, 5.0).tolist())
MARKED = {20.0: "depression", 60.0: "potentiation"}
"""In Hz, and what is published of them."""

FULL_SECONDS = 100.0
QUICK_SECONDS = 20.0
PAIRS = 10
"""Of neurons at each rate."""


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.poisson_rule import expected_change, poisson_rule

    rates, p_baseline = np.array(RATES), VARIANTS[part.variant]
    seconds = QUICK_SECONDS if part.quick else FULL_SECONDS
    rule = poisson_rule(RATES, p_baseline=p_baseline, pairs=PAIRS, seconds=seconds, seed=part.seed)
    expected = expected_change(rates, rates, p_baseline)
    return [
        {"rate": rate, "change": change, "error": error, "closed_form": closed}
        for rate, change, error, closed in zip(
            *(each.tolist() for each in (rates, rule.change, rule.error, expected)), strict=True
        )
    ]


def _by_seed(rows: Sequence[Row], variant: str) -> list[list[Row]]:
    parts: dict[int, list[Row]] = {}
    for row in rows:
        if row["variant"] == variant:
            parts.setdefault(int(row["seed"]), []).append(row)
    return list(parts.values())


def _sign_change(rates: Sequence[float], changes: Sequence[float]) -> float:
    """Rate above the last depression, on the line to the next point; NaN where there is none."""
    last = int(np.max(np.flatnonzero(np.array(changes) < 0), initial=-1))
    if not 0 <= last < len(rates) - 1:
        return float("nan")
    low, high = changes[last], changes[last + 1]
    return rates[last] - low * (rates[last + 1] - rates[last]) / (high - low)


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    from lava_bccn.experiments.poisson_rule import WINDOW_STEPS

    comparisons = []
    for variant, p_baseline in VARIANTS.items():
        seeds = _by_seed(rows, variant)
        if not seeds:
            continue
        name = f"p_baseline {p_baseline:g}"
        for rate, sign in MARKED.items():
            changes = [
                float(row["change"]) for of_seed in seeds for row in of_seed if row["rate"] == rate
            ]
            comparisons.append(
                Comparison(
                    f"{name}: change at {rate:g} Hz (η per second)",
                    sign if p_baseline == 0.5 else "—",
                    mean_and_each(changes, "+.2f", ""),
                )
            )
        crossings = [
            _sign_change(column(of_seed, "rate").tolist(), column(of_seed, "change").tolist())
            for of_seed in seeds
        ]
        exact = 1000 * (1 - (1 - p_baseline) ** (1 / WINDOW_STEPS))
        comparisons.append(
            Comparison(
                f"{name}: changes sign at (closed form {exact:.1f} Hz)",
                "between them" if p_baseline == 0.5 else "—",
                mean_and_each(crossings, ".1f", " Hz"),
            )
        )
    return comparisons


def _draw(rows: Sequence[Row]) -> Figure:
    from lava_bccn.plots import COLOURS, panels, style

    variants = list(dict.fromkeys(str(row["variant"]) for row in rows))
    figure, drawn = panels((4.5 * len(variants), 3.4), columns=len(variants))
    with style():
        for axes, variant in zip(drawn, variants, strict=True):
            of_seeds = [column(of_seed, "change") for of_seed in _by_seed(rows, variant)]
            first = _by_seed(rows, variant)[0]
            rates, changes = column(first, "rate"), np.stack(of_seeds)
            axes.plot(rates, changes.mean(axis=0), ".", color="black", label="mean of seeds")
            axes.fill_between(
                rates, changes.min(axis=0), changes.max(axis=0), color="black", alpha=0.2
            )
            axes.plot(rates, column(first, "closed_form"), lw=1, label="closed form")
            axes.axhline(0, color="0.7", lw=1, zorder=0)
            for rate in MARKED:
                axes.axvline(rate, color=COLOURS[1], lw=1, linestyle=":")
            axes.set_title(f"p_baseline {VARIANTS[variant]:g}")
            axes.set(xlabel="Poisson trains (Hz)", ylabel="change of a weight (η per second)")
            axes.legend()
    return figure


EXPERIMENT = Experiment(
    name="plasticity",
    shows="The rule alone, Poisson trains: depression at low rates, potentiation at high ones",
    quick=Setting((0,), tuple(VARIANTS), "under a minute, 0.5 GB a worker"),
    full=Setting((0, 1, 2, 3, 4), tuple(VARIANTS), "half a minute a part, 0.5 GB a worker"),
    run=_run,
    compare=_compare,
    draw=_draw,
)
