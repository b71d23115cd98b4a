"""Curves with their spread, the figure of every experiment of ``bccn reproduce``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from matplotlib.figure import Figure

from lava_bccn.experiments.experiment import Row


def curves_figure(
    rows: Sequence[Row], along: str, measures: Mapping[str, str], label: str, group: str = "variant"
) -> Figure:
    """A panel a measure: its mean as a line for each group; shaded: all seeds (and layers).

    Args:
        rows: of all parts.
        along: key of the horizontal axis.
        measures: keys of the panels and the labels of their vertical axes.
        label: of the horizontal axis.
        group: key that tells the lines apart.
    """
    figure = Figure(figsize=(4 * len(measures), 3.2), layout="constrained")
    panels = figure.subplots(1, len(measures), squeeze=False)[0]
    for axes, (measure, name) in zip(panels, measures.items(), strict=True):
        for index, key in enumerate(dict.fromkeys(row[group] for row in rows)):
            values: dict[float, list[float]] = {}
            for row in rows:
                if row[group] == key:
                    place = cast(float, row[along])
                    values.setdefault(place, []).append(cast(float, row[measure]))
            places = sorted(values)
            colour, many = f"C{index}", [values[place] for place in places]
            low, mean, high = (np.array([f(v) for v in many]) for f in (min, np.mean, max))
            axes.plot(places, mean, color=colour, marker=".", markersize=3, label=str(key))
            axes.fill_between(places, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(label)
        axes.set_ylabel(name)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(fontsize=7, frameon=False)
    return figure
