"""Continuous time in the simulator: its limits, and against delay-free Euler integration."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from lava_bccn import ContinuousTime, LearningConfig, mapping, run_continuous
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.torch.export import to_torch
from lava_bccn.network.plasticity import plasticity
from lava_bccn.nn.continuous import simulate
from lava_bccn.sim.settled import settle
from lava_bccn.sim.stepwise import steps

REGIME = {"feedback": "random", "feedback_event": "random", "learn_feedback_event": True}
CONFIG = LearningConfig(weight_rate=5, bias_rate=5, hidden_boost=(1,), decay=None)


def waves(count, dt):
    """Three inputs and two targets that change at every step."""
    seconds = np.arange(count)[:, None] * dt
    inputs = 0.5 + 0.5 * np.sin(seconds * [1.0, 1.7, 2.3])
    return inputs, 0.5 + 0.3 * np.sin(seconds * [0.7, 1.1])


@pytest.mark.parametrize("precision", ["float", "fixed"])
def test_what_is_held_settles_to_the_discrete_model(precision, generator):
    """To the rounding of integers: those relax to within a few units, and gate before sigmoids."""
    inputs, targets = generator.random((1, 3)), generator.random((1, 2))
    network = mapping.new_network((3, 8, 2), inputs, precision=precision, gain=2.0)
    time = ContinuousTime(dt=0.02, tau_soma=0.06, tau_apical=0.04)
    held = run_continuous(
        network, inputs.repeat(200, 0), targets.repeat(200, 0), time, record=STATE_NAMES
    )
    states, _ = settle(network, network.quantise_inputs(inputs), network.quantise_targets(targets))
    tolerance = 1e-9 if precision == "float" else 2e-3
    for index, state in enumerate(states):
        for name in ("soma", "event_rate", "burst_prob", "burst_rate"):
            settled = getattr(state, name)[0] * network.state_unit(name, index)
            last = held.values(name, index)[-1]
            np.testing.assert_allclose(last, settled, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("precision", ["float", "fixed"])
def test_steps_as_long_as_the_time_constants_are_the_discrete_model_with_hops(precision):
    inputs, targets = waves(40, 0.3)
    network = mapping.new_network((3, 8, 2), inputs, precision=precision, gain=2.0)
    time = ContinuousTime(dt=0.3, tau_soma=0.3, tau_apical=0.3)
    result = run_continuous(network, inputs, targets, time, record=("soma", "event_rate"))
    stimuli = [
        (network.quantise_inputs(inputs[i : i + 1]), network.quantise_targets(targets[i : i + 1]))
        for i in range(40)
    ]
    discrete = list(steps(network, stimuli))
    for index, states in enumerate(result.states):
        for name in ("soma", "event_rate"):
            expected = np.concatenate([getattr(step[index], name) for step in discrete])
            np.testing.assert_allclose(getattr(states, name), expected, rtol=1e-12, atol=1e-12)


def delay_free(network, inputs, targets, time, config):
    model = to_torch(network, torch.float64)
    states = simulate(
        model,
        torch.from_numpy(inputs),
        torch.from_numpy(targets),
        time,
        plasticity(network, config),
    )
    return states[-1].event_rate.numpy(), model


def test_hop_delays_vanish_with_the_step():
    """The delayed execution is a first-order approximation: half the step, about half the error."""
    distances = []
    for halvings in (0, 1, 2):
        dt = 0.04 / 2**halvings
        inputs, targets = waves(round(20 / dt), dt)
        network = mapping.new_network((3, 8, 2), inputs, precision="float", gain=2.0, **REGIME)
        config = LearningConfig(
            weight_rate=5 + halvings,
            bias_rate=5 + halvings,
            feedback_event_rate=2 + halvings,
            decay=None,
        )
        time = ContinuousTime(dt=dt)
        delayed = run_continuous(network, inputs, targets, time, learn=config)
        reference, model = delay_free(network, inputs, targets, time, config)
        distances.append(np.sqrt(np.square(delayed.event_rate - reference).mean()))
        moved = np.abs(model[1].weight.detach().numpy() - network.layers[0].weight).max()
        assert moved > 0.05  # the layer below the output has learned
    assert distances[0] < 0.05
    for coarse, fine in pairwise(distances):
        assert 1.5 < coarse / fine < 2.7


def test_integers_follow_the_floating_point_run():
    inputs, targets = waves(500, 0.02)
    network = mapping.new_network((3, 8, 2), inputs, precision="float", gain=2.0)
    fixed = mapping.quantise(network, inputs, weight_range=(4.0, 4.0), event_bits=12)
    rates = [run_continuous(each, inputs, targets).event_rate for each in (network, fixed)]
    np.testing.assert_allclose(*rates, atol=0.02)


def test_a_time_constant_too_long_for_the_integers_is_refused():
    inputs, targets = waves(5, 0.02)
    network = mapping.new_network((3, 4, 2), inputs)
    with pytest.raises(InvalidInputError, match="tau_soma"):
        run_continuous(network, inputs, targets, ContinuousTime(tau_soma=1e4))
