"""Spiking networks in integers: what is proved of their states holds, what cannot be is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.spiking.short_term_plasticity import StpState, transmit
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.spiking import quantise
from lava_bccn.mapping.spiking.quantise import most_released
from lava_bccn.network.spiking import HomeostaticLearning, StpParameters
from tests.spiking_networks import spiking_network

KINDS = st.builds(
    StpParameters,
    st.sampled_from([20.0, 50.0, 100.0]),
    st.sampled_from([20.0, 200.0, 390.0]),
    st.floats(0, 1),
    st.floats(0, 1),
)


@given(KINDS, st.sampled_from([5.0, 50.0, 80.0]), st.floats(0.01, 1), st.integers(0, 99))
def test_no_train_of_spikes_releases_more_than_the_bound(stp, kept_ms, share, seed):
    network = quantise(spiking_network(stp=True))
    connection = replace(network.connections[0], stp=stp)
    units, refractory = network.units, 3
    retention = units.retention("kept_ms", kept_ms)
    bound = most_released(network, connection, retention / 4096)
    constants, fires = stp.constants(units), np.random.default_rng(seed).random(1000) < share
    state, remains, last = StpState(np.array([0]), np.array([0])), np.array([0]), -refractory
    for step, fired in enumerate(fires):
        spike = fired and step - last >= refractory
        last = step if spike else last
        state, released = transmit(state, np.array([spike]), constants)
        remains = (remains * retention >> 12) + released
        assert remains[0] <= bound * 2**15


def test_receptors_that_could_leave_24_bits_are_refused():
    network = spiking_network(stp=True, receptors=True)
    feedback = network.connections[2]
    strong = replace(feedback, weight=1e5 * feedback.weight)
    with pytest.raises(InvalidInputError, match=r"receptors of 'feedback_burst_2'.*24 bits"):
        quantise(replace(network, connections=(*network.connections[:2], strong)))


@pytest.mark.parametrize("time", [0.5, 20_000.0])
def test_receptor_times_that_decays_cannot_have_are_refused(time):
    network = spiking_network(stp=True)
    odd = replace(network.connections[0], receptor_time=time)
    with pytest.raises(InvalidInputError, match="receptor_time of connection 'weight_1' is"):
        quantise(replace(network, connections=(odd,)))


def test_the_rate_of_homeostasis_must_fit_and_the_advice_does():
    network = spiking_network(stp=True)
    feedback = network.connections[3]

    def with_rate(rate):
        rule = HomeostaticLearning(rate, -100.0, 100.0)
        return replace(network, connections=(replace(feedback, homeostasis=rule),))

    with pytest.raises(InvalidInputError, match=r"take .* to ") as refused:
        quantise(with_rate(1e-9))
    least, most = str(refused.value).split("take ")[1].split(" to ")
    for rate in (float(least) * 1.05, float(most) * 0.95):
        assert quantise(with_rate(rate)).connections[0].weight.any()
    with pytest.raises(InvalidInputError, match="without limits"):
        quantise(
            replace(
                network,
                connections=(replace(feedback, homeostasis=HomeostaticLearning(1.0)),),
            )
        )
