"""``bccn inspect --loihi2``, ``doctor``, ``export`` and ``import`` from the command line."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from lava_bccn import mapping
from lava_bccn.cli import main
from tests.network.test_storage import assert_equal


@pytest.fixture
def path(tmp_path, generator):
    network = mapping.new_network((64, 20, 10), generator.random((40, 64)))
    file = tmp_path / "net.safetensors"
    replace(network, metadata={"dataset": "digits"}).save(file)
    return file


def test_inspect_places_and_prices(capsys, path):
    assert main(["inspect", str(path), "--loihi2", "--samples", "20", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["fits"] and report["cores"] == 2 and report["chips"] == 1
    assert report["cost"]["learning"]["joule"] > report["cost"]["inference"]["joule"] > 0
    assert [each["joule"] for each in report["published"]] == [0.59e-3, 0.0025e-3]
    assert main(["inspect", str(path), "--loihi2", "--samples", "20"]) == 0
    assert "2 cores on 1 of 8 chips" in capsys.readouterr().out


def test_what_does_not_fit_is_shown_and_refused(capsys, tmp_path, generator):
    network = mapping.new_network((5000, 4, 2), generator.random((4, 5000)))
    network.save(tmp_path / "wide.safetensors")
    np.save(tmp_path / "inputs.npy", generator.random((4, 5000)))
    arguments = ["inspect", str(tmp_path / "wide.safetensors"), "--loihi2"]
    assert main([*arguments, "--inputs", str(tmp_path / "inputs.npy"), "--json"]) == 2
    output = capsys.readouterr()
    assert not json.loads(output.out)["fits"]
    assert len(output.err.splitlines()) == 1 and "input axons" in output.err
    assert main([*arguments, "--dataset", "digits"]) == 2
    assert "64 inputs" in capsys.readouterr().err


def test_inspect_shows_what_learning_by_itself_takes(capsys, path):
    command = ["inspect", str(path), "--loihi2", "--learn", "--samples", "20"]
    assert main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["engine"]["engine"] == "integer_tag" and report["fits"]
    assert report["cost"]["learning"]["steps"] == 4
    assert report["cost"]["learning"]["plastic_updates"] > 0
    bits = (20 * (64 + 4) + 20 * 10) * 17  # W of layer 1, and Y of layer 2
    assert report["layers"][0]["load"]["synaptic_bytes"] == bits / 8
    assert {part["kind"] for part in report["parts"]} == {"stock", "neuron program"}
    for program in report["programs"]:
        assert len(program["program"]) == program["instructions"] > program["registers"]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "learning by itself (integer_tag)" in shown and "LearningDense" in shown
    assert main([*command, "--engine", "direct", "--constants", "2", "--json"]) == 0
    direct = json.loads(capsys.readouterr().out)
    assert direct["layers"][0]["load"]["synaptic_bytes"] == 20 * (64 + 2) + 20 * 10


def test_what_the_engine_does_not_teach_is_refused_in_one_line(capsys, tmp_path, generator):
    inputs = generator.random((40, 64))
    for options, told in (
        ({"feedback": "tied"}, "has no rule for layer 2 (feedback 'tied'"),
        ({"event_bits": 7}, "event rates of 8 bits"),
    ):
        network = mapping.new_network((64, 20, 10), inputs, **options)
        file = tmp_path / f"{network.layers[-1].feedback}.safetensors"
        replace(network, metadata={"dataset": "digits"}).save(file)
        assert main(["inspect", str(file), "--loihi2", "--learn"]) == 2
        message = capsys.readouterr().err
        assert told in message and len(message.splitlines()) == 1


def test_a_rate_that_the_engine_does_not_have_is_one_that_can_be_chosen(capsys, path):
    command = ["inspect", str(path), "--loihi2", "--learn", "--samples", "5"]
    assert main([*command, "--rate", "12"]) == 2
    message = capsys.readouterr().err
    assert "its rates are 2^-n" in message and "--rate" in message
    assert main([*command, "--rate", "4", "--hidden-boost", "2"]) == 0


def test_options_of_the_engine_need_what_reads_them(capsys, path):
    for options, told in (
        (["--learn"], "--learn needs --loihi2"),
        (["--engine", "direct"], "--engine needs --loihi2"),
        (["--chips", "2"], "--chips needs --loihi2"),
        (["--loihi2", "--engine", "direct"], "--engine needs --learn"),
        (["--loihi2", "--hidden-boost", "1"], "--hidden-boost needs --learn"),
        (["--loihi2", "--learn", "--hidden-boost", "3", "2"], "the network 1 hidden layers"),
    ):
        assert main(["inspect", str(path), *options]) == 2
        assert told in capsys.readouterr().err


def test_doctor_always_succeeds(capsys, tmp_path):
    assert main(["doctor", "--data-dir", str(tmp_path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["packages"]["lava-bccn"] and report["next_steps"]
    assert main(["doctor", "--data-dir", str(tmp_path)]) == 0
    assert "next:" in capsys.readouterr().out


def test_nir_there_and_back(capsys, path, tmp_path):
    pytest.importorskip("nir")
    back = tmp_path / "back.safetensors"
    assert main(["export", str(path), "-o", str(tmp_path / "net.nir")]) == 0
    assert main(["import", str(tmp_path / "net.nir"), "-o", str(back)]) == 0
    assert_equal(mapping.load(back), mapping.load(path))
    assert main(["import", str(path), "-o", str(tmp_path / "other.safetensors")]) == 2
    assert "not a NIR file" in capsys.readouterr().err


def test_without_nir_one_sentence_says_so(path, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "nir", None)
    assert main(["export", str(path), "-o", str(tmp_path / "net.nir")]) == 2
    assert "pip install 'lava-bccn[nir]'" in capsys.readouterr().err


def test_a_checkpoint_maps_to_the_same_network(capsys, path, tmp_path):
    checkpoint = tmp_path / "net.pt"
    assert main(["export", str(path), "-o", str(checkpoint)]) == 0
    assert main(["map", str(checkpoint), "-o", str(tmp_path / "again.safetensors")]) == 0
    again, network = mapping.load(tmp_path / "again.safetensors"), mapping.load(path)
    for first, second in zip(again.layers, network.layers, strict=True):
        np.testing.assert_allclose(
            first.weight * 2.0**first.weight_exponent,
            second.weight * 2.0**second.weight_exponent,
            atol=2.0**first.weight_exponent,
        )
    assert main(["export", str(path), "-o", str(tmp_path / "net.onnx")]) == 2
    assert ".nir (.pt would do too)" in capsys.readouterr().err


def test_what_only_infers_is_no_checkpoint(capsys, path, tmp_path):
    network = mapping.load(path)
    layers = [
        replace(layer, feedback=None, feedback_burst=None, feedback_event=None)
        for layer in network.layers
    ]
    replace(network, layers=tuple(layers), activation="relu").save(tmp_path / "relu.safetensors")
    out = tmp_path / "relu.pt"
    assert main(["export", str(tmp_path / "relu.safetensors"), "-o", str(out)]) == 2
    message = capsys.readouterr().err
    assert "to_torch" in message and len(message.splitlines()) == 1 and not out.exists()
