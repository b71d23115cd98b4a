"""Feedback regimes from outside the package train, map, run everywhere and learn."""

import numpy as np
import pytest
import torch

import lava_bccn
from lava_bccn import datasets, mapping
from lava_bccn.network.regimes import BURST_REGIMES, EVENT_REGIMES, FeedbackRegime
from lava_bccn.nn import BurstLinear, burst_loss, burst_mlp

SIGNED = FeedbackRegime(
    name="signed",
    summary="random sizes with the signs of W, fixed",
    start=lambda weight, random: abs(random()) * ((weight > 0) * 2.0 - 1.0),
)
FOLLOWING = FeedbackRegime(
    name="following",
    summary="starts random, gets the updates of Y",
    start=lambda reference, random: random(),
    follows="updates",
    shares_scale=True,
)


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    for regimes, regime in ((BURST_REGIMES, SIGNED), (EVENT_REGIMES, FOLLOWING)):
        monkeypatch.setattr(regimes, "_items", dict(regimes))
        regimes.register(regime)


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


def test_a_start_of_ones_own_trains_and_maps(digits):
    generator = torch.Generator().manual_seed(0)
    model = burst_mlp((64, 32, 10), feedback="signed", generator=generator)
    readout = model[-1]
    assert torch.equal(readout.feedback_burst > 0, readout.weight > 0)
    before = readout.feedback_burst.clone()
    inputs = torch.as_tensor(digits.train_inputs, dtype=torch.float32)
    targets = torch.nn.functional.one_hot(torch.as_tensor(digits.train_labels), 10)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for batch, taught in 8 * [*zip(inputs.split(32), targets.split(32), strict=True)]:
        optimizer.zero_grad()
        burst_loss(model(batch), taught).backward()
        optimizer.step()
    assert torch.equal(readout.feedback_burst, before)
    network = mapping.from_torch(model, digits.train_inputs[:100])
    assert network.layers[1].feedback == "signed"
    predicted = lava_bccn.run(network, digits.test_inputs[:200]).predictions
    assert (predicted == digits.test_labels[:200]).mean() > 0.8


@pytest.mark.lava
def test_it_learns_to_the_same_bits_in_lava(digits):
    network = mapping.new_network(
        (64, 12, 10), digits.train_inputs[:50], feedback="signed", feedback_event="random"
    )
    inputs, targets = digits.train_inputs[:5], np.eye(10)[digits.train_labels[:5]]
    sim, lava = (
        lava_bccn.run(network, inputs, targets, learn=True, backend=backend).network
        for backend in ("sim", "lava")
    )
    for ours, theirs, first in zip(sim.layers, lava.layers, network.layers, strict=True):
        assert ours.arrays.keys() == theirs.arrays.keys()
        for name, array in ours.arrays.items():
            np.testing.assert_array_equal(array, getattr(theirs, name))
        assert not np.array_equal(ours.weight, first.weight)


def test_a_q_that_follows_gets_the_updates_of_y_online(digits):
    network = mapping.new_network(
        (64, 12, 10), digits.train_inputs[:50], feedback_event="following"
    )
    inputs, targets = digits.train_inputs[:40], np.eye(10)[digits.train_labels[:40]]
    config = lava_bccn.LearningConfig(decay=None)
    after = lava_bccn.run(network, inputs, targets, learn=config).network.layers[1]
    before = network.layers[1]
    within = (np.abs(after.feedback_event) < 127) & (np.abs(after.feedback_burst) < 127)
    moved = after.feedback_burst.astype(int) - before.feedback_burst
    followed = after.feedback_event.astype(int) - before.feedback_event
    assert moved.any()
    np.testing.assert_array_equal(moved[within], followed[within])


def test_a_q_that_follows_gets_the_updates_of_y_in_pytorch():
    layer = BurstLinear(6, 5, feedback="kolen_pollack", feedback_event="following").double()
    rates = torch.rand(4, 6, dtype=torch.float64, requires_grad=True)
    layer(rates).backward(torch.rand(4, 5, dtype=torch.float64))
    torch.testing.assert_close(layer.feedback_burst.grad, layer.weight.grad)
    torch.testing.assert_close(layer.feedback_event.grad, 0.5 * layer.weight.grad)


def test_what_follows_needs_something_to_follow():
    with pytest.raises(lava_bccn.errors.InvalidInputError, match="updates of Y"):
        BurstLinear(6, 5, feedback="random", feedback_event="following")
    with pytest.raises(lava_bccn.errors.InvalidInputError, match="updates of Y"):
        mapping.new_network(
            (6, 5, 4), np.ones((2, 6)), feedback="signed", feedback_event="following"
        )
    with pytest.raises(lava_bccn.errors.InvalidInputError, match="shares_scale"):
        FeedbackRegime("loose", "follows on another scale", SIGNED.start, follows="updates")
