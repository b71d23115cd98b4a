"""The page on the integers is enough to write another executor: its code gives the same bits."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lava_bccn
from lava_bccn import LearningConfig, mapping
from lava_bccn.dynamics.fixed_point import integer_sigmoid
from lava_bccn.sim import Learner

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "integers.md"
CODE = "".join(re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S))

NETWORKS = {
    "as by default": {},
    "hard sigmoid, its Y fixed": {"activation": "hard_sigmoid", "feedback": "random"},
    "other formats": {"event_bits": 6, "burst_extra_bits": 5, "weight_bits": 5, "p_baseline": 0.25},
    "Q learns by itself": {"feedback_event": "symmetric", "learn_feedback_event": True},
    "Y learns by itself": {
        "feedback": "random",
        "learn_feedback_burst": True,
        "homeostatic_factor": "burst_rate",
    },
}
CONFIGS = {
    "as by default": LearningConfig(),
    "halved, with decay, another seed": LearningConfig(
        weight_rate=4, bias_rate=2, hidden_boost=(2,), decay=5, halve_at=(20, 60), seed=7
    ),
}


def network_of(**options):
    inputs = np.random.default_rng(1).random((40, 12))
    return mapping.new_network((12, 9, 7, 5), inputs, gain=3.0, **options)


def with_gains(network):
    first, *others = network.layers
    return replace(network, layers=(replace(first, feedback_gain=4.0), *others), error_scale=0.5)


def page(network, inputs, targets, folder, monkeypatch, code):
    """The names that the page's code leaves behind, run on the files that it reads."""
    monkeypatch.chdir(folder)
    network.save("network.safetensors")
    np.save("inputs.npy", network.quantise_inputs(inputs))
    np.save("targets.npy", network.quantise_targets(targets))
    names = {}
    exec(code, names)
    return names


def samples(count, seed=0):
    random = np.random.default_rng(seed)
    targets = np.eye(5)[random.integers(5, size=count)]
    targets[::7] = -1  # no teacher
    return random.random((count, 12)) ** 2, targets


def same_states(result, states, index):
    """One sample's states, of every layer, as the page orders them."""
    names = ("soma", "event_rate", "apical", "burst_prob", "burst_rate")
    for name, of_layers in zip(names, states, strict=True):
        for layer, state in zip(result.states, of_layers, strict=True):
            if state is not None:
                np.testing.assert_array_equal(getattr(layer, name)[index], state, err_msg=name)


def test_the_page_imports_nothing_of_the_package():
    assert not re.search(r"^\s*(import|from) (?!json|numpy|safetensors)", CODE, re.M)


@pytest.mark.parametrize("change", (lambda each: each, with_gains), ids=("plain", "gains"))
@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_the_page_settles_to_the_same_integers(options, change, tmp_path, monkeypatch):
    network = change(network_of(**options))
    inputs, targets = samples(20)
    names = page(network, inputs, targets, tmp_path, monkeypatch, CODE.rpartition("for sample")[0])
    result = lava_bccn.run(
        network,
        inputs,
        targets,
        record=("soma", "event_rate", "apical", "burst_prob", "burst_rate"),
    )
    for index in range(len(inputs)):
        states = names["settle"](names["network"], names["inputs"][index], names["targets"][index])
        same_states(result, states, index)


def learned_by_the_page(network, config, inputs, targets, folder, monkeypatch):
    names = page(network, inputs, targets, folder, monkeypatch, CODE.rpartition("for sample")[0])
    for sample, row in enumerate(zip(names["inputs"], names["targets"], strict=True)):
        names["learn"](names["network"], *row, sample, vars(config))
    return names["network"]["layers"]


def same_weights(network, layers_of_page, unlike):
    assert any(
        (a.weight != b.weight).any() for a, b in zip(network.layers, unlike.layers, strict=True)
    )
    for layer, of_page in zip(network.layers, layers_of_page, strict=True):
        for name, array in layer.arrays.items():
            np.testing.assert_array_equal(array, of_page[name], err_msg=name)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_the_page_learns_the_same_weights(options, config, tmp_path, monkeypatch):
    network = with_gains(network_of(**options))
    inputs, targets = samples(130)
    layers = learned_by_the_page(network, config, inputs, targets, tmp_path, monkeypatch)
    learner = Learner(network, config)  # the plain form, which compiles nothing
    for row in zip(network.quantise_inputs(inputs), network.quantise_targets(targets), strict=True):
        learner.learn(*row)
    same_weights(learner.network(), layers, unlike=network)


@pytest.mark.slow
@pytest.mark.timeout(400)  # compiles a learner for each activation
@pytest.mark.parametrize("activation", ("sigmoid", "hard_sigmoid"))
def test_the_page_learns_what_run_does(activation, tmp_path, monkeypatch):
    network, config = network_of(activation=activation), LearningConfig()
    inputs, targets = samples(130)
    layers = learned_by_the_page(network, config, inputs, targets, tmp_path, monkeypatch)
    learned = lava_bccn.run(network, inputs, targets, learn=config).network
    same_weights(learned, layers, unlike=network)


def test_the_table_of_the_sigmoid_is_the_packages():
    names: dict = {}
    exec(CODE.partition("def form")[0], names)
    x = np.arange(-(9 << 12), 9 << 12)
    np.testing.assert_array_equal(names["sigmoid"](x), integer_sigmoid(x))
