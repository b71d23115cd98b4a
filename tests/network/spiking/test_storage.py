"""Files of spiking networks: nothing lost, nothing foreign accepted."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import lava_bccn
from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.mapping.spiking import quantise
from lava_bccn.network.spiking import (
    Connection,
    HomeostaticLearning,
    NeuronParameters,
    Population,
    SpikeLearning,
    SpikingNetwork,
    StpParameters,
    Teacher,
    load,
)
from tests.network.test_storage import assert_equal
from tests.spiking_networks import spiking_network, stimulus

NETWORKS = {
    "ideal": spiking_network(),
    "stp": spiking_network(stp=True, delays=True, time_step_ms=0.5),
    "moving average": spiking_network(average_ms=500.0, teacher=False),
    "fixed": quantise(spiking_network(stp=True, delays=True)),
    "homeostasis": spiking_network(stp=True, receptors=True, homeostasis=1.0),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_survives_the_file(tmp_path, name):
    network = NETWORKS[name]
    network.save(tmp_path / "network.safetensors")
    assert_equal(load(tmp_path / "network.safetensors"), network)


def test_every_parameter_survives(tmp_path):
    """Also numbers that JSON itself has no word for."""
    network = NETWORKS["stp"]
    changed = {
        field.name: value + 0.1 + 1 / 3
        for field in fields(NeuronParameters)
        if (value := field.default) not in (True, False, float("inf"))
    }
    neuron = NeuronParameters(**changed, burst_poisson=True, gain_rate=float("inf"))
    populations = (replace(network.populations[0], neuron=neuron), *network.populations[1:])
    network = replace(network, populations=populations)
    network.save(tmp_path / "network.safetensors")
    assert_equal(load(tmp_path / "network.safetensors"), network)


@st.composite
def small_networks(draw):
    """Networks of which every field but those of the neuron (above) is drawn."""
    number = st.floats(-1e6, 1e6)
    positive, share = st.floats(1e-9, 1e6), st.floats(0, 1)
    between = st.floats(0, 1, exclude_min=True, exclude_max=True)
    size = draw(st.integers(1, 3))
    bias = draw(st.none() | st.lists(number, min_size=size, max_size=size))
    population = Population(
        draw(st.text()),
        size,
        1,
        bias=None if bias is None else np.array(bias),
        bias_rate=draw(number),
        p_baseline=draw(between),
    )
    count = draw(st.integers(0, size))
    low, high = sorted((draw(st.just(-np.inf) | number), draw(st.just(np.inf) | number)))
    learning = SpikeLearning(
        draw(positive), draw(between), low, high, draw(positive), draw(st.none() | positive)
    )
    stp = StpParameters(draw(positive), draw(positive), draw(share), draw(share))
    dtype = draw(st.sampled_from([np.int8, np.float32, np.float64]))
    delays = st.integers(1, 9)
    compartment = draw(st.sampled_from(["soma", "apical"]))
    learning = draw(st.sampled_from([None, learning]))
    homeostasis = None
    if compartment == "apical" and learning is None:
        homeostasis = draw(st.sampled_from([None, HomeostaticLearning(draw(positive), low, high)]))
    connection = Connection(
        draw(st.text()),
        population.name,
        population.name,
        compartment,
        "spikes",
        np.arange(count, dtype=np.int32),
        np.arange(count, dtype=np.int32)[::-1],
        np.array(draw(st.lists(st.integers(-127, 127), min_size=count, max_size=count)), dtype),
        draw(delays | delays.map(np.array) | st.just(np.arange(1, count + 1))),
        draw(st.sampled_from([None, stp])),
        learning,
        draw(st.integers(-30, 30)),
        draw(st.none() | positive),
        homeostasis,
    )
    teacher = Teacher(population.name, draw(number), draw(positive))
    return SpikingNetwork(
        (population,), (connection,), draw(st.sampled_from([None, teacher])), draw(positive)
    )


@given(network=small_networks())
def test_every_field_survives(tmp_path_factory, network):
    path = tmp_path_factory.mktemp("networks") / "network.safetensors"
    network.save(path)
    assert_equal(load(path), network)


def test_what_is_loaded_sends_the_same_spikes(tmp_path):
    network = NETWORKS["fixed"]
    network.save(tmp_path / "network.safetensors")
    currents, targets = stimulus()
    first, second = (
        lava_bccn.run_spikes(
            each, currents, targets=targets, sample_steps=100, learn=True, record_flags=True
        )
        for each in (network, load(tmp_path / "network.safetensors"))
    )
    np.testing.assert_array_equal(first.flags, second.flags)
    assert_equal(first.network, second.network)


def test_either_reader_names_the_other(tmp_path):
    spikes, rates = tmp_path / "spikes.safetensors", tmp_path / "rates.safetensors"
    NETWORKS["ideal"].save(spikes)
    layer = lava_bccn.MappedLayer(np.ones((2, 3)), np.zeros(2))
    lava_bccn.MappedNetwork((layer,), "float").save(rates)
    with pytest.raises(
        FileFormatError, match=r"spiking network, .*; .* lava_bccn\.network\.spiking"
    ):
        lava_bccn.load(spikes)
    with pytest.raises(FileFormatError, match=r"mapped network, .* lava_bccn\.load"):
        load(rates)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-8])


def say_newer(path):
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    said = json.loads(header["__metadata__"]["lava_bccn"])
    header["__metadata__"]["lava_bccn"] = json.dumps({**said, "version": 99})
    changed = json.dumps(header).encode()
    path.write_bytes(len(changed).to_bytes(8, "little") + changed + content[8 + length :])


def drop_populations(path):
    content = path.read_bytes()
    path.write_bytes(content.replace(b"populations", b"populationz"))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (truncate, "truncated or not a safetensors file"),
        (say_newer, "spiking network version 99.*upgrade"),
        (drop_populations, "damaged spiking network"),
        (lambda path: torch.save({}, path), r"torch\.save, not a spiking network"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, harm, message):
    path = tmp_path / "network.safetensors"
    NETWORKS["ideal"].save(path)
    harm(path)
    with pytest.raises(FileFormatError, match=message):
        load(path)


def test_a_network_shows_itself_in_a_few_lines():
    text = repr(NETWORKS["stp"])
    assert "hidden: 2 x 20" in text and "Teacher of output" in text
    assert "weight_1: input -> hidden (soma)" in text and "array" not in text
    assert text.count("\n") == 8  # of 3 populations, 4 connections and a teacher


def test_integer_weights_have_the_room_that_they_need():
    network = NETWORKS["fixed"]
    wide = tuple(replace(each, weight=each.weight.astype(np.int64)) for each in network.connections)
    assert_equal(replace(network, connections=wide), network)
    for weight in (np.full(wide[0].weight.shape, 200, np.uint8), wide[0].weight.astype(float)):
        with pytest.raises(InvalidInputError, match="not integers from -127 to 127"):
            replace(network, connections=(replace(wide[0], weight=weight), *wide[1:]))
