"""``bccn new``, ``bccn run --learn`` and ``bccn bench``: what they write, and refuse."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

import lava_bccn
from lava_bccn import datasets, mapping
from lava_bccn.cli import main
from lava_bccn.network.engine_options import EngineOptions
from tests.cli.test_cli import json_of, needs_lava, refused

SHORT = ("--samples", 300)


@pytest.fixture
def fresh(tmp_path, capsys):
    path = tmp_path / "fresh.safetensors"
    report = json_of(capsys, "new", "-o", path, "--hidden", 30, "--seed", 3)
    assert report == {"output": str(path), "sizes": [64, 30, 10]}
    return path


def test_new_makes_what_it_is_told_to(tmp_path, capsys):
    path = tmp_path / "net.safetensors"
    arguments = ("--hidden", 12, 11, "--feedback", "random", "--weight-bits", 5, "--event-bits", 7)
    json_of(capsys, "new", "-o", path, *arguments, "--weight-range", 0.25, 0.5, 2)
    network = mapping.load(path)
    assert network.sizes == (64, 12, 11, 10)
    assert network.number_format.weight_bits == 5 and network.number_format.event_bits == 7
    assert [layer.feedback for layer in network.layers] == [None, "random", "random"]
    assert [layer.weight_exponent for layer in network.layers] == [-6, -5, -3]
    assert network.metadata["dataset"] == "digits"


def test_a_network_learns_from_the_command_line(fresh, tmp_path, capsys):
    learned, plot = tmp_path / "learned.safetensors", tmp_path / "curve.png"
    run = ("run", fresh, "--learn", "--epochs", 4, "-o", learned, "--plot", plot)
    report = json_of(capsys, *run)
    assert report["samples"] == 4 * 1437
    assert report["test_accuracy"] > 0.6 > report["test_accuracy_before"]
    assert report["saturations"][1].keys() == {"weight", "bias", "feedback_burst", "feedback_event"}
    assert plot.stat().st_size > 10_000
    curve = learned.with_suffix(".csv").read_text().splitlines()
    assert curve[0].startswith("learned,accuracy,test_accuracy,limit,test_accuracy_0")
    assert len(curve) == 1 + 1 + 12  # header, start, three parts an epoch
    inspected = json_of(capsys, "inspect", learned)["learning"]
    assert inspected["samples"] == 4 * 1437 and "curve" not in inspected
    tested = json_of(capsys, "run", learned)
    assert tested["accuracy"] == report["test_accuracy"]


def test_a_convolutional_network_learns_from_the_command_line(tmp_path, capsys):
    fresh, learned = tmp_path / "fresh.safetensors", tmp_path / "learned.safetensors"
    layers = ("--conv", "16x3", "--hidden", "--gain", 2, "--weight-range", 1, 1)
    report = json_of(capsys, "new", "-o", fresh, *layers)
    assert report["sizes"] == [64, 576, 10]
    assert mapping.load(fresh).architecture == "1x8x8-16x6x6-10"
    run = ("run", fresh, "--learn", "--epochs", 3, "--rate", 1, "-o", learned)
    report = json_of(capsys, *run)
    assert report["test_accuracy"] > 0.6 > report["test_accuracy_before"]
    assert json_of(capsys, "run", learned)["accuracy"] == report["test_accuracy"]


def test_convolutions_are_for_images(tmp_path, capsys):
    table = tmp_path / "table.csv"
    table.write_text("a,b,label\n" + "".join(f"{i},{-i},{'xy'[i % 2]}\n" for i in range(40)))
    arguments = ("--dataset", table, "--label", "label", "--conv", "2x1")
    assert main(["new", "-o", str(tmp_path / "net.safetensors"), *map(str, arguments)]) == 2
    assert "--conv is for images; samples of table.csv" in capsys.readouterr().err


def test_the_table_tells_before_from_after(fresh, tmp_path, capsys):
    learned = tmp_path / "learned.safetensors"
    options = ["--classes", "3", "--replay", "0.5", "--samples", "50", "-o", str(learned)]
    assert main(["run", str(fresh), "--learn", *options]) == 0
    out = capsys.readouterr().out
    assert "taught classes" in out and "other classes" in out and "before" in out


def test_a_learning_run_resumes(fresh, tmp_path, capsys):
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    options = ("--learn", *SHORT, "--epochs", 2)
    json_of(capsys, "run", fresh, *options, "-o", whole)
    json_of(capsys, "run", fresh, *options, "-o", parts)
    again = json_of(capsys, "run", fresh, *options, "-o", parts, "--resume")
    assert again["samples"] == 600 and again["samples_per_second"] is None
    for a, b in zip(mapping.load(whole).layers, mapping.load(parts).layers, strict=True):
        np.testing.assert_array_equal(a.weight, b.weight)


def test_seeds_learn_side_by_side_what_each_learns_alone(fresh, tmp_path, capsys):
    output, alone = tmp_path / "learned.safetensors", tmp_path / "alone.safetensors"
    run = ("run", fresh, "--learn", *SHORT, "-o", output, "--seeds", 4, 7, "--workers", 2)
    report = json_of(capsys, *run)
    json_of(capsys, "run", fresh, "--learn", *SHORT, "-o", alone, "--seed", 7)
    assert (tmp_path / "learned_seed7.safetensors").read_bytes() == alone.read_bytes()
    assert not output.exists() and (tmp_path / "learned_seed4.csv").exists()
    found = [each["test_accuracy"] for each in report["runs"]]
    assert [each["seed"] for each in report["runs"]] == [4, 7]
    assert report["mean_accuracy"]["all classes"][1] == pytest.approx(np.mean(found))
    spread = report["standard_deviation"]["all classes"][1]
    assert spread == pytest.approx(np.std(found, ddof=1))
    assert "exists; continue that run with --resume" in refused(capsys, *run)
    again = json_of(capsys, *run[:-5], "--seeds", 7, 5, "--workers", 1, "--resume")
    assert [each["samples_per_second"] is None for each in again["runs"]] == [True, False]
    assert again["runs"][0]["test_accuracy"] == report["runs"][1]["test_accuracy"]


def test_outputs_that_all_fell_silent_are_pointed_out(fresh, tmp_path, capsys):
    network = mapping.load(fresh)
    output = network.layers[-1]
    silent = replace(output, bias=np.full_like(output.bias, -(2**22)))
    path, learned = tmp_path / "silent.safetensors", str(tmp_path / "learned.safetensors")
    replace(network, layers=(*network.layers[:-1], silent)).save(path)
    options = ("--learn", "--samples", "5", "-o", learned)
    assert main(["run", str(path), *options]) == 0
    assert "no output unit fires any more" in capsys.readouterr().err
    assert main(["run", str(fresh), *options, "--overwrite"]) == 0
    assert "no output unit fires" not in capsys.readouterr().err


def test_options_reach_the_configuration(fresh, tmp_path, capsys):
    learned = tmp_path / "learned.safetensors"
    options = ("--rate", 4, "--final-rate", 5, "--decay", -1, "--hidden-boost", 1)
    options += ("--learns", "weight", "bias", "--seed", 9)
    json_of(capsys, "run", fresh, "--learn", *SHORT, "-o", learned, *options)
    notes = mapping.load(learned).metadata["learning"]
    assert notes["config"] == {
        "weight_rate": 4,
        "bias_rate": 4,
        "hidden_boost": [1],
        "feedback_burst_rate": 1,
        "feedback_event_rate": 1,
        "decay": None,
        "halve_at": [150],
        "learns": ["weight", "bias"],
        "seed": 9,
        "rule": "hash",
        "engine": asdict(EngineOptions()),
        "forward_noise": 0.0,
        "realign_every": 0,
        "realign_samples": 0,
    }
    assert notes["lesson"]["seed"] == 9 and notes["learned"] == 300


def test_the_engine_learns_and_resumes_from_the_command_line(fresh, tmp_path, capsys):
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    options = ("--learn", "--rule", "engine", "--constants", 3, "--samples", 300, "--epochs", 2)
    report = json_of(capsys, "run", fresh, *options, "-o", whole)
    assert report["saturations"][1].keys() == {"weight", "feedback_burst"}
    notes = mapping.load(whole).metadata["learning"]
    assert notes["config"]["engine"]["constants"] == 3
    assert notes["config"]["weight_rate"] == 2 and len(notes["config"]["halve_at"]) == 4
    json_of(capsys, "run", fresh, *options, "-o", parts)
    json_of(capsys, "run", fresh, *options, "-o", parts, "--resume")
    for a, b in zip(mapping.load(whole).layers, mapping.load(parts).layers, strict=True):
        arrays = a.arrays | a.engine.arrays, b.arrays | b.engine.arrays
        assert all(map(np.array_equal, arrays[0].values(), arrays[1].values()))
    assert json_of(capsys, "run", whole)["accuracy"] == report["test_accuracy"]
    inspected = json_of(capsys, "inspect", whole)
    assert [layer["engine"]["constants"] for layer in inspected["layers"]] == [3, 3]
    assert inspected["learning"]["config"]["engine"]["half"] == 64
    assert "decay" not in inspected["learning"]["config"]
    back = tmp_path / "back.pt"
    json_of(capsys, "export", whole, "-o", back)
    json_of(capsys, "map", back, "-o", tmp_path / "again.safetensors")
    again = json_of(capsys, "run", tmp_path / "again.safetensors")
    assert again["accuracy"] == pytest.approx(report["test_accuracy"], abs=0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--half", 16), "--half is 64 there and 16 here"),
        (("--arithmetic", "nengo-loihi"), "--arithmetic is 'lava' there and 'nengo-loihi' here"),
        (("--engine-decay", 9), "--engine-decay is None there and 9 here"),
        (("--rounds-traces", "nearest"), "--rounds-traces is 'synapse' there and 'nearest' here"),
    ],
)
def test_a_run_in_the_engine_resumes_only_as_it_began(fresh, tmp_path, capsys, options, message):
    learned = tmp_path / "learned.safetensors"
    began = ("run", fresh, "--learn", "--rule", "engine", "--samples", 20, "-o", learned)
    json_of(capsys, *began)
    assert main([*map(str, began), "--resume", *map(str, options)]) == 2
    assert message in capsys.readouterr().err
    began = ("run", fresh, "--learn", "--samples", 20, "-o", learned, "--resume")
    assert main(list(map(str, began))) == 2
    assert "--rule is 'engine' there and 'hash' here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--learn",), "--learn needs -o"),
        (("--epochs", 3), "--epochs needs --learn"),
        (("--half", 16), "--half needs --learn"),
        (("--engine-decay", 3), "--engine-decay needs --learn"),
        (("--learn", "-o", "OUT", "--constants", 3), "engine says how the learning engine learns"),
        (("--learn", "-o", "OUT", "--rule", "engine", "--decay", 3), "decay is of rule 'hash'"),
        (
            ("--learn", "-o", "OUT", "--rule", "engine", "--rate", 30, "--final-rate", 30),
            "its rates are 2^-n with n from",
        ),
        (
            ("--learn", "-o", "OUT", "--rule", "engine", "--backend", "loihi2"),
            "cannot learn by rule 'engine' on backend 'loihi2'",
        ),
        (("--resume",), "--resume needs --learn"),
        (("--learn", "-o", "OUT", "--teacher"), "--teacher does not go with --learn"),
        (("--learn", "-o", "OUT", "--resume", "--overwrite"), "--resume continues"),
        (("--learn", "-o", "OUT", "--epochs", 0), "epochs must be an integer from 1 to"),
        (("--learn", "-o", "OUT", "--classes", 10), "no samples of class [10]"),
        (("--learn", "-o", "OUT", "--samples", 5000), "there are 1437"),
        (("--learn", "-o", "OUT", "--replay", 0.5), "needs classes"),
        (("--learn", "-o", "OUT", "--rate", 5, "--final-rate", 4), "higher learning rate"),
        (("--learn", "-o", "OUT", "--rate", 25), "never changes"),
        (("--learn", "-o", "OUT", "--rate", -9), "one sample can change"),
        (("--learn", "-o", "OUT", "--seed", -1), "seed"),
        (("--learn", "-o", "FRESH"), "-o names the network that learning starts from"),
        (("--learn", "-o", "THERE"), "exists"),
        (("--learn", "-o", "OUT", "--hidden-boost", 3, 2), "the network 1 hidden layers"),
        (("--learn", "-o", "OUT", "--no-teacher"), "without a teacher"),
        (("--learn", "-o", "OUT", "--recruit"), "recruit needs the classes"),
        (("--learn", "-o", "NET.csv"), "would not be what its ending says; name it"),
        (
            ("--learn", "-o", "OUT", "--plot", "picture.foo"),
            "picture.foo needs an ending; name it",
        ),
        (("--learn", "-o", "OUT", "--learns", "feedback_event"), "nothing would learn"),
        (("--learn", "-o", "OUT", "--decay", -2), "--decay must be"),
        (("--recruit",), "--recruit needs --learn"),
        (("--seeds", 1, 2), "--seeds needs --learn"),
        (("--learn", "--seeds", 1, 2), "--seeds needs -o FILE.safetensors"),
        (("--learn", "-o", "OUT", "--seeds", 1, 1), "a seed is given twice"),
        (("--learn", "-o", "OUT", "--seeds", 1, "--seed", 1), "--seed does not go with --seeds"),
        (("--learn", "-o", "OUT", "--seeds", -1), "seed must be"),
        (("--learn", "-o", "OUT", "--workers", 4), "--workers is of the runs of --seeds"),
    ],
)
def test_bad_input_is_one_line(fresh, tmp_path, capsys, options, message):
    there = tmp_path / "there.safetensors"
    there.touch()
    names = {"OUT": tmp_path / "out.safetensors", "FRESH": fresh, "THERE": there}
    arguments = [names.get(option, option) for option in options]
    assert message in refused(capsys, "run", fresh, *arguments)


def test_a_rate_so_low_that_nothing_changes_is_pointed_out(fresh, tmp_path, capsys):
    output = str(tmp_path / "out.safetensors")
    options = ["--samples", "2", "--rate", "18", "--decay", "-1", "-o", output]
    assert main(["run", str(fresh), "--learn", *options]) == 0
    assert "nothing has changed in 2 samples" in capsys.readouterr().err


def test_a_network_without_feedback_is_refused(tmp_path, capsys):
    import torch

    plain = torch.nn.Sequential(
        *(torch.nn.Linear(64, 5), torch.nn.Sigmoid(), torch.nn.Linear(5, 10), torch.nn.Sigmoid())
    )
    path = tmp_path / "plain.safetensors"
    mapping.from_torch(plain, np.random.default_rng(0).random((20, 64)), feedback=None).save(path)
    options = ("--learn", "--dataset", "digits", "-o", tmp_path / "out.safetensors")
    assert "mapped without feedback" in refused(capsys, "run", path, *options)


def test_labels_outside_the_output_layer_are_refused(tmp_path, capsys):
    network = mapping.new_network((64, 5), np.zeros((2, 64)), metadata={"dataset": "digits"})
    network.save(tmp_path / "small.safetensors")
    options = ("--learn", "-o", tmp_path / "out.safetensors")
    message = refused(capsys, "run", tmp_path / "small.safetensors", *options)
    assert "labels run from 0 to 9" in message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--seed", -1), "seed must be an integer from 0 to 2^63 - 1"),
        (("--gain", -1), "gain must be in (0, 1000]"),
        (("--gain", 1e308), "gain must be in (0, 1000]"),
        (("--hidden", 0), "at least an input and an output"),
        (("--conv", "3x9"), "smaller than the kernel"),
        (("--weight-range", 1), "--weight-range must be a positive number for each"),
        (("--feedback-event", "random", "--p-baseline", 0.3), "no fixed-point form"),
    ],
)
def test_networks_that_cannot_be_made(tmp_path, capsys, options, message):
    assert message in refused(capsys, "new", "-o", tmp_path / "net.safetensors", *options)


def test_bench_of_a_network_for_other_data(tmp_path, capsys):
    mapping.new_network((64, 5), np.zeros((2, 64))).save(tmp_path / "five.safetensors")
    options = (tmp_path / "five.safetensors", "--dataset", "digits")
    assert "10 classes, the network" in refused(capsys, "bench", "learning", *options)


def test_very_few_samples_still_have_a_schedule(fresh, tmp_path, capsys):
    output = tmp_path / "out.safetensors"
    report = json_of(capsys, "run", fresh, "--learn", "--samples", 2, "-o", output)
    assert report["samples"] == 2


def test_q_learns_without_a_teacher_from_the_command_line(tmp_path, capsys):
    fresh, output = tmp_path / "fresh.safetensors", tmp_path / "out.safetensors"
    regime = ("--feedback", "symmetric", "--feedback-event", "random", "--learn-feedback-event")
    json_of(capsys, "new", "-o", fresh, "--hidden", 20, *regime)
    options = ("--no-teacher", "--learns", "feedback_event", "--feedback-rate", 0)
    json_of(capsys, "run", fresh, "--learn", *SHORT, "-o", output, *options)
    before, after = mapping.load(fresh), mapping.load(output)
    np.testing.assert_array_equal(before.layers[1].weight, after.layers[1].weight)
    inputs = datasets.load("digits").test_inputs
    apical = [
        np.abs(lava_bccn.run(network, inputs, record=("apical",)).values("apical", 0)).mean()
        for network in (before, after)
    ]
    assert apical[1] < 0.3 * apical[0]


@pytest.mark.slow
@needs_lava
def test_bench_finds_the_same_bits(fresh, capsys):
    report = json_of(capsys, "bench", "learning", fresh, "--samples", 10)
    assert report["same_bits"] is True
    speeds = report["samples_per_second"]
    assert report["ratio"] == pytest.approx(speeds["sim"] / speeds["lava"]) and report["ratio"] > 10
    assert main(["bench", "learning", str(fresh), "--samples", "3"]) == 0
    assert "the same" in capsys.readouterr().out


@pytest.mark.slow
@needs_lava
def test_lava_learns_from_the_command_line_with_the_same_bits(fresh, tmp_path, capsys):
    networks = []
    for backend in ("lava", "sim"):
        output = tmp_path / f"{backend}.safetensors"
        options = ("--learn", "--samples", 12, "--backend", backend, "-o", output)
        json_of(capsys, "run", fresh, *options)
        networks.append(mapping.load(output))
    for a, b in zip(networks[0].layers, networks[1].layers, strict=True):
        np.testing.assert_array_equal(a.weight, b.weight)
        np.testing.assert_array_equal(a.bias, b.bias)
    assert json.dumps(networks[0].metadata) == json.dumps(networks[1].metadata)
