"""Layers with activations of their own: every executor computes each layer with its own."""

from dataclasses import replace

import numpy as np
import pytest

import lava_bccn
from lava_bccn import mapping
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping import MappedLayer, MappedNetwork, quantise
from lava_bccn.network.output import Output
from lava_bccn.nn import BurstLinear


@pytest.fixture
def network() -> MappedNetwork:
    """ReLU, then tanh as a sigmoid, then a line."""
    random = np.random.default_rng(3)
    layers = [
        MappedLayer(
            weight=random.normal(0, 1, (units, below)),
            bias=random.normal(0, 0.2, units),
            activation=activation,
        )
        for below, units, activation in ((6, 8, "relu"), (8, 5, None), (5, 3, "relu"))
    ]
    return MappedNetwork(tuple(layers), "float", 0.5)


@pytest.fixture
def inputs() -> np.ndarray:
    return np.random.default_rng(4).random((30, 6))


def test_each_layer_has_its_own(network, inputs):
    rates, below = [], inputs
    for layer, activation in zip(
        network.layers, (lambda v: v.clip(0, 1), lambda v: 1 / (1 + np.exp(-v))), strict=False
    ):
        below = activation(below @ layer.weight.T + layer.bias)
        rates.append(below)
    states = lava_bccn.run(network, inputs, record="event_rate").states
    for state, expected in zip(states, rates, strict=False):
        np.testing.assert_allclose(state.event_rate, expected, atol=1e-12)


def test_integers_are_near_the_floats(network, inputs):
    fixed = quantise(network, inputs)
    exact, rounded = (lava_bccn.run(each, inputs).event_rate for each in (network, fixed))
    assert np.abs(exact - rounded).max() < 0.04


@pytest.mark.lava
@pytest.mark.parametrize("precision", ["float", "fixed"])
def test_lava_has_the_states_of_the_simulator(network, inputs, precision):
    mapped = network if precision == "float" else quantise(network, inputs)
    names = ("soma", "event_rate", "burst_prob", "burst_rate")
    sim, lava = (
        lava_bccn.run(mapped, inputs[:3], record=names, backend=backend)
        for backend in ("sim", "lava")
    )
    for ours, theirs in zip(sim.states, lava.states, strict=True):
        for name in names:
            np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), atol=1e-12)


def test_files_keep_them(network, tmp_path):
    network.save(tmp_path / "mixed.safetensors")
    loaded = lava_bccn.load(tmp_path / "mixed.safetensors")
    assert [layer.activation for layer in loaded.layers] == ["relu", None, "relu"]
    assert "relu" in repr(loaded)


def test_what_is_not_taught_does_not_learn(network, inputs):
    with pytest.raises(InvalidInputError, match="relu and sigmoid infers only"):
        lava_bccn.run(network, inputs, np.ones((30, 3)), learn=True)
    rectified = replace(network, layers=network.layers[:1])
    with pytest.raises(InvalidInputError, match="relu infers only"):
        lava_bccn.run(rectified, inputs, np.ones((30, 8)), learn=True)
    with pytest.raises(InvalidInputError, match="infers only; expected one of"):
        mapping.new_network((6, 4, 2), inputs, activation="relu")
    with pytest.raises(InvalidInputError, match="feedback=None"):
        BurstLinear(6, 4, activation="relu")


def test_names_and_bits_are_checked_layer_by_layer(network):
    with pytest.raises(InvalidInputError, match="activation must be one of"):
        replace(network, layers=(replace(network.layers[0], activation="step"),))
    layer = MappedLayer(
        weight=np.ones((2, 2), np.int8), bias=np.zeros(2, np.int32), activation="hard_sigmoid"
    )
    with pytest.raises(InvalidInputError, match="'hard_sigmoid' needs event_bits of at least 6"):
        MappedNetwork((layer,), "fixed", 0.5, FixedPointFormat(event_bits=5))


def test_the_usual_activation_is_checked_even_where_no_layer_has_it(network):
    layers = tuple(replace(layer, activation="relu") for layer in network.layers)
    with pytest.raises(InvalidInputError, match="sigmiod"):
        MappedNetwork(layers, "float", activation="sigmiod")
    with pytest.raises(InvalidInputError, match="rleu"):
        replace(network, layers=(replace(network.layers[0], activation="rleu"), *layers[1:]))


def test_what_a_network_is_shows_activations_and_output(network):
    shown = repr(replace(network, output=Output("logits", 2.0)))
    assert "sigmoid, output logits" in shown.splitlines()[0]
    assert "relu" in shown.splitlines()[1] and "relu" not in shown.splitlines()[2]


def test_layers_of_relu_run_on_stock_neurons_to_the_bit():
    """Two or three rectified layers, with values or classes at the end."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("lava")
    torch.manual_seed(1)
    body = [torch.nn.Linear(12, 10), torch.nn.ReLU(), torch.nn.Linear(10, 8), torch.nn.ReLU6()]
    samples = torch.rand(64, 12)
    for last in ([torch.nn.Linear(8, 3)], [torch.nn.Linear(8, 3), torch.nn.Softmax(-1)]):
        model = torch.nn.Sequential(*body, *last)
        chip = mapping.from_torch(model, samples, hardware=True)
        results = [
            lava_bccn.run(chip, samples[:4], backend=name).outputs
            for name in ("sim", "lava-hardware", "lava")
        ]
        np.testing.assert_array_equal(results[0], results[1])
        np.testing.assert_array_equal(results[0], results[2])


def test_spiking_ensembles_take_no_relu(network):
    with pytest.raises(InvalidInputError, match="follow sigmoids; this network has relu"):
        mapping.spiking.from_rate(network)
