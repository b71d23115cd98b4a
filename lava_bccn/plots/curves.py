"""Curves with their spread over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lava_bccn.plots.panels import panels
from lava_bccn.plots.style import COLOURS, style


@style()
def curves(
    rows: Sequence[Mapping[str, str | int | float]],
    along: str,
    measures: Mapping[str, str],
    name: str,
    group: str = "variant",
) -> Figure:
    """A panel a measure: its mean as a line for each group; shaded: all rows at one place.

    Args:
        rows: of a table; all have the same keys.
        along: key of the horizontal axis.
        measures: keys of the panels and the names of their vertical axes.
        name: of the horizontal axis.
        group: key that tells the lines apart.
    """
    figure, drawn = panels((4 * len(measures), 3.2), columns=len(measures))
    for axes, (measure, measured) in zip(drawn, measures.items(), strict=True):
        for index, key in enumerate(dict.fromkeys(row[group] for row in rows)):
            values: dict[float, list[float]] = {}
            for row in rows:
                if row[group] == key:
                    values.setdefault(float(row[along]), []).append(float(row[measure]))
            places = sorted(values)
            colour, many = COLOURS[index % len(COLOURS)], [values[place] for place in places]
            low, mean, high = (np.array([f(v) for v in many]) for f in (min, np.mean, max))
            axes.plot(places, mean, color=colour, marker=".", markersize=4, label=str(key))
            axes.fill_between(places, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.set(xlabel=name, ylabel=measured)
        axes.set_ylim(bottom=0)
    drawn[0].legend()
    return figure
