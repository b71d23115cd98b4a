"""What all pictures share: panels in a row or a column."""

from __future__ import annotations

from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def panels(
    size: tuple[float, float],
    rows: int = 1,
    columns: int = 1,
    *,
    names: float = 10,
    ticks: float = 10,
    **options: Any,
) -> tuple[Figure, list[Axes]]:
    """A figure and its axes, row by row.

    Args:
        size: width and height in inches.
        rows, columns: of panels.
        names, ticks: sizes of the names of the axes, and of the numbers along them, in points.
        options: of ``Figure.subplots``, as ``sharex`` and ``width_ratios``.
    """
    figure = Figure(figsize=size, layout="constrained")
    with matplotlib.rc_context({"axes.labelsize": names}):
        drawn = list(figure.subplots(rows, columns, squeeze=False, **options).flat)
    for axes in drawn:
        axes.tick_params(labelsize=ticks)
    return figure, drawn
