"""``bccn``: the path step by step, JSON for scripts, and one line for every kind of bad input."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from lava_bccn import datasets
from lava_bccn.cli import main
from lava_bccn.nn import burst_layers, burst_states, load_checkpoint
from lava_bccn.nn.model_options import CONVOLUTIONAL_MODELS, MODEL_OPTIONS

needs_lava = pytest.mark.lava


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a small trained and mapped network in it."""
    path = tmp_path_factory.mktemp("bccn")
    train = ["train", "-o", str(path / "net.pt"), "--hidden", "16", "--epochs", "12", "--json"]
    assert main(train) == 0
    for precision in ("fixed", "float"):
        output = str(path / f"{precision}.safetensors")
        assert main(["map", str(path / "net.pt"), "-o", output, "--precision", precision]) == 0
    return path


def json_of(capsys, *arguments):
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *arguments):
    """The one line that a refused command prints."""
    capsys.readouterr()
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as exit_of_argparse:
        code = exit_of_argparse.code
    lines = capsys.readouterr().err.strip().splitlines()
    assert code == 2
    assert len(lines) == 1, lines
    assert lines[0].startswith("bccn")
    return lines[0]


def test_train_reports_and_logs(capsys, tmp_path):
    output = tmp_path / "net.pt"
    report = json_of(capsys, "train", "-o", output, "--hidden", 16, "--epochs", 3, "--seed", 1)
    assert report["sizes"] == [64, 16, 10] and report["epochs"] == 3
    assert 0 <= report["test_error"] <= 1
    assert len((tmp_path / "net.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize("activation", ["sigmoid", "hard_sigmoid"])
def test_a_centred_network_starts_in_the_middle_of_its_range(capsys, tmp_path, activation):
    output = tmp_path / "net.pt"
    untrained = ["--epochs", 1, "--learning-rate", 1e-12]
    network = ["--hidden", 16, "--activation", activation, "--centre"]
    json_of(capsys, "train", "-o", output, *network, *untrained)
    inputs = torch.from_numpy(datasets.load("digits").train_inputs)
    hidden, readout = burst_states(load_checkpoint(output).model, inputs)
    assert float(hidden.soma.mean(0).abs().max()) < 0.2
    assert float(readout.event_rate.mean()) == pytest.approx(0.1, abs=0.04)


def test_a_convolutional_network_trains_and_is_inspected(capsys, tmp_path):
    output = tmp_path / "cnn.pt"
    network = ["--conv", "4x3/2+1", "6x3", "--hidden", 12, "--crop-padding", 1, "--flip"]
    report = json_of(capsys, "train", "-o", output, *network, "--epochs", 1)
    assert report["sizes"] == [64, 4, 6, 12, 10]
    layers = json_of(capsys, "inspect", output)["layers"]
    assert layers[0]["stride"] == [2, 2] and layers[0]["padding"] == [1, 1]
    assert main(["inspect", str(output)]) == 0
    assert "6 x 4 x 3 x 3" in capsys.readouterr().out


FOLLOW_UP = ["--activation", "relu_rms", "--readout-activation", "softmax", "--error-scale", 0.1]
FOLLOW_UP += ["--activity-shift", 1, "--optimizer", "sgd", "--momentum", 0.9, "--warm-up", 1]
FOLLOW_UP += ["--learning-rate", 0.02, "--label-smoothing", 0.05, "--weight-decay", 1e-4]
"""Options of its recipe."""


def test_the_recipe_of_the_follow_up_trains(capsys, tmp_path):
    output = tmp_path / "net.pt"
    network = ["--hidden", 64, 32, "--feedback-gains", 1, 10, "--feedback", "tied", "--epochs", 4]
    report = json_of(capsys, "train", "-o", output, *network, *FOLLOW_UP)
    assert report["test_error"] < 0.15
    first, second, readout = load_checkpoint(output).model[2:]
    assert (first.feedback_gain, second.feedback_gain, readout.error_scale) == (1, 10, 0.1)
    assert (second.activation, readout.activation) == ("relu_rms", "softmax")
    config = load_checkpoint(output).training["config"]
    assert (config["warm_up"], config["label_smoothing"]) == (1, 0.05)


def test_feedback_with_branches_and_noise_realigns(capsys, tmp_path):
    output = tmp_path / "net.pt"
    network = ["--hidden", 12, 8, "--learn-feedback-burst", "--branches", 4, "--forward-noise", 0.1]
    network += ["--homeostatic-factor", "burst_rate"]
    blocks = ["--realignment-batches", 3, "--realignment-per-batch", 0.5, "--realignment-only"]
    json_of(capsys, "train", "-o", output, *network, *blocks, "--epochs", 1)
    stored = load_checkpoint(output)
    config, second = stored.training["config"], burst_layers(stored.model)[1]
    assert (second.branches, second.homeostatic_factor) == (4, "burst_rate")
    assert second.forward_noise == 0.1
    assert (config["realignment_batches"], config["realignment_per_batch"]) == (3, 0.5)
    message = refused(capsys, "train", "-o", tmp_path / "other.pt", "--realignment-batches", 3)
    assert "--learn-feedback-burst" in message


def test_a_rectified_network_starts_from_nothing(capsys, tmp_path):
    rectified = ["new", "-o", tmp_path / "new.safetensors", "--hidden", 12, 8]
    rectified += ["--activation", "bounded_relu"]
    assert "--readout-activation softmax" in refused(capsys, *rectified)
    homeostatic = ["--feedback", "random", "--feedback-event", "random", "--learn-feedback-event"]
    json_of(capsys, *rectified, "--readout-activation", "softmax", *homeostatic, "--branches", 8)
    report = json_of(capsys, "inspect", tmp_path / "new.safetensors")
    assert report["activations"] == ["bounded_relu", "bounded_relu", "softmax"]
    assert report["homeostatic"] == {f"layer {n}": "Q on 8 branches" for n in (2, 3)}
    assert report["activity_shift"] == 1


@pytest.fixture
def pictures(tmp_path):
    """JPEGs of different sizes, of six classes."""
    generator = np.random.default_rng(0)
    for part in ("train", "val"):
        for name in "abcdef":
            (tmp_path / "pictures" / part / name).mkdir(parents=True)
            for number in range(2):
                levels = generator.integers(256, size=(*generator.integers(12, 30, 2), 3))
                file = tmp_path / "pictures" / part / name / f"{number}.JPEG"
                Image.fromarray(levels.astype(np.uint8)).save(file)
    return tmp_path / "pictures"


def test_pictures_are_read_while_training(capsys, tmp_path, pictures):
    output = tmp_path / "net.pt"
    network = ["--streaming", "--size", 12, "--conv", "4x5/2", "--hidden", 8, "--flip", "--centre"]
    arguments = ["--dataset", pictures, "-o", output, "--epochs", 2, *network]
    report = json_of(capsys, "train", *arguments)
    assert report["sizes"] == [432, 4, 8, 6]
    assert 0 <= report["test_top5_error"] <= report["test_error"] <= 1
    assert "held_out_top5_error" in (tmp_path / "net.csv").read_text().splitlines()[0]
    assert json_of(capsys, "train", *arguments, "--resume")["epochs"] == 2
    assert load_checkpoint(output).data["class_names"] == list("abcdef")
    patient = ["--patience", 1, "--overwrite"]
    assert json_of(capsys, "train", *arguments, *patient)["epochs"] <= 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", 12], "--size needs --streaming"),
        (["--workers", 2], "--workers needs --streaming"),
        (["--streaming", "--test-share", 0.3], "--test-share does not go with --streaming"),
        (["--streaming", "--download"], "--download does not go with --streaming"),
        (["--streaming"], "digits is no folder"),
    ],
)
def test_options_of_streams_go_with_streams_only(capsys, tmp_path, arguments, message):
    assert message in refused(capsys, "train", "-o", tmp_path / "net.pt", *arguments)


@pytest.mark.slow
def test_torchrun_trains_what_one_process_does(capsys, tmp_path):
    options = ["--hidden", "16", "--epochs", "2", "--json"]
    alone = json_of(capsys, "train", "-o", tmp_path / "alone.pt", *options[:-1])
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", "-m", "lava_bccn", "train"]
    command += ["-o", str(tmp_path / "together.pt"), *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    together = json.loads(run.stdout)
    assert together["test_error"] == alone["test_error"]
    states = [load_checkpoint(tmp_path / name).model for name in ("alone.pt", "together.pt")]
    for one, other in zip(*(model.parameters() for model in states), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize("model", sorted(CONVOLUTIONAL_MODELS - {"burstccn"}))
def test_convolutions_of_other_models_train(capsys, tmp_path, model):
    output = tmp_path / "cnn.pt"
    network = ["--model", model, "--conv", "4x3/2", "--hidden", 12, "--epochs", 1]
    assert json_of(capsys, "train", "-o", output, *network)["sizes"] == [64, 4, 12, 10]


def test_convolutions_of_edn_are_refused(capsys, tmp_path):
    arguments = ["-o", tmp_path / "cnn.pt", "--model", "edn", "--conv", "4x3"]
    assert "edn has fully connected layers only" in refused(capsys, "train", *arguments)


@pytest.mark.parametrize("convolution", ["64", "x5", "64x5/", "64x5-2"])
def test_what_is_no_convolution_is_refused(capsys, tmp_path, convolution):
    message = refused(capsys, "train", "-o", tmp_path / "cnn.pt", "--conv", convolution)
    assert "is no convolution" in message


def test_a_convolutional_network_is_mapped_and_run(capsys, tmp_path):
    output, mapped = tmp_path / "cnn.pt", tmp_path / "cnn.safetensors"
    json_of(capsys, "train", "-o", output, "--conv", "2x3", "--hidden", 4, "--epochs", 1)
    json_of(capsys, "map", output, "-o", mapped)
    assert json_of(capsys, "inspect", mapped)["architecture"] == "1x8x8-2x6x6-4-10"
    assert json_of(capsys, "run", mapped, "--samples", 20)["samples"] == 20
    assert "convolution" in refused(capsys, "run", mapped, "--learn", "-o", tmp_path / "x.st")


@pytest.mark.parametrize("model", MODEL_OPTIONS)
def test_every_model_trains_and_maps_if_it_can(capsys, tmp_path, model):
    path, mapped = tmp_path / "net.pt", tmp_path / "net.safetensors"
    report = json_of(capsys, "train", "--model", model, "-o", path, "--hidden", 8, 6, "--epochs", 2)
    assert report["model"] == model and report["sizes"] == [64, 8, 6, 10]
    assert "angle_to_backprop_3" in (tmp_path / "net.csv").read_text().splitlines()[0]
    layers = json_of(capsys, "inspect", path)["layers"]
    assert [layer["in_features"] for layer in layers] == [64, 8, 6]
    if model in ("burstprop", "edn"):
        line = refused(capsys, "map", path, "-o", mapped)
        assert "cannot be mapped" in line and "burstccn, backprop and feedback_alignment" in line
    else:
        json_of(capsys, "map", path, "-o", mapped, "--precision", "float")
        test_error = 1 - json_of(capsys, "run", mapped)["accuracy"]
        assert test_error == pytest.approx(report["test_error"], abs=0.003)


@pytest.mark.parametrize("command", ["new", "train"])
@pytest.mark.parametrize(
    ("options", "warned"),
    [
        (["--feedback-event", "random"], "Q is random and does not learn"),
        (["--feedback", "kolen_pollack", "--feedback-event", "symmetric"], "Q stays as it starts"),
        (["--feedback", "random", "--feedback-event", "symmetric"], ""),
        (
            ["--feedback", "random", "--feedback-event", "random", "--learn-feedback-event"],
            "",
        ),
        ([], ""),
    ],
)
def test_a_q_that_cannot_balance_y_is_told(capsys, tmp_path, command, options, warned):
    ending, more = {"new": ("safetensors", []), "train": ("pt", ["--epochs", "1"])}[command]
    output = ["-o", str(tmp_path / f"net.{ending}"), "--hidden", "4"]
    assert main([command, *output, *more, *options]) == 0
    warnings = [line for line in capsys.readouterr().err.splitlines() if "warning" in line]
    assert [warned in line and "--learn-feedback-event" in line for line in warnings] == (
        [True] if warned else []
    )


def test_bccn_alone_prints_its_help(capsys):
    assert main([]) == 0
    assert "examples:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("model", "option", "message"),
    [
        (
            "backprop",
            ["--feedback", "random"],
            "--feedback does not apply to backprop",
        ),
        ("feedback_alignment", ["--p-baseline", "0.2"], "--p-baseline does not apply"),
        ("burstprop", ["--learn-feedback-event"], "--learn-feedback-event does not apply"),
        ("edn", ["--feedback-event", "tied"], "--feedback-event does not apply to edn"),
        (
            "edn",
            ["--feedback", "kolen_pollack"],
            "--feedback of edn must be one of random, symmetric, tied, not 'kolen_pollack'",
        ),
        ("burstccn", ["--nudging", "0.1"], "--nudging does not apply to burstccn"),
    ],
)
def test_options_that_a_model_lacks_are_refused(capsys, tmp_path, model, option, message):
    line = refused(capsys, "train", "-o", tmp_path / "net.pt", "--model", model, *option)
    assert message in line
    assert not list(tmp_path.iterdir())


def test_a_finished_run_resumes_to_itself(capsys, tmp_path):
    arguments = ["train", "-o", tmp_path / "net.pt", "--hidden", 8, "--epochs", 2]
    first = json_of(capsys, *arguments)
    assert json_of(capsys, *arguments, "--resume") == first


def test_early_stopping_holds_out_training_samples(capsys, tmp_path):
    arguments = ["--hidden", 4, "--epochs", 30, "--learning-rate", 1e-12, "--patience", 2]
    report = json_of(capsys, "train", "-o", tmp_path / "net.pt", *arguments)
    assert report["stopped_early"] and report["epochs"] == 3


@pytest.mark.parametrize("backend", ["sim", pytest.param("lava", marks=needs_lava)])
@pytest.mark.parametrize("precision", ["fixed", "float"])
def test_run(capsys, folder, precision, backend):
    network = folder / f"{precision}.safetensors"
    report = json_of(capsys, "run", network, "--backend", backend, "--samples", 5, "--teacher")
    assert report["samples"] == 5 and report["precision"] == precision
    assert report["accuracy"] >= 0.8  # 12 epochs of a small network, five images
    assert report["saturated_potentials"] == [0, 0]


def test_run_saves_what_it_recorded(folder, tmp_path):
    inputs, saved = tmp_path / "inputs.npy", tmp_path / "states.npz"
    np.save(inputs, np.random.default_rng(0).random((7, 64)))
    arguments = ["--inputs", inputs, "--save", saved, "--record", "apical", "burst_prob"]
    assert main(["run", str(folder / "fixed.safetensors"), *map(str, arguments)]) == 0
    with np.load(saved) as states:
        shapes = {name: states[name].shape for name in states if not name.endswith("_unit")}
        rates = states["event_rate_2"] * states["event_rate_2_unit"]
        assert (states["predictions"] == rates.argmax(axis=1)).all()
        assert states["burst_prob_1_unit"] == 2.0**-15
    assert 0 < rates.max() < 1
    assert shapes == {
        "predictions": (7,),
        "apical_1": (7, 16),
        "burst_prob_1": (7, 16),
        "burst_prob_2": (7, 10),
        "event_rate_2": (7, 10),
    }


def test_run_saves_into_a_folder_what_it_would_into_a_file(capsys, folder, tmp_path):
    network, file, states = folder / "fixed.safetensors", tmp_path / "states.npz", tmp_path / "of"
    np.save(tmp_path / "inputs.npy", np.random.default_rng(0).random((7, 64)))
    arguments = ["run", network, "--inputs", tmp_path / "inputs.npy", "--record", "soma", "--save"]
    for place in (file, f"{states}/"):
        assert main([*map(str, arguments), str(place)]) == 0
    with np.load(file) as expected:
        assert sorted(path.stem for path in states.iterdir()) == sorted(expected)
        for name, array in expected.items():
            np.testing.assert_array_equal(np.load(states / f"{name}.npy"), array)
    assert "--overwrite" in refused(capsys, *arguments, f"{states}/")
    assert main([*map(str, arguments), f"{states}/", "--overwrite"]) == 0
    (states / "mine.txt").touch()
    assert "other files" in refused(capsys, *arguments, f"{states}/", "--overwrite")


def test_map_reports_the_rounding(capsys, folder, tmp_path):
    output = tmp_path / "four.safetensors"
    report = json_of(capsys, "map", folder / "net.pt", "-o", output, "--weight-bits", 4)
    assert report["sizes"] == [64, 16, 10]
    assert all(0.01 < layer["weight_error"] < 0.3 for layer in report["rounding"])
    layers = json_of(capsys, "inspect", output)["layers"]
    assert layers[0]["dtype"] == "int8"


def test_inspect_tells_the_files_apart(capsys, folder):
    checkpoint = json_of(capsys, "inspect", folder / "net.pt")
    network = json_of(capsys, "inspect", folder / "fixed.safetensors")
    assert checkpoint["kind"] == "checkpoint" and checkpoint["epochs_done"] == 12
    assert network["kind"] == "mapped network" and network["number_format"]["event_bits"] == 8
    assert [layer["shape"] for layer in network["layers"]] == [[16, 64], [10, 16]]


@pytest.mark.parametrize("command", ["train", "map", "run", "inspect"])
def test_tables_for_people(capsys, folder, tmp_path, command):
    arguments = {
        "train": ["-o", tmp_path / "a.pt", "--hidden", 4, "--epochs", 1],
        "map": [folder / "net.pt", "-o", tmp_path / "a.safetensors"],
        "run": [folder / "fixed.safetensors"],
        "inspect": [folder / "fixed.safetensors"],
    }[command]
    capsys.readouterr()
    assert main([command, *map(str, arguments)]) == 0
    assert "64" in capsys.readouterr().out


@pytest.mark.parametrize("command", [[], ["demo"], ["train"], ["map"], ["run"], ["inspect"]])
def test_help_has_examples(capsys, command):
    with pytest.raises(SystemExit) as exit_of_argparse:
        main([*command, "--help"])
    assert exit_of_argparse.value.code == 0
    assert "examples:\n  bccn " in capsys.readouterr().out


def test_the_module_is_the_command():
    arguments = [sys.executable, "-m", "lava_bccn", "inspect", "/no/such/file"]
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=100, check=False)
    assert result.returncode == 2
    assert result.stderr.strip() == (
        "bccn inspect: error: /no/such/file is not there; expected a file"
    )


class TestBadInput:
    """Each says what was expected, what came and what to do, and changes no file."""

    @pytest.fixture(autouse=True)
    def _files_stay(self, folder):
        before = {path: path.read_bytes() for path in folder.iterdir()}
        yield
        assert {path: path.read_bytes() for path in folder.iterdir()} == before

    def test_usage(self, capsys, folder):
        assert "see bccn train --help" in refused(capsys, "train")
        assert "invalid choice" in refused(
            capsys, "run", folder / "fixed.safetensors", "--backend", "gpu"
        )

    def test_wrong_shape_of_inputs(self, capsys, folder, tmp_path):
        np.save(tmp_path / "x.npy", np.zeros((3, 10)))
        line = refused(capsys, "run", folder / "fixed.safetensors", "--inputs", tmp_path / "x.npy")
        assert "(3, 10); expected (samples, 64)" in line

    @pytest.mark.parametrize(
        ("array", "message"),
        [
            (np.full((2, 64), np.nan), "128 values that are NaN"),
            (np.full((2, 64), 3.0), "[0, 1]"),
            (np.full((2, 64), 3, dtype=np.uint8), "uint8"),
        ],
    )
    def test_wrong_values_of_inputs(self, capsys, folder, tmp_path, array, message):
        np.save(tmp_path / "x.npy", array)
        network = folder / "fixed.safetensors"
        assert message in refused(capsys, "run", network, "--inputs", tmp_path / "x.npy")

    def test_inputs_that_are_no_array(self, capsys, folder, tmp_path):
        (tmp_path / "x.npy").write_text("text")
        network = folder / "fixed.safetensors"
        line = refused(capsys, "run", network, "--inputs", tmp_path / "x.npy")
        assert "numpy.save" in line
        np.save(tmp_path / "x.npy", np.array(1.0))
        assert "numpy.save" in refused(capsys, "run", network, "--inputs", tmp_path / "x.npy")

    def test_missing_data_set(self, capsys, tmp_path):
        line = refused(
            capsys, "train", "--dataset", "mnist", "--data-dir", tmp_path, "-o", tmp_path / "a.pt"
        )
        assert "--download" in line and not (tmp_path / "a.pt").exists()

    def test_a_data_set_of_other_classes(self, capsys, folder, data_dir):
        arguments = ["--dataset", "mnist", "--data-dir", data_dir]
        line = refused(capsys, "run", folder / "fixed.safetensors", *arguments)
        assert "784 inputs and 10 classes" in line and "--dataset" in line and "--inputs" in line

    def test_truncated_files(self, capsys, folder, tmp_path):
        for name, command in (("net.pt", "inspect"), ("fixed.safetensors", "run")):
            half = tmp_path / name
            half.write_bytes((folder / name).read_bytes()[:300])
            assert "truncated" in refused(capsys, command, half)

    def test_foreign_files(self, capsys, folder, tmp_path):
        assert "make a mapped network of it with bccn map" in refused(
            capsys, "run", folder / "net.pt"
        )
        arguments = ["map", folder / "fixed.safetensors", "-o", tmp_path / "a.safetensors"]
        assert "is a safetensors file" in refused(capsys, *arguments)

    def test_a_pickled_module(self, capsys, tmp_path):
        torch.save(torch.nn.Linear(2, 2), tmp_path / "module.pt")
        arguments = ["map", tmp_path / "module.pt", "-o", tmp_path / "a.safetensors"]
        line = refused(capsys, *arguments, "--dataset", "digits")
        assert "torch.save(model.state_dict(), path)" in line

    def test_a_newer_version(self, capsys, tmp_path):
        torch.save({"format": "lava-bccn checkpoint", "version": 7}, tmp_path / "new.pt")
        assert "version 7" in refused(capsys, "inspect", tmp_path / "new.pt")

    def test_bits_out_of_range(self, capsys, folder, tmp_path):
        arguments = ["map", folder / "net.pt", "-o", tmp_path / "a.safetensors"]
        assert "--weight-bits must be" in refused(capsys, *arguments, "--weight-bits", 9)
        assert not (tmp_path / "a.safetensors").exists()

    def test_weights_that_do_not_fit(self, capsys, folder, tmp_path):
        content = torch.load(folder / "net.pt", weights_only=True)
        content["state"]["2.weight"] *= 1e9
        torch.save(content, tmp_path / "big.pt")
        arguments = ["map", tmp_path / "big.pt", "-o", tmp_path / "a.safetensors"]
        assert "the weights do not fit" in refused(capsys, *arguments)

    def test_weights_that_are_not_finite(self, capsys, folder, tmp_path):
        content = torch.load(folder / "net.pt", weights_only=True)
        content["state"]["2.weight"][0, 0] = torch.inf
        torch.save(content, tmp_path / "inf.pt")
        arguments = ["map", tmp_path / "inf.pt", "-o", tmp_path / "a.safetensors"]
        assert "1 values that are NaN or infinite" in refused(capsys, *arguments)

    def test_existing_outputs_are_kept(self, capsys, folder, tmp_path):
        assert "--overwrite" in refused(capsys, "train", "-o", folder / "net.pt")
        arguments = ["map", folder / "net.pt", "-o", folder / "fixed.safetensors"]
        assert "--overwrite" in refused(capsys, *arguments)
        rates = tmp_path / "rates.npz"
        rates.touch()
        arguments = ["run", folder / "fixed.safetensors", "--save", rates]
        assert "--overwrite" in refused(capsys, *arguments)

    def test_a_log_of_something_else_is_kept(self, capsys, tmp_path):
        (tmp_path / "a.csv").write_text("mine")
        assert "a.csv exists" in refused(capsys, "train", "-o", tmp_path / "a.pt")
        assert "name it" in refused(capsys, "train", "-o", tmp_path / "b.csv")
        assert (tmp_path / "a.csv").read_text() == "mine"

    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("--threads", 0),
            ("--hidden", -5),
            ("--gain", "nan"),
            ("--feedback-std", -1),
            ("--seed", -3),
            ("--device", "meta"),
            ("--momentum", 0.9),
        ],
    )
    def test_options_out_of_range(self, capsys, tmp_path, option, value):
        line = refused(capsys, "train", "-o", tmp_path / "a.pt", f"{option}={value}")
        assert option.strip("-").replace("-", "_").split("_")[0] in line

    def test_another_run_is_not_resumed(self, capsys, folder):
        arguments = ["train", "-o", folder / "net.pt", "--resume", "--hidden", 9]
        assert "another run" in refused(capsys, *arguments)

    @pytest.mark.parametrize("command", ["train", "map", "run"])
    def test_unwritable_outputs(self, capsys, folder, command):
        bad = folder / "net.pt" / "below"
        arguments = {
            "train": ["-o", bad],
            "map": [folder / "net.pt", "-o", bad],
            "run": [folder / "fixed.safetensors", "--save", bad],
        }[command]
        assert "cannot write" in refused(capsys, command, *arguments)

    @pytest.mark.lava
    def test_backends_that_are_not_there(self, capsys, folder, request):
        network = folder / "fixed.safetensors"
        assert "lava-loihi" in refused(capsys, "run", network, "--backend", "loihi2")
        request.getfixturevalue("without_lava")
        line = refused(capsys, "run", network, "--backend", "lava", "--samples", 1)
        assert "pip install --no-deps --ignore-requires-python" in line

    def test_options_that_need_each_other(self, capsys, folder):
        network = folder / "fixed.safetensors"
        assert "--save" in refused(capsys, "run", network, "--record", "soma")
        assert "--samples" in refused(capsys, "run", network, "--samples", 0)

    def test_a_device_that_is_not_there(self, capsys, tmp_path):
        line = refused(capsys, "train", "-o", tmp_path / "a.pt", "--device", "cuda:77")
        assert "device 'cuda:77'" in line


@needs_lava
@pytest.mark.slow
def test_the_demo_does_the_whole_job(capsys, tmp_path):
    report = json_of(capsys, "demo", "--output-dir", tmp_path, "--samples", 60)
    executors = report["executors"]
    assert [row["executor"] for row in executors] == [
        "PyTorch",
        "Lava floating_pt",
        "simulator",
        "Lava fixed_pt",
        "simulator",
    ]
    assert executors[4]["agreement"] == "same bits"
    for row in executors[1:3]:
        assert float(row["agreement"].removeprefix("within ")) < 1e-6
    assert all(row["accuracy"] > 0.9 for row in executors)
    assert (tmp_path / "activity.png").stat().st_size > 10_000
