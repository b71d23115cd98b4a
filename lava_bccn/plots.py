"""Pictures of networks at work. Every function returns a matplotlib figure and shows nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.network.network import MappedNetwork
from lava_bccn.online.curve import Progression
from lava_bccn.sim.stepwise import hold, steps


def travelling_activity(
    network: MappedNetwork,
    image: NDArray[np.floating[Any]],
    target: NDArray[np.floating[Any]],
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


def learning(curve: Sequence[Progression], p_baseline: float) -> Figure:
    """The learning curve, and the burst probabilities before, during and after learning.

    Errors make bursts more or less likely than at baseline; as a network learns, the burst
    probabilities of taught test samples draw together at the baseline.

    Args:
        curve: of :func:`lava_bccn.online.learn`, two points or more.
        p_baseline: burst probability without a teacher.

    Raises:
        InvalidInputError: a curve of fewer points.
    """
    if len(curve) < 2:
        raise InvalidInputError("a learning curve needs at least two points; the network has none")
    layers = len(curve[0].burst_prob)
    figure = Figure(figsize=(4.6 + 2.8 * layers, 3.4), layout="constrained")
    grid = figure.add_gridspec(1, 1 + layers, width_ratios=[1.7, *[1] * layers])
    axes = figure.add_subplot(grid[0, 0])
    learned = [point.learned for point in curve]
    test = [100 * point.test_accuracy for point in curve]
    axes.plot(learned, test, marker=".", label=f"test ({test[-1]:.2f} %)")
    seen = [100 * point.accuracy for point in curve]
    axes.plot(learned[1:], seen[1:], marker=".", color="0.6", label="while learning")
    lowest = min(min(test[1:]), min(seen[1:]))
    axes.set_ylim(max(0.0, lowest - 0.15 * (100 - lowest) - 1), 100)
    axes.set_xlabel("samples learned")
    axes.set_ylabel("accuracy (%)")
    axes.legend(fontsize=8, loc="lower right")
    moments = {"before": curve[0], "during": curve[len(curve) // 2], "after": curve[-1]}
    for index in range(layers):
        axes = figure.add_subplot(grid[0, 1 + index])
        for (name, point), colour in zip(moments.items(), ("0.6", "tab:orange", "C0"), strict=True):
            counts = np.asarray(point.burst_prob[index])
            edges = np.linspace(0, 2 * p_baseline, len(counts) + 1)
            axes.stairs(counts / counts.sum(), edges, color=colour, label=f"{name} learning")
        occupied = sum(np.asarray(point.burst_prob[index]) for point in moments.values()) > 0
        reach = edges[1:][occupied].max(), edges[:-1][occupied].min()
        axes.set_xlim(reach[1], reach[0])
        axes.set_yscale("log")
        layer = "output" if index == layers - 1 else f"layer {index + 1}"
        axes.set_title(f"{layer}, taught", fontsize=10)
        axes.set_xlabel("burst probability p")
        if index == 0:
            axes.set_ylabel("share of ensembles and samples")
            figure.legend(
                *axes.get_legend_handles_labels(), fontsize=8, loc="outside lower right", ncols=3
            )
    return figure
