"""Images that spiking ensembles learn to classify from nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lava_bccn import datasets
from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.experiments import spiking_classification
from lava_bccn.experiments.spiking_classification import (
    images_shown,
    train,
    train_side_by_side,
)
from lava_bccn.experiments.spiking_classifier import ClassifierConfig, classifier
from lava_bccn.experiments.spiking_cost import synaptic_operations, synaptic_updates
from lava_bccn.mapping.spiking import input_currents
from lava_bccn.network.spiking import load
from lava_bccn.sim.spiking import SpikingSimulator

SMALL = {"hidden": 8, "neurons": 4, "example_ms": 100.0, "epochs": 2, "samples": 12}


@pytest.fixture(scope="module")
def data():
    digits = datasets.load("digits")
    return replace(digits, test_inputs=digits.test_inputs[:20], test_labels=digits.test_labels[:20])


@pytest.fixture
def parts_of_five(monkeypatch):
    monkeypatch.setattr(spiking_classification, "PART", 5)


@pytest.mark.parametrize("decoding", ["ideal", "stp"])
def test_an_interrupted_run_goes_on_to_the_same_bits(tmp_path, data, decoding, parts_of_five):
    config = ClassifierConfig(**SMALL, decoding=decoding)
    whole = train(config, data)
    path = tmp_path / "run.npz"

    class Stop(Exception):
        pass

    def stop(images, right):
        if images == 17:
            raise Stop

    with pytest.raises(Stop):
        train(config, data, path, stop)
    told = []
    resumed = train(config, data, path, lambda images, right: told.append(images))
    assert told == [17, 22, 24]
    for connection, same in zip(
        whole.network.connections, resumed.network.connections, strict=True
    ):
        np.testing.assert_array_equal(connection.weight, same.weight)
    np.testing.assert_array_equal(whole.online_accuracy, resumed.online_accuracy)
    assert (whole.test_accuracy, whole.updates) == (resumed.test_accuracy, resumed.updates)


def test_a_checkpoint_of_another_run_is_refused(tmp_path, data):
    path = tmp_path / "run.npz"
    config = ClassifierConfig(**{**SMALL, "epochs": 1})
    train(config, data, path)
    with pytest.raises(InvalidInputError, match=r"another run \(seed is 0 .* and 5 here\)"):
        train(replace(config, seed=5), data, path)
    path.write_bytes(b"nothing")
    with pytest.raises(FileFormatError, match="no checkpoint"):
        train(config, data, path)


def test_forward_weights_learn_and_feedback_stays(tmp_path, data):
    config = ClassifierConfig(**SMALL)
    start = classifier(config, data).network
    result = train(config, data)
    for before, after in zip(start.connections, result.network.connections, strict=True):
        assert (before.learning is None) == np.array_equal(before.weight, after.weight)
    assert [each.name for each in start.connections if each.learning] == ["weight1", "weight2"]
    result.network.save(tmp_path / "learned.safetensors")
    again = load(tmp_path / "learned.safetensors")
    np.testing.assert_array_equal(again.connections[0].weight, result.network.connections[0].weight)
    assert result.rate_network.sizes == (64, 8, 10)
    assert not np.array_equal(
        result.rate_network.layers[0].weight, classifier(config, data).rate_network.layers[0].weight
    )


def test_with_stp_no_connection_transmits_anything_but_spikes(data):
    network = classifier(ClassifierConfig(**SMALL, decoding="stp"), data).network
    assert {each.message for each in network.connections} == {"spikes"}
    assert all(each.stp is not None for each in network.connections)
    apical = [each for each in network.connections if each.compartment == "apical"]
    assert len(apical) == 3  # one facilitating, two that balance it
    total = sum(each.weight for each in apical[1:])
    assert (total * apical[0].weight < 0).all()


def test_operations_are_messages_times_the_synapses_that_they_reach(data):
    """Counted spike by spike, from what every neuron sent."""
    network = classifier(ClassifierConfig(**SMALL), data).network
    inputs = data.test_inputs[:2].reshape(2, -1)
    result = SpikingSimulator(network).run(
        input_currents(network, inputs), sample_steps=50, record_flags=True
    )
    flags = {"events": 2, "bursts": 4}
    for connection, operations in zip(
        network.connections, synaptic_operations(result), strict=True
    ):
        sent = (result.flags_of(connection.source) & flags[connection.message]) != 0
        assert operations == sent[:, connection.presynaptic].sum()
    visited = 0
    for connection in network.connections[:2]:
        flags_there = result.flags_of(connection.target)[:, connection.postsynaptic]
        visited += ((flags_there & 2) != 0).sum() + ((flags_there & 4) != 0).sum()
    assert synaptic_updates(result) == visited


@pytest.mark.slow
def test_runs_side_by_side_are_those_alone(tmp_path, data):
    configs = [ClassifierConfig(**SMALL, seed=seed) for seed in (0, 1)]
    told = []
    results = train_side_by_side(
        [(config, tmp_path / f"{config.seed}.npz") for config in configs],
        data,
        workers=2,
        on_part=lambda config, images, right: told.append((config.seed, images)),
    )
    assert sorted(told) == [(seed, images) for seed in (0, 1) for images in (12, 24)]
    assert images_shown(configs[0], data) == 24
    alone = train(configs[1], data)
    assert alone.test_accuracy == results[1].test_accuracy


@pytest.mark.slow
def test_digits_are_learned_from_scratch():
    """In three epochs to well above chance; the README has what ten reach."""
    result = train(ClassifierConfig(epochs=3), datasets.load("digits"))
    assert result.test_accuracy > 0.7
    assert result.rate_accuracy > 0.7
