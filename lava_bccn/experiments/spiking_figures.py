"""Pictures of spiking ensembles. Every function returns a matplotlib figure and shows nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from lava_bccn.dynamics.spiking.neuron import BURST, EVENT
from lava_bccn.experiments.multiplexing import Multiplexing, Response, ResponseCurves
from lava_bccn.experiments.poisson_rule import PoissonRule
from lava_bccn.experiments.regular_trains import RegularTrains
from lava_bccn.experiments.spike_text import spikes_from_text
from lava_bccn.experiments.spiking_classification import ClassifierResult
from lava_bccn.experiments.stationary import (
    INTERVAL_MS,
    SHOWN_NEURONS,
    WINDOW,
    WINDOWS,
    Stationary,
)
from lava_bccn.experiments.stationary_circuit import CIRCUITS, MAX_WEIGHT, target_hz
from lava_bccn.plots import COLOURS, panels, style

EVENT_COLOUR, BURST_COLOUR = COLOURS[0], COLOURS[1]
SOMA_COLOUR, APICAL_COLOUR = "0.4", COLOURS[3]


@style()
def multiplexing_figure(result: Multiplexing) -> Figure:
    """Spikes of some neurons, and what the ensemble sends and its synapses transmit over time.

    Each kind of release is drawn over the signal that it should follow, and each signal over the
    input that should move it, with scales of their own. Without spikes there is no raster.

    Args:
        result: of :func:`lava_bccn.experiments.multiplexing.multiplexing`.
    """
    rows = 5 if result.flags.size else 4
    heights = [1.6, 1, 1, 1, 1][-rows:]
    figure, axes = panels((11, 9 if rows == 5 else 6.5), rows, sharex=True, height_ratios=heights)
    events, depressing, bursts, facilitating = axes[-4:]
    if result.flags.size:
        _raster(axes[0], result)
    time = (np.arange(len(result.event_rate)) + 0.5) * result.interval_ms / 1000
    (of_events, _), (_, of_bursts) = result.correlations
    _over(events, time, result.event_rate, "event rate (Hz)", EVENT_COLOUR)
    _behind(events, time, result.soma_input, "soma input (pA)", SOMA_COLOUR)
    _over(depressing, time, result.depressing, "depressing\nrelease (1/s)", "black")
    _behind(depressing, time, result.event_rate, "event rate (Hz)", EVENT_COLOUR)
    _note(depressing, f"correlation with the event rate: {of_events:.2f}")
    _over(bursts, time, result.burst_prob, "burst\nprobability", BURST_COLOUR)
    _behind(bursts, time, result.apical_input, "apical input (pA)", APICAL_COLOUR)
    _over(facilitating, time, result.facilitating, "facilitating\nrelease (1/s)", "black")
    _behind(facilitating, time, result.burst_rate, "burst rate (Hz)", BURST_COLOUR)
    _note(facilitating, f"correlation with the burst rate: {of_bursts:.2f}")
    facilitating.set_xlabel("time (s)")
    facilitating.set_xlim(0, len(result.event_rate) * result.interval_ms / 1000)
    figure.align_ylabels()
    return figure


@style()
def classification_figure(results: Sequence[ClassifierResult]) -> Figure:
    """What the outputs got right while they learned, and in the test, by seed.

    Args:
        results: of :func:`lava_bccn.experiments.spiking_classification.train`.
    """
    figure, (axes,) = panels((5, 3.4))
    for number, result in enumerate(results):
        shares = 100 * result.online_accuracy
        epochs = np.arange(1, len(shares) + 1)
        colour, seed = COLOURS[number % len(COLOURS)], result.config.seed
        axes.plot(epochs, shares, color=colour, marker=".", label=f"seed {seed}, while it learns")
        axes.plot(len(shares), 100 * result.test_accuracy, "*", color=colour, label="test")
    axes.set(xlabel="epoch", ylabel="right (%)", ylim=(0, 100))
    axes.legend()
    return figure


def spikes_in_bursts(
    flags: NDArray[np.uint8],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """Which spikes belong to bursts.

    Args:
        flags: (steps, neurons) of every neuron; a burst that began before the first step counts as
            one if its second spike comes later.

    Returns:
        step and neuron of each spike, and whether its group of spikes is a burst, each (spikes,).
    """
    neuron, step = np.nonzero(flags.T)
    sent = flags[step, neuron]
    starts = (sent & EVENT) != 0
    starts[np.flatnonzero(np.diff(neuron, prepend=-1))] = True
    group = np.cumsum(starts) - 1
    is_burst = np.zeros(group.max(initial=-1) + 1, dtype=bool)
    is_burst[group[(sent & BURST) != 0]] = True
    return step, neuron, is_burst[group]


def _raster(axes: Axes, result: Multiplexing) -> None:
    step, neuron, in_burst = spikes_in_bursts(result.flags)
    seconds = step * result.time_step_ms / 1000
    for chosen, colour, name in (
        (~in_burst, EVENT_COLOUR, "isolated spike"),
        (in_burst, BURST_COLOUR, "burst"),
    ):
        axes.plot(seconds[chosen], neuron[chosen], "|", color=colour, ms=3, label=name)
    axes.set_ylim(-1, result.flags.shape[1])
    axes.set_yticks([])
    axes.set_ylabel(f"{result.flags.shape[1]} neurons")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, markerscale=2)


def _over(
    axes: Axes, time: NDArray[np.float64], values: NDArray[np.float64], name: str, colour: str
) -> None:
    axes.plot(time, values, color=colour, lw=1.2)
    axes.set_ylabel(name, color=colour)


def _behind(
    axes: Axes, time: NDArray[np.float64], values: NDArray[np.float64], name: str, colour: str
) -> None:
    """Another signal on a scale of its own, faint and behind the first."""
    behind = axes.twinx()
    behind.spines["right"].set_visible(True)
    behind.plot(time, values, color=colour, lw=2.5, alpha=0.35)
    behind.set_ylabel(name, color=colour)
    axes.set_zorder(behind.get_zorder() + 1)
    axes.patch.set_visible(False)


def _note(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="right", pad=2)


@style()
def response_figure(curves: ResponseCurves) -> Figure:
    """What currents into the somata, and into the dendrites, do to events and to bursts.

    Args:
        curves: of :func:`lava_bccn.experiments.multiplexing.response_curves`.
    """
    figure, both = panels((9, 3.6), columns=2, sharey=True)
    responses = (("soma", curves.soma), ("apical dendrite", curves.apical))
    highest_rate = max(float(np.nanmax(response.event_rate)) for _, response in responses)
    for column, (axes, (place, response)) in enumerate(zip(both, responses, strict=True)):
        _response(axes, response, place, is_last=column == 1)
        axes.set_ylim(0, 1.08 * highest_rate)
        axes.tick_params(axis="y", labelleft=column == 0)
        if column == 0:
            axes.set_ylabel("event rate (Hz)", color=EVENT_COLOUR)
    return figure


def _response(axes: Axes, response: Response, place: str, is_last: bool) -> None:
    axes.plot(response.current, response.event_rate, marker=".", color=EVENT_COLOUR)
    axes.set_title(f"current into the {place}")
    axes.set_xlabel("current from the working point (pA)")
    probability = axes.twinx()
    probability.spines["right"].set_visible(True)
    probability.plot(response.current, response.burst_prob, marker=".", color=BURST_COLOUR)
    probability.set_ylim(0, 1)
    probability.tick_params(labelright=is_last)
    if is_last:
        probability.set_ylabel("burst probability", color=BURST_COLOUR)


@style()
def synapse_figure(
    trains: Mapping[str, RegularTrains], equal: PoissonRule, held: PoissonRule
) -> Figure:
    """What synapses release of regular trains, and how they learn from Poisson trains.

    Args:
        trains: by kind of synapse.
        equal: presynaptic and postsynaptic rates are the same.
        held: the postsynaptic rate stays.
    """
    figure, (transmitting, learning) = panels((9, 3.6), columns=2)
    for colour, (kind, result) in zip((EVENT_COLOUR, BURST_COLOUR), trains.items(), strict=True):
        transmitting.plot(result.rate, result.release, ".", color=colour, label=kind)
        transmitting.plot(result.rate, result.closed_form, color=colour, lw=1, alpha=0.6)
    transmitting.set_xscale("log")
    transmitting.set_title("lines: closed form")
    transmitting.set_ylabel("release per spike")
    transmitting.set_xlabel("regular train (Hz)")
    rates = f"postsynaptic {held.postsynaptic_rate[0]:g} Hz"
    for rule, name, colour in ((equal, "both rates", "black"), (held, rates, "0.6")):
        learning.errorbar(
            rule.presynaptic_rate, rule.change, rule.error, color=colour, marker=".", label=name
        )
    learning.axhline(0, color="0.8", lw=1, zorder=0)
    learning.set_ylabel("change of a weight (η per second)")
    learning.set_xlabel("presynaptic Poisson train (Hz)")
    for axes in (transmitting, learning):
        axes.legend()
    return figure


SMOOTHED_S = 0.25
"""Standard deviation of the Gaussian that smooths what :func:`stationary_figure` draws."""


@style()
def stationary_figure(runs: Mapping[str, Stationary]) -> Figure:
    """A column a run, from the upper ensemble's rates and target down to the learned weight.

    Args:
        runs: of :func:`lava_bccn.experiments.stationary.stationary`, by form.
    """
    figure, axes = panels((5 * len(runs), 13), 7, len(runs))
    for index, (name, run) in enumerate(runs.items()):
        column = axes[index :: len(runs)]
        column[0].set_title(name)
        _stationary(column, run, CIRCUITS[name].p_baseline if name in CIRCUITS else None)
    figure.align_ylabels()
    return figure


def _stationary(column: Sequence[Axes], run: Stationary, p_baseline: float | None) -> None:
    """The panels of a run, drawn between a tenth and nine tenths of it."""
    length = float(run.seconds[-1])
    step = run.seconds[0]
    smooth = {
        name: gaussian_filter1d(values, SMOOTHED_S / step)
        for name, values in vars(run).items()
        if name not in ("seconds", "lower_spikes")
    }
    upper, upper_prob, raster, lower, currents, lower_prob, weight = column
    for axes, name in ((upper, "upper"), (lower, "lower")):
        axes.plot(run.seconds, smooth[f"{name}_events"], color=EVENT_COLOUR, lw=1, label="events")
        axes.plot(run.seconds, smooth[f"{name}_bursts"], color=BURST_COLOUR, lw=1, label="bursts")
        axes.set_ylabel(f"{name} (Hz)")
    target = target_hz(run.seconds - step, length)
    upper.plot(run.seconds, np.where(target < 0, np.nan, target), color="black", label="target")
    upper.legend(loc="upper right")
    for axes, name in ((upper_prob, "upper"), (lower_prob, "lower")):
        _over(axes, run.seconds, vars(run)[f"{name}_prob"], f"{name} burst prob.", BURST_COLOUR)
        potential = smooth[f"{name}_dendrite"]
        _behind(axes, run.seconds, potential, f"{name} dendrite (mV)", APICAL_COLOUR)
        if p_baseline is not None:
            axes.axhline(p_baseline, color="black", lw=0.8, linestyle=":")
    for name, colour in (("burst_current", BURST_COLOUR), ("event_current", EVENT_COLOUR)):
        currents.plot(run.seconds, smooth[name], color=colour, lw=1)
    currents.plot(
        run.seconds, smooth["burst_current"] + smooth["event_current"], color="black", lw=0.8
    )
    currents.set_ylabel("into lower dendrite\n(pA; black: sum)")
    weight.plot(run.seconds, run.weight, color="black")
    weight.set(ylabel="mean weight", xlabel="time (s)", ylim=(0, MAX_WEIGHT))
    for axes in (upper, upper_prob, lower, currents, lower_prob, weight):
        axes.set_xlim(0.1 * length, 0.9 * length)
        axes.tick_params(labelbottom=axes is weight)
    _windows(raster, run, length)


def _windows(axes: Axes, run: Stationary, length: float) -> None:
    """Events and bursts of some lower neurons, one window after the other."""
    flags = spikes_from_text(run.lower_spikes, INTERVAL_MS, SHOWN_NEURONS)
    for kind, colour in ((EVENT, EVENT_COLOUR), (BURST, BURST_COLOUR)):
        step, neuron = np.nonzero(flags & kind)
        share = step / len(flags)
        window = np.searchsorted(WINDOWS, share + 1e-9) - 1
        places = window + (share - np.array(WINDOWS)[window]) / WINDOW * 0.95
        axes.plot(places, neuron, "|", color=colour, ms=4)
    axes.set_xlim(0, len(WINDOWS))
    axes.set_ylim(-1, SHOWN_NEURONS)
    axes.set_yticks([])
    names = [f"{w * length:g} to {(w + WINDOW) * length:g} s" for w in WINDOWS]
    axes.set_xticks(np.arange(len(WINDOWS)) + 0.5, names)
    for border in range(1, len(WINDOWS)):
        axes.axvline(border - 0.025, color="0.7", lw=1)
    axes.set(xlabel="window of time", ylabel=f"{SHOWN_NEURONS} lower neurons")
