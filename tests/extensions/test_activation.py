"""An activation from outside the package trains, maps, runs everywhere and learns."""

import subprocess
import sys

import numpy as np
import pytest
import torch

import lava_bccn
from lava_bccn import datasets, mapping
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.arithmetic import either
from lava_bccn.dynamics.constants import IntegerForm
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.nn import burst_loss, burst_mlp, burst_states
from lava_bccn.sim.compiled.learner import CompiledLearner
from lava_bccn.sim.learner import Learner

LOWEST = 2.0**-4


@either(lambda soma, constants: (0.5 + 0.125 * soma).clip(LOWEST, 1 - LOWEST))
def event_rate(soma, constants):
    """e = ½ + v / 8 within [2^−4, 1 − 2^−4]."""
    one = constants.event_one
    return np.minimum(np.maximum((one >> 1) + soma, one >> 4), one - (one >> 4))


@either(lambda gated, constants: (2 * gated * (1.0 / constants.p_baseline)).clip(-1, 1))
def hidden_modulation(gated, constants):
    """2 u h within [−p^b, p^b]."""
    largest = constants.p_baseline
    return np.minimum(np.maximum(2 * gated, -largest), largest)


def _reachable_target(target):
    return target.clip(LOWEST, 1 - LOWEST) * (target >= 0) + target * (target < 0)


GENTLE = Activation(
    name="gentle",
    summary="half as steep as hard_sigmoid, with twice its bursts",
    event_rate=event_rate,
    hidden_modulation=hidden_modulation,
    slope=lambda rate: 0.125 * ((rate > LOWEST) & (rate < 1 - LOWEST)),
    potential=lambda rate: 8 * (rate - 0.5),
    integers=IntegerForm(
        probability_bits=13, is_relative=False, rounds=True, soma_bits_below_events=3
    ),
    reachable_target=_reachable_target,
    reachable_error=lambda error, rate: error.clip(LOWEST - rate, 1 - LOWEST - rate),
)


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.setattr(ACTIVATIONS, "_items", dict(ACTIVATIONS))
    ACTIVATIONS.register(GENTLE)


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


def trained(digits) -> torch.nn.Sequential:
    generator = torch.Generator().manual_seed(0)
    model = burst_mlp((64, 32, 10), activation="gentle", feedback="tied", generator=generator)
    inputs = torch.as_tensor(digits.train_inputs, dtype=torch.float32)
    targets = torch.nn.functional.one_hot(torch.as_tensor(digits.train_labels), 10)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(5):
        for batch, taught in zip(inputs.split(32), targets.split(32), strict=True):
            optimizer.zero_grad()
            burst_loss(model(batch), taught).backward()
            optimizer.step()
    return model


def test_it_trains_and_maps(digits):
    model = trained(digits)
    inputs = torch.as_tensor(digits.test_inputs[:100], dtype=torch.float32)
    predicted = model(inputs).argmax(1).numpy()
    assert (predicted == digits.test_labels[:100]).mean() > 0.8
    network = mapping.from_torch(model, digits.train_inputs[:100])
    assert network.activation == "gentle"
    assert (lava_bccn.run(network, inputs).predictions == predicted).mean() > 0.95
    floating = mapping.from_torch(model, precision="float")
    ours = lava_bccn.run(floating, inputs, record=STATE_NAMES)
    for state, wanted in zip(
        ours.states, burst_states(model.double(), inputs.double()), strict=True
    ):
        np.testing.assert_allclose(state.burst_rate, wanted.burst_rate, atol=1e-6)


def test_a_file_of_it_needs_it(digits, tmp_path, monkeypatch):
    network = mapping.new_network((64, 8, 10), digits.train_inputs[:50], activation="gentle")
    network.save(tmp_path / "gentle.safetensors")
    assert lava_bccn.load(tmp_path / "gentle.safetensors").activation == "gentle"
    monkeypatch.delitem(ACTIVATIONS._items, "gentle")
    with pytest.raises(lava_bccn.errors.FileFormatError, match="activation must be one of"):
        lava_bccn.load(tmp_path / "gentle.safetensors")


def test_it_learns_to_the_same_bits_compiled_and_plain(digits):
    network = mapping.new_network((64, 20, 12, 10), digits.train_inputs[:50], activation="gentle")
    samples = network.quantise_inputs(digits.train_inputs[:60].reshape(60, -1))
    targets = network.quantise_targets(np.eye(10)[digits.train_labels[:60]])
    config = lava_bccn.LearningConfig(weight_rate=2)
    plain, compiled = Learner(network, config), CompiledLearner(network, config)
    compiled.learn(samples, targets)
    for sample, target in zip(samples, targets, strict=True):
        plain.learn(sample, target)
    for ours, theirs in zip(compiled.network().layers, plain.network().layers, strict=True):
        for name, array in theirs.arrays.items():
            np.testing.assert_array_equal(getattr(ours, name), array)


@pytest.mark.lava
@pytest.mark.parametrize("precision", ["fixed", "float"])
def test_lava_gives_the_same_bits(digits, precision):
    network = mapping.new_network(
        (64, 12, 10), digits.train_inputs[:50], activation="gentle", precision=precision
    )
    inputs, targets = digits.train_inputs[:5], np.eye(10)[digits.train_labels[:5]]
    sim, lava = (
        lava_bccn.run(network, inputs, targets, learn=True, record=STATE_NAMES, backend=backend)
        for backend in ("sim", "lava")
    )
    same = np.testing.assert_array_equal if precision == "fixed" else np.testing.assert_allclose
    for ours, theirs in zip(sim.states, lava.states, strict=True):
        same(ours.burst_rate, theirs.burst_rate)
    for ours, theirs in zip(sim.network.layers, lava.network.layers, strict=True):
        same(ours.weight, theirs.weight)


@pytest.mark.slow
def test_one_that_was_typed_in_by_hand_learns_too():
    """In a session or a notebook, where no file has its source."""
    code = """
import numpy as np
import lava_bccn
from lava_bccn import mapping
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.hard_sigmoid import HARD_SIGMOID
from dataclasses import replace
def event_rate(soma, constants): return np.minimum(np.maximum(soma, 1), constants.event_one - 1)

ACTIVATIONS.register(replace(HARD_SIGMOID, name="typed", event_rate=event_rate))
x = np.random.default_rng(0).random((20, 8))
network = mapping.new_network((8, 6, 4), x, precision="float", activation="hard_sigmoid")
network = mapping.quantise(network, x)
network = replace(network, activation="typed")
result = lava_bccn.run(network, x, np.eye(4)[np.arange(20) % 4], learn=True)
print("learned", result.learned)
"""
    result = subprocess.run(
        [sys.executable, "-"], input=code, capture_output=True, text=True, check=False
    )
    assert "learned 20" in result.stdout, result.stderr
