"""A picture of a network that learned online."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lava_bccn.errors import InvalidInputError
from lava_bccn.online.curve import Progression
from lava_bccn.plots.panels import panels
from lava_bccn.plots.style import COLOURS, FAINT, style


@style()
def learning(curve: Sequence[Progression], p_baseline: float) -> Figure:
    """The learning curve, and the burst probabilities before, during and after learning.

    Args:
        curve: of :func:`lava_bccn.online.learn`, two points or more.
        p_baseline: burst probability without a teacher.

    Raises:
        InvalidInputError: a curve of fewer points.
    """
    if len(curve) < 2:
        raise InvalidInputError("a learning curve needs at least two points; the network has none")
    layers = len(curve[0].burst_prob)
    figure, (accuracy, *histograms) = panels(
        (4.6 + 2.8 * layers, 3.4), columns=1 + layers, width_ratios=[1.7, *[1] * layers]
    )
    accuracies(accuracy, curve)
    for layer, axes in enumerate(histograms):
        _burst_probabilities(axes, curve, layer, p_baseline)
        title = "output" if layer == layers - 1 else f"layer {layer + 1}"
        axes.set_title(f"{title}, taught")
        axes.set_xlabel("burst probability p")
    histograms[0].set_ylabel("share of ensembles and samples")
    handles = histograms[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower right", ncols=3)
    return figure


def accuracies(axes: Axes, curve: Sequence[Progression]) -> None:
    """The accuracy in the test and while learning over the samples learned."""
    learned = [point.learned for point in curve]
    test = [100 * point.test_accuracy for point in curve]
    axes.plot(learned, test, marker=".", label=f"test ({test[-1]:.2f} %)")
    since = [point for point in curve if point.learned > 0]
    seen = [100 * point.accuracy for point in since]
    shown = [point.learned for point in since]
    axes.plot(shown, seen, marker=".", color=FAINT, label="while learning")
    lowest = min([*(100 * point.test_accuracy for point in since), *seen], default=0.0)
    axes.set_ylim(max(0.0, lowest - 0.15 * (100 - lowest) - 1), 100)
    axes.set(xlabel="samples learned", ylabel="accuracy (%)")
    axes.legend(loc="lower right")


def _burst_probabilities(
    axes: Axes, curve: Sequence[Progression], layer: int, p_baseline: float
) -> None:
    moments = {"before": curve[0], "during": curve[len(curve) // 2], "after": curve[-1]}
    for (name, point), colour in zip(moments.items(), (FAINT, COLOURS[1], COLOURS[0]), strict=True):
        counts = np.asarray(point.burst_prob[layer])
        edges = np.linspace(0, 2 * p_baseline, len(counts) + 1)
        axes.stairs(counts / counts.sum(), edges, color=colour, label=f"{name} learning")
    occupied = sum(np.asarray(point.burst_prob[layer]) for point in moments.values()) > 0
    reach = edges[1:][occupied].max(), edges[:-1][occupied].min()
    axes.set_xlim(reach[1], reach[0])
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
