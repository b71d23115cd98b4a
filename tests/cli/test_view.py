"""``bccn view`` writes a page of the samples that are asked for."""

import json

import numpy as np
import pytest

import lava_bccn
from lava_bccn import mapping
from lava_bccn.cli import main
from tests.cli.test_cli import refused
from tests.spiking_networks import spiking_network
from tests.view.reading import told


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A network with samples of its own, in the working directory."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    inputs, labels = random.random((30, 9)), np.arange(30) % 3
    network = mapping.new_network((9, 6, 3), inputs)
    network.save("net.safetensors")
    np.save("inputs.npy", inputs)
    np.save("labels.npy", labels)
    return network, inputs, labels


WITH_INPUTS = ("view", "net.safetensors", "--inputs", "inputs.npy", "-o", "page.html")


def test_it_shows_the_first_samples(files, tmp_path, capsys):
    _, _, labels = files
    arguments = (*WITH_INPUTS, "--labels", "labels.npy", "--samples", "4", "--json")
    assert main(arguments) == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert json.loads(capsys.readouterr().out) == {
        "page": "page.html",
        "samples": 4,
        "bytes": len(page.encode()),
    }
    assert [each["label"] for each in told(page)["samples"]] == labels[:4].tolist()
    assert main([*arguments, "--overwrite"]) == 0


def test_it_shows_mistakes(files, tmp_path):
    network, inputs, labels = files
    assert main((*WITH_INPUTS, "--labels", "labels.npy", "--mistakes", "--samples", "3")) == 0
    predictions = lava_bccn.run(network, inputs).predictions
    wrong = np.flatnonzero(predictions != labels)[:3]
    samples = told((tmp_path / "page.html").read_text("utf-8"))["samples"]
    assert [each["label"] for each in samples] == labels[wrong].tolist()
    assert [each["answer"] for each in samples] == predictions[wrong].tolist()


def test_there_may_be_no_mistakes(files, capsys):
    network, inputs, _ = files
    np.save("labels.npy", lava_bccn.run(network, inputs).predictions)
    line = refused(capsys, *WITH_INPUTS, "--labels", "labels.npy", "--mistakes")
    assert "all 30 samples right; leave out --mistakes" in line
    assert "add --labels" in refused(capsys, *WITH_INPUTS, "--mistakes")


def test_networks_that_come_with_the_package_know_their_data(tmp_path):
    output = tmp_path / "digits.html"
    assert main(["view", "digits", "--samples", "2", "-o", str(output)]) == 0
    page = told(output.read_text("utf-8"))
    assert page["classes"] == list("0123456789") and page["input"]["shape"] == [1, 8, 8]
    assert output.stat().st_size < 100_000


def test_what_it_cannot_show_is_refused(files, tmp_path, capsys):
    spiking_network().save(tmp_path / "spikes.safetensors")
    line = refused(capsys, "view", "spikes.safetensors", "-o", "page.html")
    assert "is a spiking network" in line and "view the network of rates" in line
    assert "name it page.html" in refused(capsys, "view", "net.safetensors", "-o", "page.png")
