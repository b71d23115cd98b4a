"""Networks under Dale's law in the simulator: against the equations, and while they learn."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lava_bccn
from lava_bccn import LearningConfig
from lava_bccn.dynamics import dale, rate
from lava_bccn.dynamics.constants import floating_constants
from lava_bccn.dynamics.sigmoid import SIGMOID
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.dale.layer import arrays_of
from lava_bccn.network.dale.plasticity import SIGNS
from lava_bccn.sim.dale import settle
from lava_bccn.sim.dale_learner import DaleLearner
from tests import dale_networks

FAST = LearningConfig(weight_rate=-3, bias_rate=-3, hidden_boost=(0,), decay=None)


def test_dense_interneurons_follow_the_equations():
    network = dale_networks.dense()
    inputs, targets = dale_networks.samples()
    states, _ = settle(network, inputs, targets)
    below, fed = states[0], network.layers[2].feedback
    above = states[2]
    event = dale.event_drive(
        above.event_rate @ fed.event_exc,
        above.event_rate @ fed.event_to_ndnf @ fed.event_from_ndnf,
    )
    inhibition = []
    for kind in dale.KINDS:
        to_sst, to_vip, vip_to_sst, from_sst = fed.of_kind(kind)
        rates = above.burst_rate
        inhibition.append((rates @ to_sst - rates @ to_vip @ vip_to_sst) @ from_sst)
    apical = 2.0 * (dale.burst_drive(inhibition, fed.apical_bias) + event)
    assert_allclose(states[1].apical, apical)
    constants = floating_constants(0.5)
    gated = rate.gated_apical(apical, states[1].event_rate)
    probability = rate.burst_prob(SIGMOID.hidden_modulation(gated, constants), constants)
    assert_allclose(states[1].burst_prob, probability)
    layer = network.layers[1]
    effective = layer.weight_exc - layer.weight_from_pv @ layer.weight_to_pv
    soma = below.event_rate @ effective.T
    assert_allclose(states[1].soma, soma + layer.bias)
    error = (targets - above.event_rate) * (1 - above.event_rate)
    assert_allclose(above.burst_prob, 0.5 * (1 + 0.5 * error))


def test_one_float_update_is_the_rule_clipped_at_0():
    network = dale_networks.dense()
    inputs, targets = dale_networks.samples(1)
    learner = DaleLearner(network, FAST)
    states = learner.learn(inputs[0], targets[0])
    below = inputs
    passed = (2 * 2 * 0.5, 2 * 0.5, 0.5)  # gains that the error of each layer has passed
    for before, after, state, gain in zip(
        network.layers, learner.network().layers, states, passed, strict=True
    ):
        deviation = (state.burst_rate - 0.5 * state.event_rate) / gain
        exc = before.weight_exc + 8 * dale.part_change(deviation, below)
        from_pv = before.weight_from_pv - 8 * dale.part_change(
            deviation, below @ before.weight_to_pv.T
        )
        assert_allclose(after.weight_exc, dale.one_signed(exc))
        assert_allclose(after.weight_from_pv, dale.one_signed(from_pv))
        assert_allclose(after.bias, before.bias + 8 * deviation.sum(0))
        below = state.event_rate


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_integers_learn_no_faster_than_floats_whatever_the_gains(gain):
    inputs, targets = (np.tile(each, (20, 1)) for each in dale_networks.samples(40))
    network = dale_networks.one_signed()
    layers = tuple(replace(each, feedback_gain=gain) for each in network.layers)
    exact = replace(network, layers=layers, error_scale=0.25)
    config = LearningConfig(weight_rate=6, bias_rate=6, hidden_boost=(0,), decay=None)
    moved = []
    for each in (exact, dale_networks.fixed(exact)):
        learned = lava_bccn.run(each, inputs, targets, learn=config).network
        moved.append(
            [
                2.0**before.weight_exponent
                * (after.weight_exc.astype(float) - before.weight_exc).ravel()
                for before, after in zip(each.layers, learned.layers, strict=True)
            ]
        )
    for by_floats, by_integers in zip(*moved, strict=True):
        assert by_floats @ by_integers == pytest.approx(by_floats @ by_floats, rel=0.2)


@pytest.mark.parametrize("make", [dale_networks.one_signed, dale_networks.dense])
def test_integers_learn_as_floats_do_and_keep_every_sign(make):
    inputs, targets = dale_networks.samples(40)
    networks = make(), dale_networks.fixed(make())
    inputs, targets = (np.tile(each, (10, 1)) for each in (inputs, targets))
    slow = LearningConfig(weight_rate=0, bias_rate=0, hidden_boost=(0,), decay=None)
    errors = []
    for network in networks:
        learned = lava_bccn.run(network, inputs, targets, learn=slow)
        for layer in learned.network.layers:
            for name in SIGNS:
                assert getattr(layer, name).min() >= 0
        errors.append(
            [
                np.abs(lava_bccn.run(n, inputs).outputs - targets).mean()
                for n in (network, learned.network)
            ]
        )
    (before, after), (_, in_integers) = errors
    assert after < 0.97 * before
    assert abs(in_integers - after) < 0.1 * before


def test_learning_in_parts_gives_the_bits_of_one_run():
    network = dale_networks.fixed(dale_networks.one_signed(2))
    inputs, targets = dale_networks.samples(20)
    whole = lava_bccn.run(network, inputs, targets, learn=FAST)
    first = lava_bccn.run(network, inputs[:7], targets[:7], learn=FAST)
    second = lava_bccn.run(
        first.network, inputs[7:], targets[7:], learn=FAST, learned=first.learned
    )
    for a, b in zip(whole.network.layers, second.network.layers, strict=True):
        for name, array in arrays_of(a).items():
            assert (array == getattr(b, name)).all()
    with lava_bccn.opened(network, learn=FAST) as running:
        for pair in zip(inputs, targets, strict=True):
            running.run(*pair)
        assert (running.network.layers[0].weight_exc == whole.network.layers[0].weight_exc).all()


def test_what_cannot_be_is_refused():
    network = dale_networks.fixed(dale_networks.one_signed())
    inputs, targets = dale_networks.samples(2)
    for words, options in {
        "rule='hash'": {"learn": LearningConfig(rule="engine", decay=17)},
        "nothing would learn": {"learn": LearningConfig(learns=("feedback_event",))},
        "at least n": {"learn": LearningConfig(weight_rate=-20)},
        "take one of sim, lava": {"backend": "lava-hardware"},
        "no continuous time": {"time": lava_bccn.ContinuousTime()},
    }.items():
        with pytest.raises(InvalidInputError, match=words):
            lava_bccn.run(network, inputs, targets, **options)
