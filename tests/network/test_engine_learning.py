"""What of a network the learning engine can learn, and what it says of the rest."""

from dataclasses import replace

import numpy as np
import pytest

from lava_bccn.dynamics.engine_plasticity import MAX_SENT_TRACE
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping import new_network
from lava_bccn.network.engine_learning import engine_layers
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.learning import LearningConfig

CONFIG = LearningConfig(weight_rate=2, hidden_boost=(2,), halve_at=(10, 20), rule="engine")


def network(**options):
    inputs = np.random.default_rng(0).random((20, 6))
    return new_network((6, 5, 4, 3), inputs, **({"feedback": "kolen_pollack"} | options))


def test_rates_halve_in_every_layer():
    layers = engine_layers(network(), CONFIG)
    for layer in layers:
        exponents = [layer.at(sample).trace_exponent for sample in (0, 10, 20)]
        assert exponents == [exponents[0], exponents[0] + 1, exponents[0] + 2]
        assert layer.at(0).exponent == 0


def test_who_sends_to_a_y_that_learns_keeps_its_traces_to_what_a_payload_holds():
    layers = engine_layers(network(), CONFIG)
    assert [layer.trace_limit for layer in layers] == [127, MAX_SENT_TRACE, MAX_SENT_TRACE]
    layers = engine_layers(network(feedback="random"), CONFIG)
    assert [layer.trace_limit for layer in layers] == [127, 127, 127]
    assert not any(layer.follows for layer in layers)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"event_bits": 10}, "event rates of 10 bits"),
        ({"precision": "float"}, "floating point"),
        ({"feedback": "tied"}, "layer 2 \\(feedback 'tied'"),
        ({"feedback_event": "random"}, "Q 'random'"),
        ({"feedback": "random", "learn_feedback_burst": True}, "which learns"),
    ],
)
def test_networks_without_a_rule_are_refused(options, reason):
    with pytest.raises(InvalidInputError, match=reason):
        engine_layers(network(**options), CONFIG)


def test_a_network_without_feedback_is_refused():
    given = network()
    bare = [
        replace(each, feedback_burst=None, feedback_event=None, feedback=None)
        for each in given.layers
    ]
    with pytest.raises(InvalidInputError, match="layer 2 was mapped without feedback"):
        engine_layers(replace(given, layers=tuple(bare)), CONFIG)


def test_feedback_that_follows_on_another_scale_is_refused():
    given = network()
    last = replace(given.layers[-1], feedback_exponent=-4)
    with pytest.raises(InvalidInputError, match="feedback of layer 3 follows W"):
        engine_layers(replace(given, layers=(*given.layers[:-1], last)), CONFIG)


def test_a_rate_that_only_halving_makes_impossible_is_refused_at_once():
    config = replace(CONFIG, halve_at=tuple(range(1, 30)))
    with pytest.raises(InvalidInputError, match=r"its rates are 2\^-n with n from"):
        engine_layers(network(), config)


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ((33_000, 2, 2), "layer 1 has 33004 units below, constant inputs included"),
        ((4, 2, 2100), "layer 2 has 2100 units"),
    ],
)
def test_sums_that_could_leave_their_bits_are_refused(sizes, reason):
    inputs = np.zeros((2, sizes[0]))
    with pytest.raises(InvalidInputError, match=reason):
        engine_layers(new_network(sizes, inputs, weight_bits=6), CONFIG)


def test_weights_of_fewer_bits_need_tags():
    config = replace(CONFIG, engine=EngineOptions(engine="direct"))
    with pytest.raises(InvalidInputError, match="not of 5; take engine='integer_tag'"):
        engine_layers(network(weight_bits=5), config)
    for engine in ("integer_tag", "tag"):
        engine_layers(network(weight_bits=5), replace(CONFIG, engine=EngineOptions(engine=engine)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rule": "host"}, "rule must be"),
        ({"rule": "hash", "engine": EngineOptions(half=16)}, "take rule='engine'"),
        ({"bias_rate": 5}, "bias_rate is of rule 'hash'"),
        ({"decay": None}, "its decay is engine.decay"),
        ({"learns": ("weight",)}, "learns is of rule 'hash'"),
    ],
)
def test_settings_that_a_rule_does_not_read_are_refused(changes, reason):
    with pytest.raises(InvalidInputError, match=reason):
        replace(CONFIG, **changes)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"engine": "host"}, "engine must be"),
        ({"half": 48}, "half must be"),
        ({"rounding": "none"}, "rounding must be"),
        ({"rounds_traces": "shared"}, "rounds_traces must be"),
        ({"constants": -1}, "constants must be"),
        ({"engine": "direct", "decay": 3}, "weights decay through their tags"),
    ],
)
def test_options_are_checked(options, reason):
    with pytest.raises(InvalidInputError, match=reason):
        EngineOptions(**options)
