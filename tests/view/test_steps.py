"""What is shown of a network are the states that its Processes have, a hop a step."""

from itertools import chain

import numpy as np
import pytest

from lava_bccn import mapping, sim
from lava_bccn.sim.dale import settle as settle_dale
from lava_bccn.view.steps import states_over_time
from tests.dale_networks import SIZES, dense, one_signed

NAMES = ("event_rate", "burst_prob")


@pytest.mark.parametrize("precision", ["fixed", "float"])
@pytest.mark.parametrize("is_taught", [True, False])
def test_they_are_the_states_of_the_simulator_from_the_last_blank_step(
    generator, precision, is_taught
):
    rates = generator.random((4, 6))
    network = mapping.new_network((6, 5, 4, 3), rates, precision=precision)
    samples = network.quantise_inputs(rates)
    targets = network.quantise_targets(np.eye(3)[[0, 1, 2, 0]]) if is_taught else None
    blank = list(sim.hold(network, np.zeros_like(samples)))
    stimuli = chain(blank, sim.hold(network, samples, targets), [(samples, targets)])
    expected = list(sim.steps(network, stimuli))[len(blank) - 1 :]
    for index, states in enumerate(states_over_time(network, samples, targets)):
        for name in NAMES:
            values = np.stack([np.asarray(getattr(step[index], name)) for step in expected])
            shown = np.broadcast_to(values, (len(values), 4, values.shape[2]))
            np.testing.assert_allclose(
                getattr(states, name), shown * network.state_unit(name, index)
            )


@pytest.mark.parametrize("network", [one_signed(), dense()], ids=["one each", "dense"])
def test_under_dales_law_they_settle_where_the_network_does(generator, network):
    samples = network.quantise_inputs(generator.random((3, SIZES[0])))
    targets = network.quantise_targets(np.eye(SIZES[-1])[[0, 1, 2]])
    settled, _ = settle_dale(network, samples, targets)
    for states, expected in zip(states_over_time(network, samples, targets), settled, strict=True):
        for name in NAMES:
            np.testing.assert_allclose(getattr(states, name)[-1], getattr(expected, name))
