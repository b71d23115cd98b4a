"""What learns in which regime, and rates that cannot work."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn import LearningConfig, mapping
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.synapses import IntegerSynapses
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.plasticity import plasticity
from lava_bccn.network.rates import sharing_places
from lava_bccn.nn import ConvolutionSpec
from tests.conftest import REGIMES, regime_name


@pytest.fixture
def inputs(generator):
    return generator.random((30, 12))


def new(inputs, **options):
    return mapping.new_network((12, 8, 4), inputs, **options)


@pytest.mark.parametrize("regime", REGIMES, ids=regime_name)
def test_what_follows_has_the_rule_and_the_draws_of_what_it_follows(inputs, regime):
    layer = plasticity(new(inputs, **regime), LearningConfig())[1]
    if regime["feedback"] in ("tied", "kolen_pollack"):
        assert layer.feedback_burst == layer.weight
    elif regime.get("learn_feedback_burst"):
        assert layer.feedback_burst.rule == "homeostatic" and layer.feedback_burst.sign == -1
    else:
        assert layer.feedback_burst is None
    if "feedback_event" not in regime:
        assert layer.feedback_event == layer.feedback_burst
    elif regime.get("learn_feedback_event"):
        assert layer.feedback_event.rule == "homeostatic" and layer.feedback_event.sign == 1
    else:
        assert layer.feedback_event is None


def test_each_connection_draws_its_own_numbers(inputs):
    network = mapping.new_network(
        (12, 8, 6, 4),
        inputs,
        feedback="random",
        feedback_event="random",
        learn_feedback_burst=True,
        learn_feedback_event=True,
    )
    rules = [
        getattr(layer, name)
        for layer in plasticity(network, LearningConfig())
        for name in ("weight", "bias", "feedback_burst", "feedback_event")
    ]
    keys = [rule.connection for rule in rules if rule is not None]
    decays = [rule.connection + 1 for rule in rules if isinstance(rule, IntegerSynapses)]
    assert len(set(keys) | set(decays)) == len(keys) + len(decays)


@pytest.mark.parametrize(
    ("learns", "learning"),
    [
        (("weight",), {"weight"}),
        (("weight", "feedback_burst"), {"weight", "feedback_burst", "feedback_event"}),
        (("bias",), {"bias"}),
    ],
)
def test_pathways_can_be_switched_off(inputs, learns, learning):
    layer = plasticity(new(inputs), LearningConfig(learns=learns))[1]
    found = {name for name, rule in vars(layer).items() if rule is not None}
    assert found == learning


def test_hidden_layers_learn_faster_and_all_decay_alike(inputs):
    network = mapping.new_network((12, 8, 7, 6, 4), inputs)
    config = LearningConfig(weight_rate=5, bias_rate=4, hidden_boost=(3, 1), decay=10)
    layers = plasticity(network, config)
    assert [layer.weight.schedule.rate for layer in layers] == [2, 4, 4, 5]
    assert [layer.bias.schedule.rate for layer in layers] == [1, 3, 3, 4]
    assert {layer.weight.schedule.decay_at(63) for layer in layers} == {5 + 10 - 6}


def test_rates_halve_on_time():
    schedule = LearningConfig(weight_rate=3, halve_at=(10, 20), hidden_boost=()).schedule(
        "weight", 0, 2
    )
    assert [schedule.rate_at(sample) for sample in (0, 9, 10, 19, 20, 99)] == [3, 3, 4, 4, 5, 5]
    assert LearningConfig.evenly(3, 6, 400) == (100, 200, 300)
    assert LearningConfig.evenly(3, 3, 400) == ()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"weight_rate": 25}, r"never changes weight of layer .*at most n = \d+ \(--rate \d+\)"),
        (
            {"weight_rate": 3, "halve_at": tuple(range(1, 24)), "decay": None},
            r"2\^-26 after 23 halvings.* never changes weight of layer .* \(--final-rate 2\d\)",
        ),
        (
            {"weight_rate": -8},
            r"2\^8 and a hidden_boost of .*one sample can change weight",
        ),
        ({"decay": 0}, r"a decay of d = 0 .*takes 2\^.* of weight of layer"),
    ],
)
def test_rates_that_cannot_work_are_refused_with_the_numbers(inputs, config, message):
    with pytest.raises(InvalidInputError, match=message):
        plasticity(new(inputs), LearningConfig(**config))


@pytest.mark.parametrize("rate", [31, -20])
@pytest.mark.parametrize("boost", [(), (3, 2)])
def test_the_rate_that_an_error_recommends_works(inputs, rate, boost):
    """In all layers at once."""
    config = LearningConfig(weight_rate=rate, bias_rate=rate, decay=None, hidden_boost=boost)
    with pytest.raises(InvalidInputError, match=r"n = -?\d+ \(--rate") as refusal:
        plasticity(new(inputs), config)
    better = int(re.search(r"take at \w+ n = (-?\d+) \(--rate \1\)", str(refusal.value))[1])
    plasticity(new(inputs), replace(config, weight_rate=better, bias_rate=better))


def test_a_network_without_feedback_cannot_learn(inputs):
    network = new(inputs)
    bare = replace(network.layers[1], feedback=None, feedback_burst=None, feedback_event=None)
    network = replace(network, layers=(network.layers[0], bare))
    with pytest.raises(InvalidInputError, match="layer 2 was mapped without feedback"):
        plasticity(network, LearningConfig())


def test_biases_that_reach_the_end_of_their_24_bits_are_still_a_network(inputs):
    from lava_bccn.sim.learner import Learner

    network = new(inputs)
    with pytest.raises(InvalidInputError, match="every bias of layer 1 goes from one end"):
        plasticity(network, LearningConfig(bias_rate=-31))
    learner = Learner(network, LearningConfig(bias_rate=-12, learns=("bias",), hidden_boost=()))
    for _ in range(50):
        learner.learn(network.quantise_inputs(inputs[0]), np.zeros(4, dtype=np.int64))
    assert min(layer.bias.min() for layer in learner.network().layers) == -(2**23)


def test_a_network_in_which_nothing_is_plastic_is_refused(inputs):
    with pytest.raises(InvalidInputError, match="nothing would learn: of feedback_event"):
        plasticity(new(inputs, feedback="random"), LearningConfig(learns=("feedback_event",)))


def test_a_follower_needs_the_scale_of_what_it_follows(inputs):
    network = new(inputs)
    other = replace(network.layers[1], feedback_exponent=network.layers[1].weight_exponent + 1)
    network = replace(network, layers=(network.layers[0], other))
    with pytest.raises(InvalidInputError, match="cannot round alike"):
        plasticity(network, LearningConfig())


def test_weights_that_could_grow_until_sums_wrap_are_refused():
    network = mapping.new_network((9000, 2), np.zeros((2, 9000)), event_bits=10)
    with pytest.raises(InvalidInputError, match="32-bit sums"):
        plasticity(network, LearningConfig())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weight_rate": 32}, "weight_rate must be the n of a power of two"),
        ({"bias_rate": 0.5}, "bias_rate"),
        ({"hidden_boost": (1, 40)}, "hidden_boost"),
        ({"decay": -1}, "decay"),
        ({"halve_at": (5, 3)}, "ascending"),
        ({"learns": ()}, "learns"),
        ({"learns": ("weights",)}, "learns"),
        ({"seed": 2**32}, "seed"),
    ],
)
def test_configurations_that_make_no_sense(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        LearningConfig(**arguments)


def new_of_images(**options):
    """Two convolutions, of 36 and 4 places, and an output."""
    specs = [ConvolutionSpec(3, 3), ConvolutionSpec(2, 2, stride=4)]
    images = np.random.default_rng(0).random((20, 1, 8, 8))
    return mapping.new_network((64, 4), images, convolutions=specs, **options)


def test_what_p_places_share_learns_at_a_rate_divided_by_the_root_of_p():
    network = new_of_images()
    assert [layer.places for layer in network.layers] == [36, 4, 1]
    config = LearningConfig(weight_rate=5, bias_rate=4, hidden_boost=(), decay=10)
    layers = plasticity(network, config)
    shifts = [3, 1, 0]  # √36 = 6 is rounded up to 8
    assert [layer.weight.schedule.rate - 5 for layer in layers] == shifts
    assert [layer.bias.schedule.rate - 4 for layer in layers] == shifts
    assert {layer.weight.schedule.decay_at(63) for layer in layers} == {5 + 10 - 6}


@given(st.integers(1, 2**20))
def test_the_rate_of_what_is_shared_is_the_root_rounded_to_a_power_of_two(places):
    root = 2 ** sharing_places(places)
    assert places <= root**2 < 4 * places or places == root == 1


def test_a_q_of_a_kernel_is_silenced_by_all_that_send_at_all_places():
    network = new_of_images(feedback="random", feedback_event="random", learn_feedback_event=True)
    rates = [
        None if layer.feedback_event is None else layer.feedback_event.schedule.rate
        for layer in plasticity(network, LearningConfig(feedback_event_rate=0))
    ]
    # Of the kernel 2 channels reach a dendrite, each through one weight at most, at 4 places.
    assert network.layers[1].senders == 2
    assert rates == [None, 3, 2]


@pytest.mark.parametrize("rate", [31, -20])
@pytest.mark.parametrize("boost", [(), (3, 2)])
def test_the_rate_that_an_error_recommends_for_kernels_works(rate, boost):
    config = LearningConfig(weight_rate=rate, bias_rate=rate, decay=None, hidden_boost=boost)
    with pytest.raises(InvalidInputError, match=r"n = -?\d+ \(--rate") as refusal:
        plasticity(new_of_images(), config)
    better = int(re.search(r"take at \w+ n = (-?\d+) \(--rate \1\)", str(refusal.value))[1])
    plasticity(new_of_images(), replace(config, weight_rate=better, bias_rate=better))


def test_the_hidden_boost_that_an_error_recommends_for_kernels_works():
    config = LearningConfig(weight_rate=0, hidden_boost=(9,), decay=None)
    with pytest.raises(InvalidInputError, match="hidden_boost of at most") as refusal:
        plasticity(new_of_images(), config)
    boost = int(re.search(r"hidden_boost of at most (-?\d+)", str(refusal.value))[1])
    plasticity(new_of_images(), replace(config, hidden_boost=(boost,)))


def test_more_places_than_32_bits_add_up_are_refused_in_integers_only():
    geometry = ConvolutionGeometry((1, 260, 260))
    weight = {"fixed": np.ones((1, 1, 1, 1), np.int8), "float": np.ones((1, 1, 1, 1))}
    bias = {"fixed": np.zeros(260 * 260, np.int32), "float": np.zeros(260 * 260)}
    for precision, units in (("fixed", FixedPointFormat()), ("float", None)):
        layer = MappedLayer(weight[precision], bias[precision], geometry=geometry)
        network = MappedNetwork((layer,), precision, 0.5, units)
        if precision == "float":
            plasticity(network, LearningConfig())
            continue
        with pytest.raises(InvalidInputError, match="67,600 places share the kernel of layer 1"):
            plasticity(network, LearningConfig())
