"""``bccn reproduce regression``: the error of online regression in continuous time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from lava_bccn.experiments.experiment import Comparison, Experiment, Part, Row, Setting
from lava_bccn.experiments.regression import (
    PUBLISHED_INITIAL_ERROR,
    Executor,
    RegressionConfig,
    regress,
)
from lava_bccn.network.network import Precision

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VARIANTS: dict[str, tuple[Executor, Precision]] = {
    "nn": ("nn", "float"),
    "sim": ("sim", "float"),
    "fixed": ("sim", "fixed"),
}
"""Without hop delays in PyTorch; with them in the simulator; the same in Loihi 2 integers."""

QUICK_SECONDS = 100.0


def _run(part: Part, tell: Callable[[float, str], None]) -> list[Row]:
    executor, precision = VARIANTS[part.variant]
    seconds = QUICK_SECONDS if part.quick else RegressionConfig.seconds
    config = RegressionConfig(seed=part.seed, seconds=seconds, precision=precision)
    result = regress(config, executor)
    return [
        {
            "seconds": (window + 1) * config.window,
            "error": float(error),
            "initial_error": result.initial_error,
            "final_error": result.final_error,
        }
        for window, error in enumerate(result.error)
    ]


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    comparisons = []
    for variant in dict.fromkeys(str(row["variant"]) for row in rows):
        last = {row["seed"]: row for row in rows if row["variant"] == variant}.values()
        initial, final = (
            np.array([cast(float, row[name]) for row in last])
            for name in ("initial_error", "final_error")
        )
        share = final / initial
        comparisons += [
            Comparison(
                f"{variant}: error at the start",
                f"about {PUBLISHED_INITIAL_ERROR}",
                f"{initial.mean():.4f}",
            ),
            Comparison(f"{variant}: error at the end", "near 0", f"{final.mean():.5f}"),
            Comparison(
                f"{variant}: end as a share of the start, mean (largest)",
                "—",
                f"{share.mean():.2%} ({share.max():.2%})",
            ),
        ]
    return comparisons


def _draw(rows: Sequence[Row]) -> Figure:
    from lava_bccn.experiments.reproduce_figure import curves_figure

    return curves_figure(rows, "seconds", {"error": "mean squared error"}, "time (s)")


EXPERIMENT = Experiment(
    name="regression",
    shows="A 3-50-1 student follows a fixed random network online, in continuous time",
    quick=Setting((0, 1), tuple(VARIANTS), "under a minute, 0.5 GB a worker"),
    full=Setting((0, 1, 2, 3, 4), tuple(VARIANTS), "minutes, 0.5 GB a worker"),
    run=_run,
    compare=_compare,
    draw=_draw,
)
