"""Feedback that is silent at rest, at any event rate, and sees bursts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.xor_circuit import STP
from lava_bccn.mapping.spiking import FEEDBACK_CHANNELS, FeedbackChannel, balance_feedback
from lava_bccn.network.spiking import Connection, NeuronParameters, Population, SpikingNetwork
from lava_bccn.network.spiking.stp import (
    DEPRESSING,
    FACILITATING,
    FAST_FACILITATING,
    SLOW_DEPRESSING,
)
from lava_bccn.sim.spiking import SpikingSimulator

NEURON = replace(STP.neuron, soma_background=STP.soma_background, soma_noise=STP.output_noise)


def test_two_channels_are_silent_at_rest_and_tell_bursts():
    balance = balance_feedback(NEURON, highest_hz=12.0)
    assert balance.max_residual_hz < 0.2
    assert balance.burst_prob == pytest.approx(0.25, abs=0.02)
    # Another ensemble, at other rates, with its dendrite driven up and down.
    read, delta = _read_out(balance, np.repeat([180.0, 280.0], 3), np.tile([-30.0, 0.0, 30.0], 2))
    assert np.abs(read - delta).max() < 0.35
    assert np.corrcoef(read, delta)[0, 1] > 0.98


def _read_out(balance, soma, apical):
    """What a dendrite sees in Hz of δ, and δ, for each pair of currents."""
    synapses = (FAST_FACILITATING, *(channel.stp for channel in FEEDBACK_CHANNELS))
    every = np.arange(400, dtype=np.int32)
    connections = tuple(
        Connection(f"{k}", "a", "b", "apical", "spikes", every, 0 * every, 0.0 * every, stp=stp)
        for k, stp in enumerate(synapses)
    )
    network = SpikingNetwork((Population("a", 1, 400, NEURON), Population("b", 1, 1)), connections)
    currents = (np.stack([each, 0 * each], axis=1) for each in (soma, apical))
    result = SpikingSimulator(network, seed=7).run(*currents, sample_steps=4000)
    released = [result.transmitted(f"{k}") for k in range(len(synapses))]
    inhibition = sum(q * r for q, r in zip(balance.shares, released[1:], strict=True))
    read = (released[0] - inhibition - balance.offset_hz) / balance.gain
    bursts, events = result.burst_rate("a")[:, 0], result.event_rate("a")[:, 0]
    return read, bursts - balance.burst_prob * events


@pytest.mark.slow
def test_channels_that_cannot_balance_are_refused_with_what_is_left_where():
    one = (FeedbackChannel("depressing", SLOW_DEPRESSING),)
    with pytest.raises(
        InvalidInputError,
        match=r"'depressing' cannot balance .* \+\d\.\d+ Hz at 0\.\d Hz, .* more than 0.4 Hz",
    ):
        balance_feedback(NEURON, channels=one)
    with pytest.raises(InvalidInputError, match=r"\(none\) cannot balance"):
        balance_feedback(NEURON, channels=())
    # Both ways out that the message names.
    assert balance_feedback(NEURON, channels=one, highest_hz=8.0).max_residual_hz < 0.4
    assert balance_feedback(NEURON, channels=one, max_residual_hz=3.0).max_residual_hz > 0.4


def test_one_channel_of_the_published_synapses_leaves_more_than_two_of_ours():
    published = (FeedbackChannel("depressing", DEPRESSING),)
    one = balance_feedback(NEURON, FACILITATING, published, highest_hz=12.0, max_residual_hz=1000.0)
    assert one.max_residual_hz > 5 * balance_feedback(NEURON, highest_hz=12.0).max_residual_hz


def test_shares_are_inhibition():
    # A second facilitating channel can only make it worse: it gets nothing, not a negative share.
    channels = (*FEEDBACK_CHANNELS, FeedbackChannel("same", FAST_FACILITATING))
    balance = balance_feedback(NEURON, channels=channels, highest_hz=12.0, max_residual_hz=1e9)
    assert min(balance.shares) >= 0


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(InvalidInputError, match=r"at most .* lower highest_hz"):
        balance_feedback(NEURON, highest_hz=500.0)
    with pytest.raises(InvalidInputError, match="highest_hz must be"):
        balance_feedback(NEURON, lowest_hz=5.0, highest_hz=2.0)
    with pytest.raises(InvalidInputError, match="neuron must be a NeuronParameters"):
        balance_feedback("neuron")
    with pytest.raises(InvalidInputError, match="make no more bursts"):
        balance_feedback(NeuronParameters(dendrite_background=-1e4))
