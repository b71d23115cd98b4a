"""Data of one's own in every command that takes ``--dataset``."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris

from lava_bccn import datasets, mapping
from lava_bccn.cli import main
from lava_bccn.nn.checkpoint import load_checkpoint
from tests.datasets.pictures import folder, save_colour, save_grey


def bccn(capsys, *arguments) -> str:
    """What a command prints; it must succeed and warn of nothing unless asked."""
    assert main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def refused(capsys, *arguments) -> str:
    """The one line by which a command is refused."""
    assert main([str(argument) for argument in arguments]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if "error:" in line]
    assert len(lines) == 1
    return lines[0]


@pytest.fixture
def iris(tmp_path):
    """A table of flowers, its labels first."""
    flowers = load_iris()
    path = tmp_path / "flowers.csv"
    rows = zip(flowers.target_names[flowers.target], flowers.data.tolist(), strict=True)
    lines = [f"{label},{','.join(map(str, values))}" for label, values in rows]
    path.write_text("species,a,b,c,d\n" + "\n".join(lines))
    return path


TRAINING = ("--hidden", "20", "--epochs", "20", "--learning-rate", "0.02")


def test_choices_are_made_on_training_samples_that_are_held_out(tmp_path, capsys):
    checkpoint, network = tmp_path / "digits.pt", tmp_path / "digits.safetensors"
    train = ("train", "--hidden", "20", "--epochs", "1", "-o", checkpoint)
    assert "error of what was held out" in bccn(capsys, *train, "--held-out")
    bccn(capsys, "map", checkpoint, "--held-out", "-o", network)
    chosen, final = (
        json.loads(bccn(capsys, "run", network, "--json", *how)) for how in (("--held-out",), ())
    )
    digits = datasets.load("digits")
    assert chosen["samples"] == round(len(digits.train_labels) / 6)
    assert final["samples"] == len(digits.test_labels)


def test_a_table_is_scaled_alike_from_training_to_running(tmp_path, capsys, iris, monkeypatch):
    checkpoint, network = tmp_path / "iris.pt", tmp_path / "iris.safetensors"
    how = ("--label", "species", "--test-share", "0.4")
    bccn(capsys, "train", "--dataset", iris, *how, *TRAINING, "-o", checkpoint)
    notes = load_checkpoint(checkpoint).data
    assert notes["reading"]["label"] == "species" and notes["reading"]["test_share"] == 0.4
    assert notes["class_names"] == ["setosa", "versicolor", "virginica"]
    assert "scaling: 4 columns" in bccn(capsys, "inspect", checkpoint)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # the path is recorded in full
    bccn(capsys, "map", checkpoint, "-o", network)
    assert mapping.load(network).metadata["reading"] == notes["reading"]
    report = json.loads(bccn(capsys, "run", network, "--json"))
    data = datasets.load(iris, label="species", test_share=0.4)
    assert report["samples"] == len(data.test_labels) == 60
    with torch.no_grad():
        trained = load_checkpoint(checkpoint).model(torch.from_numpy(data.test_inputs)).argmax(1)
    assert (trained.numpy() == report["predictions"]).mean() > 0.95  # in integers
    assert report["accuracy"] > 0.85
    # A part of the table, with a class less and another range, is scaled and numbered alike.
    lines = iris.read_text().splitlines()
    (tmp_path / "part.csv").write_text("\n".join([lines[0], *lines[70:140]]))
    report = json.loads(bccn(capsys, "run", network, "--dataset", tmp_path / "part.csv", "--json"))
    assert report["accuracy"] > 0.8 and set(report["predictions"]) <= {1, 2}


def test_a_table_trains_on_only_with_what_it_began_with(tmp_path, capsys, iris):
    output = tmp_path / "iris.pt"
    command = ("train", "--dataset", iris, "--label", "species", *TRAINING, "-o", output)
    bccn(capsys, *command)
    bccn(capsys, *command, "--resume")
    line = refused(capsys, *command, "--resume", "--test-share", "0.21")
    assert "the training data are others" in line
    iris.write_text(iris.read_text().replace("setosa,5.1", "setosa,50.1"))
    assert "the training data are others" in refused(capsys, *command, "--resume")


def test_a_new_network_learns_a_table_and_goes_on(tmp_path, capsys, iris):
    fresh, learned = tmp_path / "fresh.safetensors", tmp_path / "learned.safetensors"
    bccn(capsys, "new", "--dataset", iris, "--label", "1", "--hidden", "20", "-o", fresh)
    command = ("run", fresh, "--learn", "--epochs", "8", "-o", learned)
    bccn(capsys, *command)
    bccn(capsys, *command, "--resume")
    accuracy = json.loads(bccn(capsys, "run", learned, "--json"))["accuracy"]
    assert accuracy > 0.6
    bccn(capsys, "inspect", learned, "--loihi2")


def test_arrays_and_folders_do_too(tmp_path, capsys):
    random = np.random.default_rng(0)
    labels = np.arange(40) % 2
    images = (random.random((40, 4, 5)) * 100 + 100 * labels[:, None, None]).astype(np.uint8)
    np.savez(tmp_path / "a.npz", inputs=images, labels=labels)
    root = folder(tmp_path / "pictures", save_grey, parts=[""], count=10)
    for data, samples in ((tmp_path / "a.npz", 10), (root, 5)):
        checkpoint, network = data.with_suffix(".pt"), data.with_suffix(".safetensors")
        share = ("--test-share", "0.25")
        bccn(capsys, "train", "--dataset", data, *share, *TRAINING, "-o", checkpoint)
        bccn(capsys, "map", checkpoint, "-o", network)
        report = json.loads(bccn(capsys, "run", network, "--json"))
        assert report["samples"] == samples and mapping.load(network).input_size == 20


def test_some_samples_stand_for_all_where_classes_come_one_by_one(tmp_path, capsys):
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 40)
    images = (random.random((80, 4, 5)) * 100 + 100 * labels[:, None, None]).astype(np.uint8)
    arrays = {"inputs": images, "labels": labels, "test_inputs": images, "test_labels": labels}
    np.savez(tmp_path / "sorted.npz", **arrays)
    checkpoint, network, seen = (tmp_path / name for name in ("a.pt", "a.safetensors", "seen.npz"))
    bccn(capsys, "train", "--dataset", tmp_path / "sorted.npz", *TRAINING, "-o", checkpoint)
    bccn(capsys, "map", checkpoint, "--samples", "20", "-o", network)
    bccn(capsys, "run", network, "--samples", "20", "--save", seen)
    assert set(np.load(seen)["predictions"]) == {0, 1}
    whole = json.loads(bccn(capsys, "run", network, "--json"))
    assert whole["accuracy"] > 0.9 and not any(whole["saturated_potentials"])


def test_a_log_never_takes_the_place_of_the_data(tmp_path, capsys, iris):
    before = iris.read_bytes()
    command = ("--dataset", iris, "--label", "species")
    for more in ((), ("--overwrite",), ("--resume",)):
        output = ("-o", tmp_path / "flowers.pt")
        line = refused(capsys, "train", *command, *TRAINING, *output, *more)
        assert "flowers.csv is the data set" in line and "another name" in line
    fresh = tmp_path / "fresh.safetensors"
    bccn(capsys, "new", *command, "--hidden", "5", "-o", fresh)
    output = ("-o", tmp_path / "flowers.safetensors")
    line = refused(capsys, "run", fresh, "--learn", *output, "--overwrite")
    assert "flowers.csv is the data set" in line
    assert iris.read_bytes() == before


def test_no_curve_of_a_seed_takes_the_place_of_the_data(tmp_path, capsys, iris):
    data, fresh = tmp_path / "out_seed1.csv", tmp_path / "fresh.safetensors"
    before = iris.read_bytes()
    data.write_bytes(before)
    bccn(capsys, "new", "--dataset", data, "--label", "species", "--hidden", "5", "-o", fresh)
    output = ("-o", tmp_path / "out.safetensors", "--overwrite")
    line = refused(capsys, "run", fresh, "--learn", "--seeds", "0", "1", *output)
    assert "out_seed1.csv is the data set" in line and "another name" in line
    assert data.read_bytes() == before


def test_what_reading_decides_is_said_in_a_line(tmp_path, capsys):
    root = folder(tmp_path, save_grey, parts=["train"], classes=["a [bold]", "b"])
    folder(tmp_path, save_colour, parts=["test"], classes=["a [bold]", "b"])
    bccn_arguments = ["train", "--dataset", root, *TRAINING, "-o", tmp_path / "a.pt"]
    assert main([str(argument) for argument in bccn_arguments]) == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "warning" in line]
    assert line.startswith("warning: 4 of 8 files are grey") and "/train/a [bold]/0.png" in line


def test_other_classes_than_the_network_knows_are_told(tmp_path, capsys):
    folder(tmp_path / "one", save_colour, classes=["cat", "dog"])
    folder(tmp_path / "two", save_colour, classes=["ant", "bee"])
    network = tmp_path / "net.safetensors"
    bccn(capsys, "new", "--dataset", tmp_path / "one", "--hidden", "5", "-o", network)
    for options in ([], ["--learn", "-o", str(tmp_path / "learned.safetensors")]):
        assert main(["run", str(network), "--dataset", str(tmp_path / "two"), *options]) == 0
        assert "warning: two has other classes" in (told := capsys.readouterr().err)
        assert "'ant' is taken for 'cat'" in told.replace("\n", " ")


def test_what_does_not_go_with_a_data_set_is_refused(tmp_path, capsys, iris):
    output = ("-o", tmp_path / "a.pt")
    table = ("train", "--dataset", iris, "--label", "species")
    assert "--conv is for images" in refused(capsys, *table, "--conv", "4x2", *output)
    assert "for images" in refused(capsys, *table, "--flip", *output)
    assert "leave --test-share out" in refused(capsys, "train", "--test-share", "0.5", *output)
    assert "--label is for .csv" in refused(capsys, "train", "--label", "a", *output)
    assert "between 0 and 1" in refused(capsys, *table, "--test-share", "2", *output)
    assert not (tmp_path / "a.pt").exists()


def test_the_help_of_every_command_tells_of_files(capsys):
    for command in ("train", "map", "run", "new"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        text = " ".join(capsys.readouterr().out.split())
        assert ".npz" in text and ".csv" in text and "--label COLUMN" in text
