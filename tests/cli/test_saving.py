"""``bccn run --save``: what is there goes when all that replaces it has been written."""

import numpy as np
import pytest

import lava_bccn
from lava_bccn import mapping
from lava_bccn.backends.registry import BACKENDS
from lava_bccn.cli import main
from lava_bccn.errors import BackendUnavailableError, InterruptedRunError
from tests.cli.test_cli import refused

INPUTS = np.random.default_rng(0).random((7, 9))
OF_A_RUN = {"predictions", "event_rate_2", "event_rate_2_unit"}


@pytest.fixture
def run(tmp_path):
    """The command, with its inputs; what it saves is in ``states``."""
    mapping.new_network((9, 3, 2), INPUTS).save(tmp_path / "net.safetensors")
    np.save(tmp_path / "inputs.npy", INPUTS)
    arguments = ("run", tmp_path / "net.safetensors", "--inputs", tmp_path / "inputs.npy")
    return (*arguments, "--save", f"{tmp_path / 'states'}/")


@pytest.fixture
def states(run, tmp_path):
    """What a run has left."""
    assert main([*map(str, run), "--record", "soma", "apical"]) == 0
    return tmp_path / "states"


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_only_what_a_run_writes_is_replaced(run, states, capsys):
    assert main([*map(str, run), "--overwrite"]) == 0
    assert {path.stem for path in states.iterdir()} == OF_A_RUN
    np.save(states / "images.npy", INPUTS)
    before = content(states)
    assert "other files" in refused(capsys, *run, "--overwrite")
    assert "other files" in refused(capsys, *run, "--inputs", states / "images.npy", "--overwrite")
    assert content(states) == before


@pytest.mark.parametrize("name", ["soma_1", "labels"])
@pytest.mark.parametrize("option", ["--inputs", "--labels"])
def test_what_a_run_reads_is_never_replaced(run, states, capsys, name, option):
    array = INPUTS if option == "--inputs" else np.zeros(7, dtype=int)
    np.save(states / f"{name}.npy", array)
    before = content(states)
    for more in ((), ("--overwrite",)):
        line = refused(capsys, *run, option, states / f"{name}.npy", *more)
        assert f"{name}.npy is read by this run" in line and "another name" in line
    assert content(states) == before


def test_no_file_takes_the_place_of_the_data(run, tmp_path, capsys):
    data = tmp_path / "data.npz"
    np.savez(data, inputs=INPUTS, labels=np.arange(7) % 2)
    before = data.read_bytes()
    options = ("--dataset", data, "--test-share", "0.5", "--save", data, "--overwrite")
    assert "is read by this run" in refused(capsys, *run[:2], *options)
    assert data.read_bytes() == before


def test_what_was_there_stays_where_a_run_cannot_be(run, states, tmp_path, capsys, monkeypatch):
    before = content(states)
    np.save(tmp_path / "bad.npy", 2 * INPUTS)
    refused(capsys, *run, "--inputs", tmp_path / "bad.npy", "--overwrite")
    assert content(states) == before

    def missing(job):
        raise BackendUnavailableError("it is not installed; install it")

    monkeypatch.setitem(vars(BACKENDS["sim"]), "execute", missing)
    refused(capsys, *run, "--overwrite")
    assert content(states) == before


def test_what_was_done_replaces_it(run, states, monkeypatch, capsys):
    partial = lava_bccn.run(mapping.load(run[1]), INPUTS[:2])

    def interrupted(*args, **options):
        raise InterruptedRunError("it failed after 2 samples", 2, partial)

    monkeypatch.setattr(lava_bccn, "run", interrupted)
    assert main([*map(str, run), "--overwrite"]) == 2
    assert "these are in" in capsys.readouterr().err
    assert {path.stem for path in states.iterdir()} == {"predictions"}
    assert len(np.load(states / "predictions.npy")) == 2
