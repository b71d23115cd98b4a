"""Outputs: endings that contradict the format, and folders that are not there yet."""

from pathlib import Path

import pytest

from lava_bccn.cli import main
from lava_bccn.cli.outputs import ARRAYS, CHECKPOINT, NETWORK, check_output, pictures
from lava_bccn.errors import InvalidInputError
from tests.cli.test_cli import refused


@pytest.mark.parametrize("endings", [NETWORK, CHECKPOINT, ARRAYS, (".nir", ".pt"), pictures()])
@pytest.mark.parametrize("ending", [".safetensors", ".pt", ".npz", ".nir", ".csv", ".png", ".json"])
def test_an_ending_of_another_format_is_refused_with_one_that_is_taken(tmp_path, endings, ending):
    path = tmp_path / f"net{ending}"
    if ending in endings:
        check_output(path, endings)
        return
    with pytest.raises(InvalidInputError, match="not be what its ending says; name it") as refusal:
        check_output(path, endings)
    proposed = Path(str(refusal.value).partition("name it ")[2].split(" (")[0])
    assert proposed == tmp_path / f"net{endings[0]}"
    check_output(proposed, endings, needs_ending=True)


@pytest.mark.parametrize("name", ["net", "v1.2", "mine.final", "NET.SAFETENSORS"])
def test_names_that_say_nothing_else_are_taken(tmp_path, name):
    check_output(tmp_path / name, NETWORK)


def test_where_the_ending_chooses_the_format_it_must_be_there(tmp_path):
    with pytest.raises(InvalidInputError, match=r"needs an ending; name it .*/net.png"):
        check_output(tmp_path / "net", pictures(), needs_ending=True)


COMMANDS = {
    "map": ("map", "NONE.pt", "-o"),
    "new": ("new", "-o"),
    "import": ("import", "NONE.nir", "-o"),
    "export": ("export", "NONE.safetensors", "-o"),
    "train": ("train", "-o"),
    "run --save": ("run", "NONE.safetensors", "--save"),
    "run --learn": ("run", "NONE.safetensors", "--learn", "-o"),
    "run --plot": ("run", "NONE.safetensors", "--learn", "-o", "o.safetensors", "--plot"),
    "xor --plot": ("xor", "--plot"),
    "spikes --plot": ("spikes", "--plot"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_keeps_to_it(capsys, tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "would not be what its ending says" in refused(capsys, *COMMANDS[name], "out.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["map", "import", "export", "run --save", "run --learn"])
def test_a_refused_command_leaves_no_folder_behind(capsys, tmp_path, name):
    ending = {"export": "nir", "run --save": "npz"}.get(name, "safetensors")
    assert main([*COMMANDS[name], str(tmp_path / "deep" / "er" / f"out.{ending}")]) == 2
    message = capsys.readouterr().err
    assert "deep/er is not there yet: making it" in message
    assert "NONE" in message
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_made_and_told(capsys, tmp_path):
    output = tmp_path / "deep" / "fresh.safetensors"
    assert main(["new", "--hidden", "4", "-o", str(output)]) == 0
    assert "deep is not there yet: making it" in capsys.readouterr().err
    assert output.exists()


def test_a_folder_that_cannot_be_made_is_refused(capsys, tmp_path):
    (tmp_path / "file").touch()
    assert "cannot write" in refused(capsys, "new", "-o", tmp_path / "file" / "net.safetensors")
