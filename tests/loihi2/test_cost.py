"""Activity and cost: counts against loops by hand, and what must raise the estimates."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn import mapping
from lava_bccn.loihi2 import PUBLISHED, estimate, measure, partition
from lava_bccn.loihi2.cost import mean_tile_hops
from lava_bccn.loihi2.form import STOCK
from lava_bccn.sim import settle
from tests.conftest import integer_networks


@given(network=integer_networks(), seed=st.integers(0, 2**32 - 1))
def test_operations_are_the_synapses_that_a_message_reaches(network, seed):
    random = np.random.default_rng(seed)
    inputs = random.random((3, network.input_size)) * (random.random(network.input_size) < 0.5)
    targets = random.random((3, network.output_size))
    states, _ = settle(network, network.quantise_inputs(inputs), network.quantise_targets(targets))
    below, expected = network.quantise_inputs(inputs), np.zeros(len(network.layers))
    for index, (layer, state) in enumerate(zip(network.layers, states, strict=True)):
        for sample in range(3):
            for unit in range(layer.units_below):
                expected[index] += layer.units * (below[sample, unit] != 0)
            for unit in range(layer.units if layer.feedback_matrices is not None else 0):
                for sent in (state.event_rate, state.burst_rate):
                    expected[index - 1] += layer.units_below * (sent[sample, unit] != 0)
        below = state.event_rate
    activity = measure(network, inputs, targets)
    np.testing.assert_allclose(activity.synaptic_operations, expected / 3)
    assert activity.samples == 3
    for widest, state in zip(activity.widest_burst, states, strict=True):
        assert 2 ** int(widest) > state.burst_rate.max() >= 2 ** int(widest) // 2


@pytest.fixture
def network(generator):
    return mapping.new_network((20, 30, 30, 5), generator.random((40, 20)))


def test_silent_inputs_send_nothing(network):
    activity = measure(network, np.zeros((4, 20)))
    assert activity.input_messages == 0
    assert activity.plastic_updates[0] == 0


def test_without_a_teacher_nothing_would_change(network, generator):
    inputs = generator.random((10, 20))
    assert measure(network, inputs).plastic_updates.sum() == 0
    taught = measure(network, inputs, np.ones((10, 5)))
    # Kolen-Pollack: Y of the layers above the first changes with W.
    assert 0 < taught.plastic_updates.sum() <= 20 * 30 + 2 * (30 * 30 + 30 * 5)


def test_learning_and_activity_cost_energy_and_time(network, generator):
    placement = partition(network)
    inputs, targets = generator.random((10, 20)), np.eye(5)[np.arange(10) % 5]
    quiet = inputs * (generator.random(20) < 0.3)
    costs = [
        estimate(network, placement, measure(network, samples, teacher), learns=learns)
        for samples, teacher, learns in (
            (quiet, None, False),
            (inputs, None, False),
            (inputs, targets, True),
        )
    ]
    for less, more in itertools.pairwise(costs):
        assert less.dynamic_joule < more.dynamic_joule and less.seconds < more.seconds
        assert less.joule == less.dynamic_joule + less.static_joule
    assert costs[1].steps == 3 * STOCK.up_steps
    assert costs[2].steps == 3 * (STOCK.up_steps + STOCK.down_steps)
    # Operations alone, at 23.6 pJ, are a lower bound.
    assert costs[2].dynamic_joule > 23.6e-12 * costs[2].synaptic_operations


def test_hops_grow_with_the_patch_of_the_mesh():
    assert mean_tile_hops(4) == 0 < mean_tile_hops(16) < mean_tile_hops(120)


def test_published_figures_are_those_of_the_paper():
    learned, inferred = PUBLISHED
    assert (learned.joule, learned.seconds) == (0.59e-3, 1.5e-3)
    assert (inferred.joule, inferred.seconds) == (0.0025e-3, 0.17e-3)
    assert all("Nature Communications 15" in each.source for each in PUBLISHED)
