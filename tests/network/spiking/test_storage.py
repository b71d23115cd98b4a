"""Files of spiking networks: nothing lost, nothing foreign accepted."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

import lava_bccn
from lava_bccn.errors import FileFormatError
from lava_bccn.mapping.spiking import quantise
from lava_bccn.network.spiking import NeuronParameters, load
from tests.spiking_networks import spiking_network, stimulus


def assert_equal(first, second):
    if isinstance(first, np.ndarray):
        assert first.dtype == second.dtype
        np.testing.assert_array_equal(first, second)
    elif is_dataclass(first):
        assert type(first) is type(second)
        for field in fields(first):
            assert_equal(getattr(first, field.name), getattr(second, field.name))
    elif isinstance(first, tuple):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            assert_equal(one, other)
    else:
        assert first == second


NETWORKS = {
    "ideal": spiking_network(),
    "stp": spiking_network(stp=True, delays=True, time_step_ms=0.5),
    "moving average": spiking_network(average_ms=500.0, teacher=False),
    "fixed": quantise(spiking_network(stp=True, delays=True)),
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
    with pytest.raises(FileFormatError, match=r"spiking network; .* lava_bccn\.network\.spiking"):
        lava_bccn.load(spikes)
    with pytest.raises(FileFormatError, match=r"mapped network; .* lava_bccn\.load"):
        load(rates)


def test_a_network_shows_itself_in_a_few_lines():
    text = repr(NETWORKS["stp"])
    assert "hidden: 2 x 20" in text and "teacher of output" in text
    assert "weight_1: input -> hidden (soma)" in text and "array" not in text
