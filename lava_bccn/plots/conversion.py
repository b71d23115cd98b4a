"""Pictures of what a network became in integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray

from lava_bccn.mapping.report import ConversionReport, Histogram
from lava_bccn.plots.panels import panels
from lava_bccn.plots.style import COLOURS, style


@style()
def conversion(report: ConversionReport) -> Figure:
    """Weights and event rates of every layer, in floating point and in integers.

    Event rates are drawn in units of the integers': in floating point those of a ReLU may be beyond
    1, where the integers are clipped.

    Args:
        report: of :func:`lava_bccn.mapping.conversion_report`.
    """
    layers = len(report.layers)
    figure, drawn = panels((9, 1.2 + 1.8 * layers), rows=layers, columns=2)
    for index, layer in enumerate(report.layers):
        weights, rates = drawn[2 * index : 2 * index + 2]
        _shares(weights, layer.weights)
        _shares(rates, layer.event_rates)
        name = "output" if index == layers - 1 else f"layer {index + 1}"
        weights.set_ylabel(f"{name}\nshare")
        rates.set_ylabel("share")
        rates.axvline(1, color="0.8", linewidth=0.8, zorder=0)
    drawn[0].set_title("weights, in the scales of the integers")
    drawn[1].set_title("event rates (the integers end at 1)")
    drawn[-2].set_xlabel("weight")
    drawn[-1].set_xlabel("event rate e")
    figure.legend(*drawn[0].get_legend_handles_labels(), loc="outside lower right", ncols=2)
    return figure


def _shares(axes: Axes, histogram: Histogram) -> None:
    edges = np.linspace(histogram.low, histogram.high, len(histogram.exact) + 1)
    axes.stairs(histogram.exact, edges, color="0.65", fill=True, label="floating point")
    axes.stairs(histogram.integers, edges, color=COLOURS[0], label="integers")
    axes.set_yscale("log")
    shown = [share for share in (*histogram.exact, *histogram.integers) if share > 0]
    axes.set_ylim(bottom=10 ** np.floor(np.log10(min(shown)) - 0.01))
    axes.yaxis.set_minor_formatter(NullFormatter())


@style()
def pictures(images: NDArray[Any], titles: Sequence[str]) -> Figure:
    """Images side by side.

    Args:
        images: (samples, channels, height, width) of one or three channels, in [0, 1].
        titles: one for each.
    """
    figure, drawn = panels((1.8 * len(titles), 2.3), columns=len(titles))
    for axes, image, title in zip(drawn, images, titles, strict=True):
        axes.imshow(np.moveaxis(image, 0, -1).squeeze(), cmap="gray", vmin=0, vmax=1)
        axes.set_title(title, fontsize=9)
        axes.axis("off")
    return figure
