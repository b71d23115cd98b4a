"""Pictures of networks at work. Every function returns a matplotlib figure and shows nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lava_bccn.mapping.network import MappedNetwork
from lava_bccn.sim.stepwise import hold, steps


def travelling_activity(
    network: MappedNetwork,
    image: NDArray[np.floating],
    target: NDArray[np.floating],
    class_names: Sequence[str] = (),
) -> Figure:
    """One image's events and bursts travelling through the layers, with and without a teacher.

    The network has settled on a blank image; then the image comes on. Events climb a layer a step.
    With the teacher on, the change it makes to the bursts of the output comes down again; without
    it every dendrite stays at its resting burst probability.

    Args:
        network: any mapped network.
        image: event rates in [0, 1], (height, width) or (inputs,).
        target: the teacher, (outputs,).
        class_names: labels of the output units.
    """
    sample = network.quantise_inputs(np.reshape(image, (1, -1)))
    teacher = network.quantise_targets(target[None])
    without = _states_over_time(network, sample, None)
    taught = _states_over_time(network, sample, teacher)
    layers, count = len(network.layers), len(taught)

    def over_time(run: list[Any], name: str, index: int) -> NDArray[np.float64]:
        states = np.stack([getattr(step[index], name)[0] for step in run], axis=1)
        return states * network.state_unit(name, index)

    figure = Figure(figsize=(11, 1.0 + 2.0 * layers), layout="constrained")
    grid = figure.add_gridspec(layers, 4, width_ratios=[0.55, 1, 1, 1])
    picture = figure.add_subplot(grid[layers - 1, 0])
    picture.imshow(np.atleast_2d(image), cmap="gray", vmin=0, vmax=1)
    settled = taught[-1][-1].event_rate[0]
    names = class_names or [str(unit) for unit in range(network.output_size)]
    picture.set_title(
        f"input\nteacher: {names[int(np.argmax(target))]}\n"
        f"network: {names[int(np.argmax(settled))]}",
        fontsize=10,
    )
    figure.supylabel("hidden units sorted by their taught p", fontsize=8, color="0.4")
    picture.axis("off")
    columns = (
        ("event rate e", "event_rate", without),
        ("burst probability p, no teacher", "burst_prob", without),
        ("burst probability p, teacher on", "burst_prob", taught),
    )
    for column, (title, name, run) in enumerate(columns, start=1):
        for index in range(layers):
            is_output = index == layers - 1
            axes = figure.add_subplot(grid[layers - 1 - index, column])
            values = over_time(run, name, index)
            if not is_output:  # by how they burst in the end, so that the pattern can be seen
                values = values[np.argsort(over_time(taught, "burst_prob", index)[:, -1])]
            limits, colours = (0.0, 1.0), "viridis"
            if name == "burst_prob":
                # The deeper the layer, the smaller the change: each layer has a scale of its own.
                change = over_time(taught, name, index)[:, -1] - network.p_baseline
                reach = max(float(np.abs(change).max()), 1e-6)
                limits = (network.p_baseline - reach, network.p_baseline + reach)
                colours = "coolwarm"
            drawn = axes.imshow(
                values,
                aspect="auto",
                interpolation="nearest",
                cmap=colours,
                vmin=limits[0],
                vmax=limits[1],
                extent=(-0.5, count - 0.5, len(values) - 0.5, -0.5),
            )
            ticks = [limits[0], sum(limits) / 2, limits[1]]
            bar = figure.colorbar(drawn, ax=axes, pad=0.01, aspect=14, ticks=ticks)
            bar.ax.set_yticklabels([f"{tick:.3g}" for tick in ticks], fontsize=6)
            axes.set_yticks([])
            if is_output:
                axes.set_title(title, fontsize=10)
                if class_names:
                    axes.set_yticks(range(len(class_names)), class_names, fontsize=6)
            if column == 1:
                layer = "output" if is_output else f"layer {index + 1}"
                axes.set_ylabel(f"{layer} ({len(values)})", fontsize=9)
            axes.set_xticks(range(count))
            axes.tick_params(axis="x", labelsize=7, labelbottom=index == 0)
            if index == 0:
                axes.set_xlabel("time step (0: blank)", fontsize=9)
    return figure


def _states_over_time(
    network: MappedNetwork, sample: NDArray[Any], teacher: NDArray[Any] | None
) -> list[Any]:
    """From the last step of a blank presentation to the first after the image has settled."""
    blank = hold(network, np.zeros_like(sample))
    stimuli = chain(blank, hold(network, sample, teacher), [(sample, teacher)])
    return list(steps(network, stimuli))[network.presentation_steps - 1 :]
