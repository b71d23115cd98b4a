"""``bccn networks``, names of networks in commands, and ``bccn inspect --neurobench``."""

import json

import pytest

from lava_bccn.cli import main
from lava_bccn.networks import cards


def test_the_list_has_the_facts_of_the_cards(capsys):
    assert main(["networks", "--json"]) == 0
    assert [each["sha256"] for each in json.loads(capsys.readouterr().out)] == [
        card.sha256 for card in cards()
    ]


def test_a_card(capsys):
    assert main(["networks", "mnist-500"]) == 0
    shown = capsys.readouterr().out
    assert "bccn run fresh.safetensors --learn" in shown and "licence" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["networks", "mnits"],
        ["run", "mnits"],
        ["inspect", "mnits"],
        ["export", "mnits", "-o", "x.nir"],
    ],
)
def test_an_unknown_name_is_refused_with_those_there_are(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "one of digits, lenet-5" in line


def test_a_name_stands_for_the_file(capsys, tmp_path):
    assert main(["run", "digits", "--samples", "50", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] > 0.9
    assert main(["export", "digits", "-o", str(tmp_path / "digits.pt")]) == 0
    assert (tmp_path / "digits.pt").exists()


def test_neurobench(capsys):
    assert main(["inspect", "digits", "--neurobench", "--samples", "20", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["Footprint"] == 52_008 and report["ClassificationAccuracy"] > 0.9
    total = report["SynapticOperations"]["Effective_MACs"]
    assert total == pytest.approx(
        sum(each["SynapticOperations"]["Effective_MACs"] for each in report["layers"])
    )
    assert main(["inspect", "digits", "--neurobench", "--samples", "20"]) == 0
    assert "effective MACs" in capsys.readouterr().out


def test_two_reports_at_once_are_refused(capsys):
    assert main(["inspect", "digits", "--neurobench", "--loihi2"]) == 2
    assert "one at a time" in capsys.readouterr().err
