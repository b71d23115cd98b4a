"""``bccn reproduce realignment``: what steps without a teacher do for feedback that learns.

Source: the 2026 follow-up (doi 10.64898/2026.06.16.732595). There Y learns, with four hidden layers
of 500; here also Q does. It takes the steps after training batches, or in blocks: half an epoch
before the first and after each.
"""

from __future__ import annotations

from collections.abc import Sequence

from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import column, curves, mean_and_each

PUBLISHED = {"y-noise-0": "2.55 %", "y-noise-1": "1.85 %"}
"""Test errors, read from a figure."""

BRANCHES = 10
NOISE = {"noise": 0.1, "clean": 0.0}
RATES = {"0": 0.0, "0.25": 0.25, "0.5": 0.5, "1": 1.0}
"""Steps without a teacher for each training batch."""

BLOCK = "blocks"
FULL_BLOCK, QUICK_BLOCK = 234, 45
"""Batches of half an epoch."""

VARIANTS = tuple(
    f"{matrix}-{noise}-{steps}"
    for matrix in ("y", "q")
    for noise in NOISE
    for steps in (*RATES, BLOCK)
)
"""The matrix that learns, whether with noise, and the steps without a teacher."""


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.paper.homeostasis import train_homeostatic

    matrix, noise, steps = part.variant.split("-")
    block = QUICK_BLOCK if part.quick else FULL_BLOCK
    changes = (
        {"realignment_batches": block}
        if steps == BLOCK
        else {"realignment_per_batch": RATES[steps]}
    )
    options = {"branches": BRANCHES, "forward_noise": NOISE[noise]}
    row = train_homeostatic(part, tell, matrix, changes, **options)
    kind = f"{matrix.upper()} learns, {noise}" + (", blocks" if steps == BLOCK else "")
    return [{"kind": kind, "steps": RATES.get(steps, 0.5), **row}]


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    runs: dict[str, list[Row]] = {}
    for row in rows:
        runs.setdefault(str(row["variant"]), []).append(row)
    comparisons = []
    for variant, same in runs.items():
        error = mean_and_each(100 * column(same, "test_error"))
        angle = f"{column(same, 'angle_q_to_y').mean():.1f}°"
        comparisons += [
            Comparison(f"{variant}: test error", PUBLISHED.get(variant, "figure only"), error),
            Comparison(f"{variant}: Q to p^b Y", "figure only", angle),
        ]
    return comparisons


EXPERIMENT = Experiment(
    name="realignment",
    shows="Error against steps without a teacher, with Y or Q that learns from a random start",
    quick=Setting((0, 1), VARIANTS, "minutes on two cores, 0.5 GB a worker (digits)"),
    full=Setting((0, 1, 2, 3, 4), VARIANTS, "5 min a part on a core, 1.5 GB a worker (MNIST)"),
    run=_run,
    compare=_compare,
    draw=curves(
        "steps",
        "steps without a teacher for each training batch",
        {"test_error": "test error", "angle_q_to_y": "Q to p^b Y (degrees)"},
        group="kind",
    ),
)
