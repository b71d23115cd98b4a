"""``bccn reproduce regression``: the error of online regression in continuous time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import column, curves, last_rows
from lava_bccn.experiments.regression import (
    PUBLISHED_INITIAL_ERROR,
    Executor,
    RegressionConfig,
    RegressionResult,
    regress,
)
from lava_bccn.network.network import Precision

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN_SECONDS = 40.0


def regression_figure(results: Sequence[RegressionResult]) -> Figure:
    """Output and target at the start and at the end, and the error over time of every run.

    Args:
        results: runs of one configuration with different seeds; the first is drawn in detail.

    Raises:
        InvalidInputError: no run.
    """
    from lava_bccn.plots import panels, style

    if not results:
        raise InvalidInputError("a picture of the regression needs at least one run")
    with style():
        figure, axes = panels((11, 3.4), columns=3, width_ratios=[1, 1, 1.3])
        _draw(axes, results)
    return figure


def _draw(panels: Sequence[Axes], results: Sequence[RegressionResult]) -> None:
    from lava_bccn.plots import COLOURS, FAINT

    start, end, errors = panels
    first = results[0]
    time = first.config.time
    shown = min(time.steps(SHOWN_SECONDS), len(first.output))
    seconds = np.arange(len(first.output)) * time.dt
    parts = ((start, slice(shown), "start"), (end, slice(-shown, None), "end"))
    for axes, part, name in parts:
        axes.plot(seconds[part], first.target[part], color=FAINT, label="target")
        axes.plot(
            seconds[part], first.output[part], color=COLOURS[0], linestyle="--", label="output"
        )
        axes.set_ylim(0, 1)
        axes.set_title(f"{name} (seed {first.config.seed})")
        axes.set(xlabel="time (s)", ylabel="event rate")
    start.legend(loc="upper right")
    for result in results:
        middles = (np.arange(len(result.error)) + 0.5) * result.config.window
        errors.plot(middles, result.error, label=str(result.config.seed))
    errors.set_ylim(bottom=0)
    title = f"error, means of {first.config.window:g} s ({first.executor})"
    errors.set_title(title)
    errors.set(xlabel="time (s)", ylabel="mean squared error")
    errors.legend(title="seed")


VARIANTS: dict[str, tuple[Executor, Precision]] = {
    "nn": ("nn", "float"),
    "sim": ("sim", "float"),
    "fixed": ("sim", "fixed"),
}
"""Without hop delays in PyTorch; with them in the simulator; the same in Loihi 2 integers."""

QUICK_SECONDS = 100.0


def _run(part: Part, tell: Tell) -> list[Row]:
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
    for variant, last in last_rows(rows).items():
        initial, final = column(last, "initial_error"), column(last, "final_error")
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


EXPERIMENT = Experiment(
    name="regression",
    shows="A 3-50-1 student follows a fixed random network online, in continuous time",
    quick=Setting((0, 1), tuple(VARIANTS), "under a minute, 0.5 GB a worker"),
    full=Setting((0, 1, 2, 3, 4), tuple(VARIANTS), "minutes, 0.5 GB a worker"),
    run=_run,
    compare=_compare,
    draw=curves("seconds", "time (s)", {"error": "mean squared error"}),
)
