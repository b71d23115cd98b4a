"""Networks are prepared once: the same object while they live, and never that of another."""

import copy
import gc
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import lava_bccn
from lava_bccn import mapping
from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.network.learned import with_weights
from lava_bccn.sim.prepared import prepared
from lava_bccn.sim.settled import settle

INPUTS = np.random.default_rng(1).random((4, 6))


@pytest.fixture(params=["fixed", "float"])
def network(request):
    return mapping.new_network((6, 5, 3), INPUTS, precision=request.param)


def test_a_network_is_prepared_once(network):
    assert prepared(network) is prepared(network)
    other = with_weights(network, [{"bias": layer.bias + 1} for layer in network.layers])
    assert prepared(other) is not prepared(network)


def test_it_settles_as_anything_else_does(network):
    samples = network.quantise_inputs(INPUTS)
    targets = network.quantise_targets(np.full((4, 3), 0.5))
    for taught in (None, targets):
        ours = prepared(network).settler(len(samples), len(samples))(samples, taught)
        theirs = settle(network, samples, taught)
        np.testing.assert_array_equal(ours[1], theirs[1])
        for first, second in zip(ours[0], theirs[0], strict=True):
            np.testing.assert_array_equal(first.burst_rate, second.burst_rate)


def test_threads_share_what_is_prepared(network):
    import lava_bccn.sim.batch  # so that samples settle in compiled code from the first one on

    samples = np.random.default_rng(2).random((400, 6))
    with ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda sample: lava_bccn.run(network, sample[None]), samples)
        rates = [result.event_rate[0] for result in results]
    whole = lava_bccn.run(network, samples).event_rate
    np.testing.assert_allclose(rates, whole, atol=0 if network.number_format else 1e-12)


def test_what_is_prepared_goes_with_its_network(network):
    ready = weakref.ref(prepared(network).connections)
    gone = mapping.new_network((6, 5, 3), INPUTS)
    of_gone = weakref.ref(prepared(gone).connections)
    del gone
    gc.collect()
    assert ready() is not None and of_gone() is None


@pytest.mark.parametrize("again", [copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_a_copy_whose_weights_can_be_changed_is_prepared_at_every_call(network, again):
    """Neither deepcopy nor pickle keeps arrays read-only."""
    copied = again(network)
    before = lava_bccn.run(copied, INPUTS).event_rate
    np.testing.assert_array_equal(before, lava_bccn.run(network, INPUTS).event_rate)
    copied.layers[0].weight[:] = 0
    assert (lava_bccn.run(copied, INPUTS).event_rate != before).any()


def test_an_activation_that_is_registered_anew_is_taken(network, monkeypatch):
    before = lava_bccn.run(network, INPUTS).event_rate
    monkeypatch.setattr(ACTIVATIONS, "_items", dict(ACTIVATIONS))
    other = copy.copy(ACTIVATIONS["hard_sigmoid"])
    object.__setattr__(other, "name", "sigmoid")
    ACTIVATIONS.register(other, replace=True)
    assert (lava_bccn.run(network, INPUTS).event_rate != before).any()
