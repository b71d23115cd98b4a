"""Pictures of spiking ensembles show the numbers they claim to show."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.experiments import spiking_figures
from lava_bccn.experiments.multiplexing import Multiplexing, Response, ResponseCurves
from lava_bccn.experiments.poisson_rule import PoissonRule
from lava_bccn.experiments.regular_trains import RegularTrains
from lava_bccn.experiments.stationary import Stationary
from tests.plots.figures import unlabelled

INTERVALS, STEPS, NEURONS = 40, 2000, 10


def made_up(generator: np.random.Generator) -> Multiplexing:
    signals = generator.random((7, INTERVALS))
    flags = np.zeros((STEPS, NEURONS), dtype=np.uint8)
    flags[100, 0], flags[300, 1], flags[308, 1], flags[316, 1] = 3, 3, 5, 1
    return Multiplexing(*signals, flags=flags, interval_ms=50.0, time_step_ms=1.0)


def lines(figure) -> dict[str, np.ndarray]:
    """What is drawn, by the label of its axis."""
    return {
        axes.get_ylabel().replace("\n", " "): axes.lines[0].get_xydata()
        for axes in figure.axes
        if axes.lines and axes.get_ylabel()
    }


def test_every_signal_is_drawn_over_time(generator):
    result = made_up(generator)
    figure = spiking_figures.multiplexing_figure(result)
    assert not unlabelled(figure)
    drawn = lines(figure)
    for name, values in {
        "soma input (pA)": result.soma_input,
        "apical input (pA)": result.apical_input,
        "event rate (Hz)": result.event_rate,
        "burst rate (Hz)": result.burst_rate,
        "burst probability": result.burst_prob,
        "depressing release (1/s)": result.depressing,
        "facilitating release (1/s)": result.facilitating,
    }.items():
        np.testing.assert_allclose(drawn[name][:, 1], values)
        np.testing.assert_allclose(drawn[name][[0, -1], 0], [0.025, 1.975])
    isolated, burst = (line.get_xydata().tolist() for line in figure.axes[0].lines)
    assert isolated == [[0.1, 0]]
    assert burst == [[0.3, 1], [0.308, 1], [0.316, 1]]


@given(
    st.lists(
        st.lists(st.lists(st.integers(16, 60), min_size=1, max_size=3), max_size=6), max_size=4
    )
)
def test_bursts_are_told_from_isolated_spikes(groups):
    """Groups of one to three spikes 8 steps apart, of several neurons; what is drawn of each."""
    flags, expected = np.zeros((600, max(1, len(groups))), dtype=np.uint8), {}
    for neuron, trains in enumerate(groups):
        time = 0
        for group in trains:
            time += max(group) + 16
            for index in range(len(group)):
                flags[time + 8 * index, neuron] = (3, 5, 1)[index]
                expected[time + 8 * index, neuron] = len(group) > 1
            time += 8 * len(group)
    step, neuron, in_burst = spiking_figures.spikes_in_bursts(flags)
    drawn = dict(zip(zip(step, neuron, strict=True), in_burst, strict=True))
    assert drawn == expected


def test_response_curves_show_both_responses(generator):
    current = np.linspace(-1, 1, 5)
    soma, apical = (Response(current, *generator.random((2, 5))) for _ in range(2))
    figure = spiking_figures.response_figure(ResponseCurves(soma, apical))
    assert not unlabelled(figure)
    drawn = [axes.lines[0].get_ydata() for axes in figure.axes]
    expected = (soma.event_rate, apical.event_rate, soma.burst_prob, apical.burst_prob)
    for values in expected:
        assert any(np.array_equal(values, line) for line in drawn)


def test_releases_are_drawn_beside_their_closed_form(generator):
    rates = np.array([1.0, 10.0, 100.0])
    trains = {
        kind: RegularTrains(rates, generator.random(3), generator.random(3))
        for kind in ("depressing", "facilitating")
    }
    rule = PoissonRule(rates, rates, generator.normal(size=3), generator.random(3))
    figure = spiking_figures.synapse_figure(trains, rule, rule)
    assert not unlabelled(figure)
    transmitting, learning = figure.axes
    expected = [
        values for train in trains.values() for values in (train.release, train.closed_form)
    ]
    for line, values in zip(transmitting.lines, expected, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.stack([rates, values], axis=1))
    np.testing.assert_array_equal(learning.lines[0].get_ydata(), rule.change)


def test_a_stationary_run_shows_rates_target_potentials_currents_and_weight(generator):
    seconds = np.arange(1, 2001) * 0.05
    slow = np.linspace(0.2, 0.8, 2000)  # what is straight, smoothing leaves as it is
    names = [name for name in Stationary.__annotations__ if name not in ("seconds", "lower_spikes")]
    signals = {name: (index + 1) * slow for index, name in enumerate(names)}
    spikes = [""] * 2000
    spikes[310], spikes[744] = "0e3", "0b4 9s4"  # at 15.5 and 37.2 s
    figure = spiking_figures.stationary_figure(
        {"adapting": Stationary(seconds, **signals, lower_spikes=tuple(spikes))}
    )
    assert not unlabelled(figure)
    upper, upper_prob, raster, lower, currents, lower_prob, weight = figure.axes[:7]
    inner = slice(100, -100)
    for axes, name in ((upper, "upper"), (lower, "lower")):
        for line, what in zip(axes.lines, ("events", "bursts"), strict=False):
            expected = signals[f"{name}_{what}"]
            np.testing.assert_allclose(line.get_ydata()[inner], expected[inner])
    target = upper.lines[2].get_ydata()
    assert (np.nanmin(target), np.nanmax(target)) == (5, 10) and np.isnan(target[0])
    for axes, name in ((upper_prob, "upper"), (lower_prob, "lower")):
        np.testing.assert_array_equal(axes.lines[0].get_ydata(), signals[f"{name}_prob"])
        assert axes.lines[1].get_ydata()[0] == 0.375  # p^b
        assert f"{name} dendrite (mV)" in [other.get_ylabel() for other in figure.axes]
    total = signals["burst_current"] + signals["event_current"]
    np.testing.assert_allclose(currents.lines[2].get_ydata()[inner], total[inner])
    np.testing.assert_array_equal(weight.lines[0].get_ydata(), signals["weight"])
    event, burst = (line.get_xydata() for line in raster.lines[:2])
    np.testing.assert_allclose(event, [[0.25 * 0.95, 3]])
    np.testing.assert_allclose(burst, [[1 + 0.1 * 0.95, 4]])
