"""A network under Dale's law on the command line: trained, mapped, inspected, run."""

import json

import pytest

import lava_bccn
from lava_bccn.cli import main

TRAINED = ("--model", "dale", "--hidden", "12", "--bottleneck", "4", "--epochs", "1")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dale")
    checkpoint, network = folder / "dale.pt", folder / "dale.safetensors"
    assert main(["train", "--dataset", "digits", "-o", str(checkpoint), *TRAINED]) == 0
    assert main(["map", str(checkpoint), "-o", str(network)]) == 0
    return checkpoint, network


def test_it_is_inspected_with_its_interneurons(files, capsys):
    assert main(["inspect", str(files[1]), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["kind"] == "network under Dale's law"
    assert report["presentation_steps"] == 8
    assert report["layers"][1]["interneurons"] == {"PV": 12, "NDNF": 10, "VIP": 8, "SST": 8}
    assert {layer["dtype"] for layer in report["layers"]} == {"uint8"}
    assert main(["inspect", str(files[1])]) == 0
    assert "NDNF" in capsys.readouterr().out


def test_it_runs_as_in_python(files, capsys):
    assert main(["run", str(files[1]), "--samples", "20", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    data = lava_bccn.datasets.load("digits")
    result = lava_bccn.run(lava_bccn.load(files[1]), data.test_inputs[:20])
    assert told["predictions"] == result.predictions.tolist()


def test_it_maps_to_floats_too(files, tmp_path, capsys):
    target = tmp_path / "float.safetensors"
    arguments = ["map", str(files[0]), "-o", str(target), "--precision", "float", "--json"]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["sizes"] == [64, 12, 10]
    assert lava_bccn.load(target).precision == "float"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "NET", "--learn", "-o", "OUT"], "learn=True"),
        (["run", "NET", "--backend", "lava-hardware"], "take one of sim, lava"),
        (
            ["map", "MODEL", "-o", "OUT", "--equalise"],
            "does not apply to networks",
        ),
        (["inspect", "NET", "--loihi2"], "Dale's law"),
        (["export", "NET", "-o", "OUT.nir"], "Dale's law"),
    ],
)
def test_what_it_cannot_is_refused_in_one_line(files, arguments, words, tmp_path, capsys):
    places = {"MODEL": files[0], "NET": files[1], "OUT": tmp_path / "out.safetensors"}
    places["OUT.nir"] = tmp_path / "out.nir"
    assert main([str(places.get(each, each)) for each in arguments]) != 0
    error = capsys.readouterr().err
    assert words in error.replace("\n", " ")
    assert len(error.strip().splitlines()) == 1
