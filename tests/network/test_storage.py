"""Files of mapped networks: nothing lost, nothing foreign accepted, nothing half written."""

import json
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from safetensors import safe_open
from safetensors.numpy import save_file

from lava_bccn import mapping
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import FileFormatError, MissingDataError, OutputPathError
from lava_bccn.mapping import MappedLayer, MappedNetwork
from tests.conftest import integer_networks


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


@given(network=integer_networks())
def test_a_network_survives_the_file(tmp_path_factory, network):
    path = tmp_path_factory.mktemp("networks") / "network.safetensors"
    network = replace(network, metadata={"dataset": "digits", "class_names": ["a", "b"]})
    network.save(path)
    assert_equal(mapping.load(path), network)


def tied_network():
    """Y is W, and Q is Y in its units; biases are as those of the layer below."""
    weight, bias = np.arange(12, dtype=np.int8).reshape(4, 3), np.zeros(4, np.int32)
    square = np.arange(16, dtype=np.int8).reshape(4, 4)
    above = MappedLayer(square, bias, square, square, feedback="tied")
    return MappedNetwork(
        (MappedLayer(weight, bias), above), "fixed", number_format=FixedPointFormat()
    )


def test_a_compact_file_has_arrays_of_a_layer_that_are_the_same_once(tmp_path):
    network, path, plain = tied_network(), tmp_path / "compact.safetensors", tmp_path / "plain"
    network.save(path, compact=True)
    network.save(plain)
    assert_equal(mapping.load(path), network)
    with safe_open(path, "numpy") as file:
        assert {*file.keys()} == {f"layers.{n}.{a}" for n in (0, 1) for a in ("weight", "bias")}
    assert path.stat().st_size < plain.stat().st_size
    assert header_of(plain)["version"] == 6  # as releases before know it


def test_what_is_new_in_a_file_makes_it_newer(path, tmp_path):
    network = mapping.load(path)
    assert header_of(path)["version"] == 6
    assert "bias_boost" not in header_of(path)["layers"][0]
    layers = (replace(network.layers[0], bias_boost=-2),)
    replace(network, layers=layers).save(tmp_path / "newer.safetensors")
    assert header_of(tmp_path / "newer.safetensors")["version"] == 8
    assert mapping.load(tmp_path / "newer.safetensors").layers[0].bias_boost == -2


def test_a_compact_file_of_arrays_that_differ_is_no_other_file(path, tmp_path):
    mapping.load(path).save(tmp_path / "compact.safetensors", compact=True)
    assert (tmp_path / "compact.safetensors").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("same", [{"layers.0.weight": "bias"}, {"layers.0.bias": "layers.0.x"}, 3])
def test_a_damaged_compact_file(path, same):
    rewrite(path, version=7, same=same)
    with pytest.raises(FileFormatError, match="damaged"):
        mapping.load(path)


def header_of(path):
    with safe_open(path, "numpy") as file:
        return json.loads(file.metadata()["lava_bccn"])


@pytest.fixture
def path(tmp_path):
    network = MappedNetwork((MappedLayer(np.ones((2, 3)), np.zeros(2)),), "float")
    file = tmp_path / "network.safetensors"
    network.save(file)
    return file


def rewrite(path, **changes):
    header = {
        "format": "lava-bccn mapped network",
        "version": 1,
        "precision": "float",
        "p_baseline": 0.5,
        "number_format": None,
        "layers": [{}],
        "metadata": {},
        **changes,
    }
    tensors = {"layers.0.weight": np.ones((2, 3)), "layers.0.bias": np.zeros(2)}
    save_file(tensors, path, metadata={"lava_bccn": json.dumps(header)})


def test_networks_of_version_1_get_units_for_their_traces(tmp_path, generator):
    network = mapping.new_network((8, 6, 4), generator.random((20, 8)))
    path = tmp_path / "network.safetensors"
    network.save(path)
    with safe_open(path, framework="numpy") as file:
        header = json.loads(file.metadata()["lava_bccn"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    for layer in header["layers"]:
        del layer["deviation_exponent"], layer["apical_exponent"]
    save_file(tensors, path, metadata={"lava_bccn": json.dumps({**header, "version": 1})})
    for old, new in zip(mapping.load(path).layers, network.layers, strict=True):
        assert old.deviation_exponent == new.deviation_exponent
        assert old.apical_exponent >= new.apical_exponent


def test_the_rewritten_header_is_valid_before_it_is_damaged(path):
    rewrite(path)
    assert mapping.load(path).sizes == (3, 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 9}, "version 9.*upgrade"),
        ({"version": None}, "its version must be an integer of at least 1, not None"),
        ({"version": True}, "its version must be an integer"),
        ({"version": 0}, "its version must be an integer of at least 1"),
        ({"format": "other"}, "not a mapped network of lava-bccn"),
        ({"layers": [{}, {}]}, "damaged"),
        ({"layers": [{"no_such_field": 1}]}, "damaged"),
        ({"p_baseline": 3}, "damaged.*p_baseline"),
        ({"number_format": {"event_bits": 8}}, "damaged"),
    ],
)
def test_headers_that_cannot_be_read(path, changes, message):
    rewrite(path, **changes)
    with pytest.raises(FileFormatError, match=message):
        mapping.load(path)


def test_missing(tmp_path):
    with pytest.raises(MissingDataError, match="not there"):
        mapping.load(tmp_path / "none.safetensors")


def test_truncated(path):
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(FileFormatError, match="truncated"):
        mapping.load(path)


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"PK\x03\x04"])
def test_foreign(path, content):
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="not a safetensors file"):
        mapping.load(path)


def test_a_safetensors_file_of_another_program(path):
    save_file({"weight": np.ones(3)}, path)
    with pytest.raises(FileFormatError, match="not a mapped network"):
        mapping.load(path)


def test_an_unwritable_place_is_named(path):
    network = mapping.load(path)
    with pytest.raises(OutputPathError, match="cannot write"):
        network.save(path / "below_a_file.safetensors")
    with pytest.raises(OutputPathError, match="directory"):
        network.save(path.parent)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint64])
def test_integers_have_room_for_what_they_can_learn_to_be(tmp_path, dtype):
    """Whatever integers hold them: a bias in 8 bits would wrap when it learns."""
    weight, bias = np.array([[1, 2], [3, 127]]), np.array([100, 200])
    layer = MappedLayer(weight.astype(dtype), bias.astype(dtype))
    network = MappedNetwork((layer,), "fixed", number_format=FixedPointFormat())
    content = {"format": "lava-bccn mapped network", "version": 3, "layers": [{}]}
    content |= {"precision": "fixed", "p_baseline": 0.5, "number_format": {}}
    path = tmp_path / "network.safetensors"
    tensors = {"layers.0.weight": weight.astype(dtype), "layers.0.bias": bias.astype(dtype)}
    save_file(tensors, path, metadata={"lava_bccn": json.dumps(content)})
    for (each,) in (network.layers, mapping.load(path).layers):
        assert (each.weight.dtype, each.bias.dtype) == (np.int8, np.int32)
        np.testing.assert_array_equal(each.weight, weight)
        np.testing.assert_array_equal(each.bias, bias)
