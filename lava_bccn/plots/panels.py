"""What all pictures share: panels in a row or a column."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lava_bccn.plots.style import style


def panels(
    size: tuple[float, float],
    rows: int = 1,
    columns: int = 1,
    **options: Any,
) -> tuple[Figure, list[Axes]]:
    """A figure and its axes, row by row, in the style of this package.

    Args:
        size: width and height in inches.
        rows, columns: of panels.
        options: of ``Figure.subplots``, as ``sharex`` and ``width_ratios``.
    """
    with style():
        figure = Figure(figsize=size, layout="constrained")
        return figure, list(figure.subplots(rows, columns, squeeze=False, **options).flat)
