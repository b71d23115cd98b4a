"""Networks that have learned nothing yet, and their way to PyTorch."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lava_bccn import mapping
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import ConvolutionSpec
from lava_bccn.nn.models import burst_layers
from tests.conftest import REGIMES, regime_name

LEARNED_Q = {"feedback": "random", "feedback_event": "random", "learn_feedback_event": True}


@pytest.fixture
def inputs(generator):
    return generator.random((40, 30))


@pytest.mark.parametrize("regime", REGIMES, ids=regime_name)
def test_regimes_start_as_they_should(inputs, regime):
    network = mapping.new_network((30, 20, 10), inputs, **regime)
    layer = network.layers[1]
    starts_as_w = regime["feedback"] in ("tied", "symmetric")
    assert np.array_equal(layer.feedback_burst, layer.weight) == starts_as_w
    balanced = regime.get("feedback_event") != "random"
    assert np.array_equal(layer.feedback_event, layer.feedback_burst) == balanced
    assert network.layers[0].feedback_burst is None


@pytest.mark.parametrize("weight_bits", [3, 4, 6, 8])
def test_weights_reach_the_range_they_are_given(inputs, weight_bits):
    network = mapping.new_network(
        (30, 20, 10), inputs, weight_bits=weight_bits, weight_range=(0.5, 2.0)
    )
    for layer, largest in zip(network.layers, (0.5, 2.0), strict=True):
        reach = (network.number_format.max_weight + 1) * 2.0**layer.weight_exponent
        assert reach == largest


def test_a_start_below_half_a_step_survives_on_average():
    network = mapping.new_network((400, 300, 10), np.full((2, 400), 0.5), weight_bits=4, gain=0.5)
    weight = network.layers[0].weight * 2.0 ** network.layers[0].weight_exponent
    assert 0 < np.mean(weight != 0) < 0.8
    assert abs(weight.mean()) < 5 * weight.std() / np.sqrt(weight.size)


def test_the_same_seed_is_the_same_network_and_another_is_not(inputs):
    first, same, other = (mapping.new_network((30, 5), inputs, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.layers[0].weight, same.layers[0].weight)
    assert not np.array_equal(first.layers[0].weight, other.layers[0].weight)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sizes": (30,)}, "at least an input and an output"),
        ({"sizes": (30, 0, 10)}, "sizes"),
        ({"feedback": "none"}, "feedback must be"),
        ({"feedback_event": "other"}, "feedback_event must be"),
        ({"learn_feedback_event": True}, "learn_feedback_event needs feedback and"),
        ({"learn_feedback_burst": True}, "follows W"),
        ({"activation": "softmax"}, "'softmax' is for the readout"),
        ({"activation": "bounded_relu"}, "'bounded_relu' is for hidden layers"),
        ({"activation": "bounded_relu", "readout_activation": "sigmoid"}, "take 'softmax'"),
        ({"branches": 4}, "neither Y nor Q learns homeostatically"),
        ({**LEARNED_Q, "homeostatic_factor": "burst_rate"}, "of a Y that learns"),
        (
            {"feedback": "random", "feedback_event": "kolen_pollack"},
            "take feedback 'kolen_pollack'",
        ),
        ({"weight_range": (1.0,)}, "weight_range must be a positive number for each"),
        (
            {"weight_range": (1.0, -1.0)},
            "weight_range must be a positive number for each",
        ),
    ],
)
def test_what_cannot_be_made(inputs, arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        mapping.new_network(**{"sizes": (30, 20, 10), "inputs": inputs, **arguments})


@pytest.mark.parametrize("precision", ["fixed", "float"])
@pytest.mark.parametrize("regime", REGIMES, ids=regime_name)
def test_a_network_comes_back_as_the_pytorch_module_that_it_stands_for(inputs, regime, precision):
    network = mapping.new_network((30, 20, 10), inputs, **regime, precision=precision)
    model = mapping.to_torch(network, dtype=torch.float64)
    again = mapping.from_torch(model, precision="float")
    for source, layer, mapped in zip(
        burst_layers(model), network.layers, again.layers, strict=True
    ):
        for name in ("feedback", "feedback_event_regime", "learn_feedback_burst"):
            assert getattr(mapped, name) == getattr(layer, name)
        assert source.is_readout == (layer is network.layers[-1])
    if precision == "float":
        for layer, mapped in zip(network.layers, again.layers, strict=True):
            np.testing.assert_array_equal(layer.weight, mapped.weight)
    else:
        exact = [layer.weight * 2.0**layer.weight_exponent for layer in network.layers]
        for weight, mapped in zip(exact, again.layers, strict=True):
            np.testing.assert_array_equal(weight, mapped.weight)
        sent = again.layers[1].feedback_event / network.p_baseline
        exact = network.layers[1].feedback_event * 2.0 ** network.layers[1].feedback_exponent
        np.testing.assert_array_equal(sent, exact)


@pytest.mark.parametrize("precision", ["fixed", "float"])
@pytest.mark.parametrize(
    ("activation", "readout"), [("bounded_relu", "softmax"), ("sigmoid", None)]
)
def test_what_it_learns_by_comes_back_too(inputs, precision, activation, readout):
    made = mapping.new_network(
        (30, 20, 15, 10),
        inputs,
        **{**LEARNED_Q, "learn_feedback_burst": True, "homeostatic_factor": "burst_rate"},
        branches=15,
        activation=activation,
        readout_activation=readout,
        precision=precision,
    )
    assert [layer.branches for layer in made.layers] == [1, 15, 10]
    first, *others = made.layers
    network = replace(made, error_scale=0.25, layers=(replace(first, feedback_gain=4.0), *others))
    again = mapping.from_torch(mapping.to_torch(network, torch.float64), precision="float")
    for index, (layer, mapped) in enumerate(zip(network.layers, again.layers, strict=True)):
        for name in ("branches", "homeostatic_factor", "feedback_gain", "learn_feedback_event"):
            assert getattr(mapped, name) == getattr(layer, name)
        assert again.activation_of(index) == network.activation_of(index)
    assert again.error_scale == network.error_scale
    assert again.activity_shift == network.activity_shift == float(readout == "softmax")


def test_convolutions_start_xavier_normal_on_their_images(generator):
    images = generator.random((20, 2, 9, 8))
    network = mapping.new_network(
        (144, 20, 5),
        images,
        convolutions=[ConvolutionSpec(40, 3, stride=2, padding=1), ConvolutionSpec(30, 3)],
        precision="float",
        gain=1.0,
    )
    assert network.architecture == "2x9x8-40x5x4-30x3x2-20-5"
    first, second, third, _ = network.layers
    assert first.weight.std() == pytest.approx(np.sqrt(2 / (9 * 42)), rel=0.1)
    assert second.weight.std() == pytest.approx(np.sqrt(2 / (9 * 70)), rel=0.05)
    assert second.feedback_burst.std() == pytest.approx(second.weight.std(), rel=0.05)
    assert first.feedback_burst is None and third.geometry is None
    assert not any(layer.bias.any() for layer in network.layers)


@pytest.mark.parametrize(
    ("shape", "convolutions", "message"),
    [
        ((5, 16), [ConvolutionSpec(2, 3)], r"take images, .* of 16 numbers a sample"),
        ((5, 1, 4, 5), [ConvolutionSpec(2, 3)], r"not calibration inputs of shape \(5, 1, 4, 5\)"),
        ((5, 1, 4, 4), [ConvolutionSpec(2, 5)], "smaller than the kernel"),
        ((5, 1, 4, 4), [(2, 3)], "convolutions must be"),
    ],
)
def test_convolutions_that_do_not_fit(shape, convolutions, message):
    with pytest.raises(InvalidInputError, match=message):
        mapping.new_network((16, 3), np.zeros(shape), convolutions=convolutions)
