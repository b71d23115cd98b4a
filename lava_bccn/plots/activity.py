"""A picture of activity that travels through a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lava_bccn.network.rate_network import RateNetwork
from lava_bccn.plots.style import BURST_COLOURS, EVENT_COLOURS, style
from lava_bccn.view.steps import states_over_time


@style()
def travelling_activity(
    network: RateNetwork,
    image: NDArray[np.floating[Any]],
    target: NDArray[np.floating[Any]],
    class_names: Sequence[str] = (),
) -> Figure:
    """One image's events and bursts travelling through the layers, with and without a teacher.

    The network has settled on a blank image; then the image comes on. Events climb a layer a step.
    With the teacher on, the change it makes to the bursts of the output comes down again; without
    it every dendrite stays at its resting burst probability.

    Args:
        network: mapped, or under Dale's law.
        image: event rates in [0, 1], (height, width) or (inputs,).
        target: the teacher, (outputs,).
        class_names: labels of the output units.
    """
    sample = network.quantise_inputs(np.reshape(image, (1, -1)))
    teacher = network.quantise_targets(target[None])
    without = states_over_time(network, sample)
    taught = states_over_time(network, sample, teacher)
    layers, last = len(network.layers), len(network.layers) - 1
    names = class_names or [str(unit) for unit in range(network.output_size)]
    figure = Figure(figsize=(11, 1.2 + 2.0 * layers), layout="constrained")
    figure.supylabel("units (hidden ones sorted by their taught p)", fontsize=10, color="0.3")
    grid = figure.add_gridspec(layers, 4, width_ratios=[0.55, 1, 1, 1])
    picture = figure.add_subplot(grid[last, 0])
    picture.imshow(np.atleast_2d(image), cmap="gray", vmin=0, vmax=1)
    picture.axis("off")
    settled = taught[-1].event_rate[-1, 0]
    wanted, given = (names[int(np.argmax(rates))] for rates in (target, settled))
    picture.set_title(f"input\nteacher: {wanted}\nnetwork: {given}")
    columns = (
        ("event rate e", "event_rate", without),
        ("burst probability p, no teacher", "burst_prob", without),
        ("burst probability p, teacher on", "burst_prob", taught),
    )
    for column, (title, name, run) in enumerate(columns, start=1):
        for index in range(layers):
            axes = figure.add_subplot(grid[last - index, column])
            values = getattr(run[index], name)[:, 0].T
            by_burst_prob = taught[index].burst_prob[-1, 0]
            if index < last:  # by how they burst in the end, so that the pattern can be seen
                values = values[np.argsort(by_burst_prob)]
            p_baseline = network.p_baseline if name == "burst_prob" else None
            _unit_by_unit(figure, axes, values, p_baseline, by_burst_prob)
            if index == last:
                axes.set_title(title)
                if class_names and column == 1:
                    axes.set_yticks(range(len(class_names)), class_names, fontsize=8)
            if column == 1:
                layer = "output" if index == last else f"layer {index + 1}"
                axes.set_ylabel(f"{layer} ({len(values)})")
            axes.tick_params(axis="x", labelbottom=index == 0)
            if index == 0:
                axes.set_xlabel("time step (0: blank)")
    return figure


def _unit_by_unit(
    figure: Figure,
    axes: Axes,
    values: NDArray[np.float64],
    p_baseline: float | None,
    taught: NDArray[np.float64],
) -> None:
    """An image of states (units, steps) with the scale of its colours.

    Args:
        figure, axes: to draw in.
        values: states between 0 and 1.
        p_baseline: they are burst probabilities around this one; None: event rates.
        taught: the burst probabilities at the end with the teacher on.
    """
    limits, colours = (0.0, 1.0), EVENT_COLOURS
    if p_baseline is not None:
        # The deeper the layer, the smaller the change: each layer has a scale of its own.
        reach = max(float(np.abs(taught - p_baseline).max()), 1e-6)
        limits, colours = (p_baseline - reach, p_baseline + reach), BURST_COLOURS
    units, count = values.shape
    drawn = axes.imshow(
        values,
        aspect="auto",
        interpolation="nearest",
        cmap=colours,
        vmin=limits[0],
        vmax=limits[1],
        extent=(-0.5, count - 0.5, units - 0.5, -0.5),
    )
    axes.set_yticks([])
    axes.spines[:].set_visible(True)
    axes.set_xticks(range(count))
    ticks = [limits[0], sum(limits) / 2, limits[1]]
    bar = figure.colorbar(drawn, ax=axes, pad=0.01, aspect=14, ticks=ticks)
    bar.ax.set_yticklabels([f"{tick:.3g}" for tick in ticks], fontsize=8)
