"""``bccn reproduce realignment``: what steps without a teacher do for feedback that learns.

Source: the 2026 follow-up (doi 10.64898/2026.06.16.732595). There Y learns, with ten branches and
four hidden layers of 500; here also Q does. It takes the steps after training batches, or in blocks
before the first and after each epoch; so do the variants ``each``, in which every unit sends to a
branch of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import column, curves, mean_and_each

PUBLISHED = {"y-noise-0": "2.55 %", "y-noise-1": "1.85 %"}
"""Test errors, read from a figure."""

BRANCHES = 10
NOISE = {"noise": 0.1, "clean": 0.0}
RATES = {"0": 0.0, "0.25": 0.25, "0.5": 0.5, "1": 1.0}
"""Steps without a teacher for each training batch."""

EACH: Mapping[str, Any] = {"gain": 1.0, "forward_noise": NOISE["noise"]}
"""Layers where every unit has a branch: those learn whatever the others do, so the start of W need
not make events vary."""

FULL_EACH: Mapping[str, Any] = {
    "epochs": 40,
    "learning_rate": 2e-3,
    "feedback_rate": 6e-2,
    "realignment_batches": 200,
    "realignment_before": None,
}
QUICK_EACH: Mapping[str, Any] = {
    "feedback_rate": 1e-1,
    "realignment_batches": 200,
    "realignment_before": None,
}
"""How those learn."""

VARIANTS = (
    "q-each",
    "y-each",
    *(f"{matrix}-{noise}-{steps}" for matrix in ("y", "q") for noise in NOISE for steps in RATES),
)
"""The matrix that learns, whether with noise, and the steps without a teacher."""


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.paper.homeostasis import (
        FULL_HIDDEN,
        QUICK_HIDDEN,
        few_branches,
        train_homeostatic,
    )

    matrix, kind, *steps = part.variant.split("-")
    options: Mapping[str, Any]
    if kind == "each":
        changes = QUICK_EACH if part.quick else FULL_EACH
        options = {**EACH, "branches": max(QUICK_HIDDEN if part.quick else FULL_HIDDEN)}
    else:
        changes = {
            "realignment_per_batch": RATES[steps[0]],
            **few_branches(matrix, BRANCHES, part.quick),
        }
        options = {"branches": BRANCHES, "forward_noise": NOISE[kind]}
    row = train_homeostatic(part, tell, matrix, changes, **options)
    rate = row.pop("realignment_per_batch")
    return [{"kind": f"{matrix.upper()} learns, {kind}", "steps": rate, **row}]


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    runs: dict[str, list[Row]] = {}
    for row in rows:
        runs.setdefault(str(row["variant"]), []).append(row)
    comparisons = []
    for variant, same in runs.items():
        error = mean_and_each(100 * column(same, "test_error"))
        angle = f"{column(same, 'angle_q_to_y').mean():.1f}°"
        comparisons += [
            Comparison(f"{variant}: test error", PUBLISHED.get(variant, "—"), error),
            Comparison(f"{variant}: Q to p^b Y", "—", angle),
        ]
    return comparisons


EXPERIMENT = Experiment(
    name="realignment",
    shows="Error against steps without a teacher, where Y or Q learns from a random start",
    quick=Setting((0, 1), VARIANTS, "minutes on two cores, 0.5 GB a worker (digits)"),
    full=Setting((0, 1, 2, 3, 4), VARIANTS, "4 min a part on a core, 1.5 GB a worker (MNIST)"),
    run=_run,
    compare=_compare,
    draw=curves(
        "steps",
        "steps without a teacher for each training batch",
        {"test_error": "test error", "angle_q_to_y": "Q to p^b Y (degrees)"},
        group="kind",
    ),
    holds_out=True,
)
