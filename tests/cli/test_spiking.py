"""``bccn xor``, ``bccn demo --spiking`` and ``bccn bench spiking``."""

from __future__ import annotations

import re

import numpy as np
import pytest

import lava_bccn
from lava_bccn.cli import main
from lava_bccn.network.spiking import load
from tests.cli.test_cli import json_of, needs_lava, refused
from tests.spiking_networks import spiking_network

TINY = ("--neurons", 20, "--connection-probability", 1, "--example-seconds", 0.1, "--epochs", 2)


def xor(tmp_path, *options):
    return ("xor", *TINY, "--rate-scale", 0.02, "--output-dir", tmp_path, *options)


def test_xor_reports_every_seed_and_draws(capsys, tmp_path):
    picture = tmp_path / "xor.png"
    report = json_of(capsys, *xor(tmp_path, "--seeds", 0, 3, "--workers", 1, "--plot", picture))
    assert [run["seed"] for run in report["runs"]] == [0, 3]
    for run in report["runs"]:
        assert len(run["before_hz"]) == len(run["after_hz"]) == 4
        assert run["learned"] == (run["ratio"] >= report["needed_ratio"])
    assert picture.stat().st_size > 10_000
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_xor_keeps_the_network_that_it_trained(capsys, tmp_path):
    json_of(capsys, *xor(tmp_path, "--precision", "fixed"))
    network = load(next(tmp_path.glob("*.safetensors")))
    with np.load(next(tmp_path.glob("*.npz"))) as checkpoint:
        for connection in network.connections:
            np.testing.assert_array_equal(
                connection.weight, checkpoint[f"{connection.name}/weight"]
            )
    assert network.precision == "fixed"


@pytest.mark.slow
def test_xor_goes_on_and_keeps_kinds_of_runs_apart(capsys, tmp_path):
    first, again = (json_of(capsys, *xor(tmp_path))["runs"][0] for _ in range(2))
    for timed in (first, again):
        timed.pop("simulator_seconds")
    assert again == first
    json_of(capsys, *xor(tmp_path, "--precision", "fixed"))
    assert len(list(tmp_path.glob("*.npz"))) == 2
    message = refused(capsys, *xor(tmp_path, "--rate-scale", 0.01))
    assert "--rate-scale" in message


def test_xor_by_spikes_alone_shows_burst_probabilities_without_a_teacher(capsys, tmp_path):
    options = ("--decoding", "stp", "--plot", tmp_path / "stp.png")
    arguments = [str(argument) for argument in xor(tmp_path, *options)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "without a teacher (baseline 0.25)" in printed and "hidden 2" in printed
    assert (tmp_path / "stp.png").stat().st_size > 10_000


@pytest.mark.slow
def test_feedback_that_learns_is_another_run(capsys, tmp_path):
    for feedback in ("fit", "learned"):
        json_of(capsys, *xor(tmp_path, "--decoding", "stp", "--feedback", feedback))
    assert len(list(tmp_path.glob("*.npz"))) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--epochs", 0), "epochs"),
        (("--neurons", 0), "neurons"),
        (("--workers", 0), "workers"),
        (("--seeds", 1, 1), "twice"),
        (("--connection-probability", 1.5), "--connection-probability must"),
        (("--rule", "burstprop", "--precision", "fixed"), "floating point"),
        (("--plot", "xor.txt"), "name it xor.png"),
    ],
)
def test_xor_refuses_in_one_line(capsys, tmp_path, options, message):
    assert message in refused(capsys, *xor(tmp_path, *options))


def test_bench_spiking_takes_no_file(capsys, tmp_path):
    assert "give no file" in refused(capsys, "bench", "spiking", tmp_path / "net.safetensors")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_spiking_demo_shows_two_messages(capsys, tmp_path):
    report = json_of(capsys, "demo", "--spiking", "--output-dir", tmp_path)
    for precision in ("float", "fixed"):
        correlations = report["multiplexing"][precision]
        assert correlations["depressing"]["events"] > 0.9
        assert correlations["facilitating"]["bursts"] > 0.9
    for picture in report["figures"].values():
        assert (tmp_path / picture).exists()


@needs_lava
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_simulator_is_faster_than_lava_with_the_same_spikes(capsys):
    report = json_of(capsys, "bench", "spiking")
    for precision in ("float", "fixed"):
        coupled = report[precision]["coupled"]
        assert coupled["ratio"] > 10 and coupled["spikes"] == "the same"
        assert coupled["simulated_seconds_per_second"] > 5


def test_inspect_shows_a_spiking_network_and_how_it_is_run(capsys, tmp_path):
    network = spiking_network(stp=True, receptors=True, homeostasis=1.0)
    path = tmp_path / "spiking.safetensors"
    network.save(path)
    report = json_of(capsys, "inspect", path)
    assert [each["receptor_ms"] for each in report["connections"]] == [80, 80, 50, 50]
    assert [each["learns"] for each in report["connections"]] == [True, True, False, False]
    assert [each["homeostasis"] for each in report["connections"]] == [False, False, False, True]
    assert report["neurons"] == network.size
    assert [each["name"] for each in report["populations"]] == ["input", "hidden", "output"]
    assert report["connections"][0]["short_term_plasticity"]
    assert main(["inspect", str(path)]) == 0
    shown = capsys.readouterr().out
    call = re.search(r"lava_bccn\.run_spikes\(.*, currents, sample_steps=1000\)", shown)[0]
    names = {"lava_bccn": lava_bccn, "currents": np.zeros((1, network.ensembles))}
    assert len(eval(call.replace("1000", "3"), names).counts) == 1
    assert "read it with bccn inspect" in refused(capsys, "run", path)
