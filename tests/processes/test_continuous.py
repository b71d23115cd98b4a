"""Continuous time in Lava: the simulator's bits while inputs, teachers and weights change."""

import numpy as np
import pytest

from lava_bccn import ContinuousTime, LearningConfig, mapping, run_continuous
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.learning import PATHWAYS
from tests.conftest import REGIMES, regime_name

CONFIG = LearningConfig(weight_rate=4, bias_rate=4, feedback_event_rate=3, decay=8, seed=5)
TIME = ContinuousTime(dt=0.02, tau_soma=0.08, tau_apical=0.05)


def assert_same_run(network, steps, config):
    seconds = np.arange(steps)[:, None] * TIME.dt
    inputs = 0.5 + 0.5 * np.sin(seconds * np.linspace(1, 9, network.input_size))
    targets = 0.5 + 0.4 * np.sin(seconds * np.linspace(0.7, 3, network.output_size))
    targets[steps // 4 : steps // 3] = -1  # the teacher leaves for a while
    sim, lava = (
        run_continuous(
            network, inputs, targets, TIME, backend=name, learn=config, record=STATE_NAMES
        )
        for name in ("sim", "lava")
    )
    for first, second in zip(sim.states, lava.states, strict=True):
        for name in STATE_NAMES:
            if getattr(first, name) is not None:
                assert_equal(getattr(first, name), getattr(second, name), name)
    np.testing.assert_array_equal(sim.saturations, lava.saturations)
    assert sim.learning_saturations == lava.learning_saturations
    for before, first, second in zip(
        network.layers, sim.network.layers, lava.network.layers, strict=True
    ):
        for name in PATHWAYS:
            if getattr(first, name) is not None:
                assert_equal(getattr(first, name), getattr(second, name), name)
        if config is not None:
            assert not np.array_equal(before.weight, first.weight)


def assert_equal(first, second, name):
    """The same integers; in floating point to the order of summation."""
    if np.issubdtype(first.dtype, np.integer):
        np.testing.assert_array_equal(first, second, name)
    np.testing.assert_allclose(first, second, rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("precision", ["float", "fixed"])
@pytest.mark.parametrize("regime", [REGIMES[0], REGIMES[6]], ids=regime_name)
def test_every_step_is_that_of_the_simulator(regime, precision, generator):
    network = mapping.new_network(
        (3, 6, 4, 2), generator.random((20, 3)), precision=precision, **regime
    )
    assert_same_run(network, 60, CONFIG)


def test_without_learning(generator):
    network = mapping.new_network((3, 6, 2), generator.random((20, 3)))
    assert_same_run(network, 30, None)


def test_hard_sigmoids_have_inertia_too(generator):
    network = mapping.new_network(
        (3, 6, 4, 2), generator.random((20, 3)), precision="float", activation="hard_sigmoid"
    )
    assert_same_run(network, 60, CONFIG)


def test_integers_of_hard_sigmoids_are_too_coarse(generator):
    network = mapping.new_network((3, 6, 2), generator.random((20, 3)), activation="hard_sigmoid")
    with pytest.raises(InvalidInputError, match=r"hard_sigmoid.*too coarse.*precision='float'"):
        run_continuous(network, np.zeros((4, 3)), None, TIME)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float", "fixed"])
@pytest.mark.parametrize("regime", REGIMES, ids=regime_name)
def test_every_regime_over_1000_steps(regime, precision, generator):
    network = mapping.new_network(
        (3, 20, 1), generator.random((20, 3)), precision=precision, **regime
    )
    assert_same_run(network, 1000, CONFIG)
