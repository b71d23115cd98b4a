"""Online regression in continuous time: short runs, and the bar in full."""

from dataclasses import replace

import numpy as np
import pytest

from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.paper.regression import regression_figure
from lava_bccn.experiments.regression import RegressionConfig, regress, stimuli, student

SHORT = RegressionConfig(seconds=20, window=5)
BAR = 0.05


def test_inputs_and_targets_are_event_rates_that_depend_on_the_seed_alone():
    inputs, targets = stimuli(SHORT)
    assert inputs.shape == (1000, 3) and targets.shape == (1000, 1)
    assert inputs.min() >= 0 and inputs.max() <= 1
    assert targets.std() > 0.2  # there is something to learn
    np.testing.assert_array_equal(targets, stimuli(SHORT)[1])
    assert not np.array_equal(targets, stimuli(replace(SHORT, seed=1))[1])


def test_inputs_are_sinusoids_of_the_frequencies_asked_for():
    inputs, _ = stimuli(replace(SHORT, seconds=200))
    spectrum = np.abs(np.fft.rfft(inputs - inputs.mean(axis=0), axis=0))
    peaks = np.fft.rfftfreq(len(inputs), SHORT.time.dt)[spectrum.argmax(axis=0)]
    low, high = SHORT.frequency
    assert (peaks >= low - 0.005).all() and (peaks <= high + 0.005).all()


def test_nn_and_sim_learn_alike():
    """The same student; what differs is a step of 20 ms a hop."""
    with_hops, without = (regress(SHORT, executor) for executor in ("sim", "nn"))
    assert with_hops.error[-1] < 0.5 * with_hops.initial_error
    assert without.initial_error == with_hops.initial_error
    difference = np.sqrt(np.square(with_hops.output - without.output).mean())
    assert 0 < difference < 0.05


def test_the_error_is_a_mean_over_windows():
    result = regress(SHORT)
    squared = np.square(result.output - result.target)
    np.testing.assert_allclose(result.error, squared.reshape(4, 250).mean(axis=1))
    assert result.final_error == pytest.approx(result.error[-1])


@pytest.mark.slow
def test_learning_is_in_the_weights_and_not_in_following_the_teacher():
    result = regress(replace(SHORT, seconds=150, window=15))
    inputs, _ = stimuli(result.config)
    assert not np.array_equal(
        result.network.layers[0].weight, student(result.config, inputs).layers[0].weight
    )
    assert result.frozen_error < 0.25 * result.initial_error


def test_a_run_too_short_for_its_windows_is_refused():
    with pytest.raises(InvalidInputError, match="two windows"):
        RegressionConfig(seconds=20, window=15)


def test_nn_refuses_integers():
    with pytest.raises(InvalidInputError, match="nn has no integers"):
        regress(replace(SHORT, precision="fixed"), "nn")


def test_the_picture_has_start_end_and_errors():
    figure = regression_figure([regress(SHORT), regress(replace(SHORT, seed=1))])
    start, end, errors = figure.axes
    assert len(start.lines) == len(end.lines) == 2
    assert len(errors.lines) == 2
    assert end.lines[0].get_xdata()[-1] == pytest.approx(20 - SHORT.time.dt)


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["sim", "nn"])
@pytest.mark.parametrize("seed", range(5))
def test_the_bar(executor, seed):
    assert regress(RegressionConfig(seed=seed), executor).ratio <= BAR
