"""``bccn spikes``."""

from __future__ import annotations

import pytest

from lava_bccn import mapping
from lava_bccn.cli import main
from lava_bccn.network.spiking import load
from tests.cli.test_cli import json_of, refused

TINY = ("--samples", 6, "--epochs", 2, "--neurons", 2, "--hidden", 4, "--example-ms", 40)


def spikes(tmp_path, *options):
    return ("spikes", *TINY, "--output-dir", tmp_path, *options)


def test_every_seed_is_reported_drawn_and_kept(capsys, tmp_path):
    picture = tmp_path / "spikes.png"
    report = json_of(capsys, *spikes(tmp_path, "--seeds", 0, 3, "--workers", 1, "--plot", picture))
    assert [run["seed"] for run in report["runs"]] == [0, 3]
    for run in report["runs"]:
        assert len(run["online_accuracy"]) == 2
        assert run["synaptic_operations_per_image"] > run["spikes_per_image"] > 0
    assert picture.stat().st_size > 5_000
    name = tmp_path / "digits_ideal_seed3"
    assert load(f"{name}.safetensors").population("hidden1").neurons == 2
    assert mapping.load(f"{name}_rate.safetensors").sizes == (64, 4, 10)


def test_the_same_command_goes_on_and_others_are_kept_apart(capsys, tmp_path):
    first, again = (json_of(capsys, *spikes(tmp_path))["runs"][0] for _ in range(2))
    for timed in (first, again):
        timed.pop("test_seconds")
    assert again == first
    json_of(capsys, *spikes(tmp_path, "--decoding", "stp"))
    assert len(list(tmp_path.glob("*.npz"))) == 2
    assert "--learning-rate" in refused(capsys, *spikes(tmp_path, "--learning-rate", 0.01))


def test_the_table_says_what_an_image_takes(capsys, tmp_path):
    assert main([str(option) for option in spikes(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "64-4-10, 2 neurons an ensemble, ideal decoding" in " ".join(printed.split())
    assert "synaptic operations" in printed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--epochs", 0), "epochs"),
        (("--neurons", 0), "neurons"),
        (("--seeds", 1, 1), "twice"),
        (("--learning-rate", -1), "--learning-rate must"),
        (("--example-ms", 0), "--example-ms must"),
        (("--dataset", "nothing"), "nothing"),
        (("--plot", "spikes.txt"), "name it spikes.png"),
    ],
)
def test_bad_options_are_refused_in_one_line(capsys, tmp_path, options, message):
    assert message in refused(capsys, *spikes(tmp_path, *options))
