"""What all pictures share: panels in a row or a column, and their words."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def panels(
    size: tuple[float, float], rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, list[Axes]]:
    """A figure and its axes, row by row.

    Args:
        size: width and height in inches.
        rows, columns: of panels.
        options: of ``Figure.subplots``, as ``sharex`` and ``width_ratios``.
    """
    figure = Figure(figsize=size, layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False, **options).flat)


def label(
    axes: Axes,
    *,
    title: str | None = None,
    x: str | None = None,
    y: str | None = None,
    size: float = 10,
    colour: str | None = None,
    legend: float | None = None,
    legend_title: str | None = None,
    **options: Any,
) -> None:
    """Title, names of the axes and legend of a panel; None leaves one out.

    Args:
        axes: of the panel.
        title: in 10 points.
        x, y: names of the axes.
        size: of these names, in points.
        colour: of the name of the vertical axis.
        legend: size of the legend in points.
        legend_title: above it, in the same size.
        options: of ``Axes.legend``.
    """
    if title is not None:
        axes.set_title(title, fontsize=10)
    if x is not None:
        axes.set_xlabel(x, fontsize=size)
    if y is not None:
        axes.set_ylabel(y, fontsize=size)
    if colour is not None:
        axes.yaxis.label.set_color(colour)
    if legend is not None:
        axes.legend(fontsize=legend, title=legend_title, title_fontsize=legend, **options)
