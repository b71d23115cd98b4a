"""A picture of online regression in continuous time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.regression import RegressionResult

SHOWN_SECONDS = 40.0


def regression_figure(results: Sequence[RegressionResult]) -> Figure:
    """Output and target at the start and at the end, and the error over time of every run.

    Args:
        results: runs of one configuration with different seeds; the first is drawn in detail.

    Raises:
        InvalidInputError: no run.
    """
    if not results:
        raise InvalidInputError("a picture of the regression needs at least one run")
    first = results[0]
    time = first.config.time
    figure = Figure(figsize=(11, 3.2), layout="constrained")
    start, end, errors = figure.subplots(1, 3, width_ratios=[1, 1, 1.3])
    shown = min(time.steps(SHOWN_SECONDS), len(first.output))
    seconds = np.arange(len(first.output)) * time.dt
    parts = ((start, slice(shown), "start"), (end, slice(-shown, None), "end"))
    for axes, part, name in parts:
        axes.plot(seconds[part], first.target[part], color="0.6", label="target")
        axes.plot(seconds[part], first.output[part], color="C0", linestyle="--", label="output")
        axes.set_ylim(0, 1)
        axes.set_title(f"{name} (seed {first.config.seed})", fontsize=10)
        axes.set_xlabel("time (s)")
    start.set_ylabel("event rate")
    start.legend(fontsize=7, loc="upper right")
    for result in results:
        middles = (np.arange(len(result.error)) + 0.5) * result.config.window
        errors.plot(middles, result.error, label=str(result.config.seed))
    errors.set_ylim(bottom=0)
    errors.set_title(f"error, means of {first.config.window:g} s ({first.executor})", fontsize=10)
    errors.set_xlabel("time (s)")
    errors.set_ylabel("mean squared error")
    errors.legend(fontsize=7, title="seed", title_fontsize=7)
    return figure
