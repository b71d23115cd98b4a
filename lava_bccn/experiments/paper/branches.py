"""``bccn reproduce branches``: what apical branches do to the error of feedback that learns.

Source: the 2026 follow-up (doi 10.64898/2026.06.16.732595). There Y learns, with four hidden layers
of 500; here also Q does.
"""

from __future__ import annotations

from collections.abc import Sequence

from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import column, curves

PUBLISHED = {1: "4.0 %", 15: "2.95 %"}
"""Test errors by the number of branches, read from a figure."""

BRANCHES = (1, 2, 5, 10, 15)
VARIANTS = tuple(f"{matrix}-{branches}" for branches in BRANCHES for matrix in ("y", "q"))
"""The matrix that learns, and the branches of every dendrite."""

NOISE = 0.1
QUICK_STEPS = {"realignment_batches": 100}
FULL_STEPS = {"realignment_per_batch": 1.0}
"""Without a teacher. On MNIST a block after each epoch comes too late for few branches: by then the
events of a layer have changed so much that what it sends silences the one below."""


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.paper.homeostasis import few_branches, train_homeostatic

    matrix, count = part.variant.split("-")
    branches = int(count)
    changes = {
        **(QUICK_STEPS if part.quick else FULL_STEPS),
        **few_branches(matrix, branches, part.quick),
    }
    row = train_homeostatic(part, tell, matrix, changes, branches=branches, forward_noise=NOISE)
    del row["realignment_per_batch"]  # the same in all
    return [{"learns": matrix.upper(), "branches": branches, **row}]


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    runs: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        runs.setdefault((str(row["learns"]), int(row["branches"])), []).append(row)
    comparisons = []
    for (matrix, branches), same in sorted(runs.items(), reverse=True):
        what = f"{matrix} learns with {branches} branch{'es' if branches > 1 else ''}"
        published = PUBLISHED.get(branches, "figure only") if matrix == "Y" else "—"
        error = f"{column(same, 'test_error').mean():.2%}"
        angle = f"{column(same, 'angle_q_to_y').mean():.1f}°"
        comparisons += [
            Comparison(f"{what}: test error", published, error),
            Comparison(f"{what}: Q to p^b Y", "—", angle),
        ]
    return comparisons


EXPERIMENT = Experiment(
    name="branches",
    shows="Error and alignment against branches, where Y or Q learns from a random start",
    quick=Setting((0, 1), VARIANTS, "minutes on two cores, 0.5 GB a worker (digits)"),
    full=Setting((0, 1, 2), VARIANTS, "5 min a part on a core, 1.5 GB a worker (MNIST)"),
    run=_run,
    compare=_compare,
    draw=curves(
        "branches",
        "branches",
        {"test_error": "test error", "angle_q_to_y": "Q to p^b Y (degrees)"},
        group="learns",
    ),
    holds_out=True,
)
