"""Rectified layers and softmax readouts in integers: what they compute, and that they learn."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import lava_bccn
from lava_bccn import LearningConfig, mapping, nn
from lava_bccn.dynamics import bounded_relu, softmax
from lava_bccn.dynamics.constants import Constants, floating_constants
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.bounded import bounded
from lava_bccn.network import ContinuousTime
from lava_bccn.sim.compiled.learner import CompiledLearner
from lava_bccn.sim.learner import Learner
from lava_bccn.sim.settled import settle
from tests.conftest import samples_for
from tests.sim.test_learning import assert_same_weights


def model(activation="relu_rms", **options):
    torch.manual_seed(0)
    first = nn.BurstLinear(16, 20, feedback=None, activation=activation)
    second = nn.BurstLinear(
        20, 12, feedback="tied", activation=activation, feedback_gain=4.0, **options
    )
    readout = nn.BurstReadout(12, 5, feedback="tied", activation="softmax", error_scale=0.1)
    return torch.nn.Sequential(first, second, readout).double()


@pytest.fixture
def inputs(generator):
    return generator.random((300, 16))


@given(st.lists(st.floats(-20, 20), min_size=2, max_size=12), st.sampled_from((6, 8, 10)))
def test_the_integer_softmax_is_that_of_floating_point(potentials, event_bits):
    soma = np.array(potentials)
    one = 1 << event_bits
    constants = Constants(event_one=one, event_bits=event_bits, event_places=12 - 16)
    integer = softmax.event_rate(np.rint(soma * 2**16).astype(np.int64), constants)
    exact = softmax.event_rate(soma, floating_constants(0.5))
    assert np.abs(integer / one - exact).max() <= 1.0 / one + 2.0**-11
    assert integer.min() >= 0
    assert integer.max() < one


@given(st.integers(-(2**20), 2**20), st.integers(0, 255))
def test_the_error_of_a_unit_is_bounded_by_its_own_event_rate(apical, event_rate):
    constants = Constants(
        event_one=256,
        p_baseline=1 << 14,
        event_bits=8,
        baseline_shift=1,
        balance_places=3,
        argument_places=12 - 16,
    )
    deviation = int(bounded_relu.deviation(np.int64(apical), np.int64(event_rate), constants))
    exact = apical * 2.0**-16 * min(32 * event_rate / 256, 1)
    limit = event_rate / 512
    assert abs(deviation * 2.0**-12 - np.clip(exact, -limit, limit)) <= 2.0**-13
    assert deviation * apical >= 0


def test_a_mapped_network_computes_what_the_model_does(inputs):
    network = mapping.from_torch(model(), inputs, precision="float")
    with torch.no_grad():
        expected = model()(torch.from_numpy(inputs)).numpy()
    np.testing.assert_allclose(lava_bccn.run(network, inputs).event_rate, expected, atol=1e-9)
    assert network.layers[1].feedback_gain == 4
    assert (network.error_scale, network.activity_shift) == (0.1, 1)


def test_without_a_root_mean_square_the_bounded_form_is_exact(inputs):
    """But for what is clipped."""
    network = mapping.from_torch(model("unbounded_relu"), inputs, precision="float")
    made = bounded(network, inputs, 10)
    exact, other = (settle(each, inputs)[0] for each in (network, made))
    assert np.abs(exact[-1].event_rate - other[-1].event_rate).max() < 0.02


@pytest.mark.parametrize("activation", ["unbounded_relu", "relu_rms"])
def test_on_another_scale_biases_learn_as_fast_as_weights_do(activation, inputs, generator):
    network = mapping.from_torch(model(activation), inputs, precision="float")
    layers = tuple(
        replace(each, weight=3 * each.weight, bias=generator.normal(0.1, 0.1, each.units))
        for each in network.layers
    )
    network = replace(network, layers=layers)
    targets = np.eye(5)[generator.integers(0, 5, len(inputs))]
    slow = LearningConfig(weight_rate=12, bias_rate=12, hidden_boost=(), decay=None)
    learned_of_itself = []
    for each in (network, bounded(network, inputs, 8)):
        learned = lava_bccn.run(each, inputs, targets, learn=slow).network
        learned_of_itself.append(
            [
                np.linalg.norm(getattr(after, name) - getattr(before, name))
                / np.linalg.norm(getattr(before, name))
                for before, after in zip(each.layers, learned.layers, strict=True)
                for name in ("weight", "bias")
            ]
        )
    weights, biases = np.reshape(np.divide(*learned_of_itself), (-1, 2)).T
    # Rates are rounded to powers of two, and both rounded bursts and gains do the rest.
    np.testing.assert_allclose(np.log2(weights), 0, atol=1.1)
    np.testing.assert_allclose(np.log2(biases), 0, atol=1.1)
    np.testing.assert_allclose(np.log2(biases[-1]), 0, atol=0.55)


def test_a_readout_keeps_its_activation_where_it_is_that_of_the_network(inputs):
    made = mapping.from_torch(model(), inputs, precision="float")
    *hidden, readout = made.layers
    layers = tuple(replace(each, activation="relu_rms") for each in hidden)
    other = replace(made, activation="softmax", layers=(*layers, replace(readout, activation=None)))
    first, second = (mapping.quantise(each, inputs) for each in (made, other))
    for before, after in zip(first.layers, second.layers, strict=True):
        np.testing.assert_array_equal(before.weight, after.weight)
    results = [lava_bccn.run(each, inputs).event_rate for each in (first, second)]
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("p_baseline", [0.5, 0.25])
def test_errors_of_a_softmax_readout_are_those_of_floating_point(p_baseline, inputs, generator):
    made = mapping.from_torch(model(), inputs, precision="float")
    exact = replace(made, p_baseline=p_baseline, error_scale=0.125)
    network = mapping.quantise(exact, inputs, burst_extra_bits=6)
    targets = np.eye(5)[generator.integers(0, 5, len(inputs))]
    readout = settle(exact, inputs, targets)[0][-1]
    wanted = readout.burst_rate - p_baseline * readout.event_rate
    stimulus = network.quantise_inputs(inputs), network.quantise_targets(targets)
    states, _ = settle(network, *stimulus)
    deviation = network.all_ensembles()[-1].burst_deviation(
        states[-1].burst_rate, states[-1].event_rate
    )
    found = deviation * 2.0 ** -(8 + 6)
    assert (wanted * found).sum() == pytest.approx((wanted * wanted).sum(), rel=0.1)


def test_integers_refuse_a_softmax_readout_without_a_tonic_rate(inputs):
    made = replace(mapping.from_torch(model(), inputs, precision="float"), activity_shift=0.0)
    with pytest.raises(MappingError, match=r"activity_shift is 0.*take 1"):
        mapping.quantise(made, inputs)


def test_integers_learn_along_the_gradient_of_the_network_that_they_are(inputs, generator):
    made = bounded(mapping.from_torch(model(), inputs, precision="float"), inputs, 8)
    network = mapping.quantise(mapping.from_torch(model(), inputs, precision="float"), inputs)
    targets = np.eye(5)[generator.integers(0, 5, len(inputs))]
    floats, _ = settle(made, inputs, targets)
    samples = network.quantise_inputs(inputs)
    states, _ = settle(network, samples, network.quantise_targets(targets))
    error = targets - floats[-1].event_rate
    for index in reversed(range(3)):
        below = samples if index == 0 else states[index - 1].event_rate
        state = states[index]
        deviation = network.ensembles(index).burst_deviation(state.burst_rate, state.event_rate)
        exact_below = inputs if index == 0 else floats[index - 1].event_rate
        assert cosine(deviation.T @ below, error.T @ exact_below) > 0.85
        if index:
            rates = floats[index - 1].event_rate
            error = (error @ made.layers[index].weight) * ((rates > 0) & (rates < 1))


def cosine(first, second):
    return float((first * second).sum() / np.linalg.norm(first) / np.linalg.norm(second))


@pytest.mark.slow
def test_every_executor_has_the_same_bits(inputs, generator):
    network = mapping.quantise(mapping.from_torch(model(), inputs, precision="float"), inputs)
    samples, targets = samples_for(network, 70, generator)
    config = LearningConfig(weight_rate=6, decay=6, forward_noise=0.1)
    plain = Learner(network, config)
    states = [plain.learn(*each) for each in zip(samples, targets, strict=True)]
    compiled = CompiledLearner(network, config)
    outputs = compiled.learn(samples, targets)
    np.testing.assert_array_equal(outputs, [state[-1].event_rate[0] for state in states])
    for expected, got in zip(states[-1], compiled.states(), strict=True):
        for name, value in vars(expected).items():
            np.testing.assert_array_equal(getattr(got, name), value, err_msg=name)
    assert_same_weights(plain.network(), compiled.network())
    assert plain.saturations() == compiled.saturations()


@pytest.mark.slow
@pytest.mark.lava
@pytest.mark.parametrize("precision", ["fixed", "float"])
def test_what_learns_in_lava_is_what_does_in_the_simulator(precision, inputs, generator):
    network = mapping.from_torch(model(), inputs, precision="float")
    if precision == "fixed":
        network = mapping.quantise(network, inputs)
    targets = np.eye(5)[generator.integers(0, 5, 30)]
    config = LearningConfig(weight_rate=6, decay=6, forward_noise=0.1)
    learned = [
        lava_bccn.run(network, inputs[:30], targets, learn=config, backend=name)
        for name in ("sim", "lava")
    ]
    if precision == "fixed":
        assert_same_weights(*(each.network for each in learned))
        np.testing.assert_array_equal(*(each.event_rate for each in learned))
    layers = (each.network.layers for each in learned)
    for before, *after in zip(network.layers, *layers, strict=True):
        np.testing.assert_allclose(*(each.weight for each in after), atol=1e-12)
        assert not np.array_equal(before.weight, after[0].weight)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backend": "lava-hardware"}, "hardware form needs"),
        ({"time": ContinuousTime()}, "no continuous time"),
        ({"learn": LearningConfig(rule="engine")}, "no form of this network's activation"),
    ],
)
def test_what_these_cannot_do_is_refused_in_a_line(inputs, options, message):
    network = mapping.quantise(mapping.from_torch(model(), inputs, precision="float"), inputs)
    with pytest.raises(InvalidInputError, match=message) as refusal:
        lava_bccn.run(network, inputs[:2], np.eye(5)[:2], **options)
    assert "\n" not in str(refusal.value)


def test_a_network_is_saved_with_its_gains(inputs, tmp_path):
    network = mapping.quantise(mapping.from_torch(model(), inputs, precision="float"), inputs)
    network.save(tmp_path / "network.safetensors")
    again = lava_bccn.load(tmp_path / "network.safetensors")
    assert again.error_scale == network.error_scale == 0.125
    for first, second in zip(again.layers, network.layers, strict=True):
        assert first.feedback_gain == second.feedback_gain
        assert first.rate_boost == second.rate_boost
        assert first.bias_boost == second.bias_boost
    assert any(layer.bias_boost for layer in network.layers)
