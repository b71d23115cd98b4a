"""One rule for what is there already, and what an interrupted command says."""

from __future__ import annotations

import pickle
from argparse import Namespace

import pytest

from lava_bccn.cli import COMMANDS, build_parser, main, train
from lava_bccn.cli.resuming import goes_on, settings_are_options
from lava_bccn.errors import InvalidInputError, OtherRunError, OutputPathError
from lava_bccn.files import check_same_run


@pytest.fixture
def there(tmp_path):
    path = tmp_path / "there.pt"
    path.touch()
    return path


def test_what_is_there_is_refused_unless_it_is_to_go_on_or_go(there, tmp_path):
    log = tmp_path / "there.csv"
    with pytest.raises(OutputPathError, match="--resume or replace it with --overwrite"):
        goes_on(Namespace(resume=False, overwrite=False), log, there)
    assert goes_on(Namespace(resume=True, overwrite=False), there, log)
    assert not goes_on(Namespace(resume=False, overwrite=True), there, log)
    assert there.exists()
    with pytest.raises(InvalidInputError, match="--resume continues"):
        goes_on(Namespace(resume=True, overwrite=True), there)


def test_nothing_to_resume_is_pointed_out(tmp_path, capsys):
    assert goes_on(Namespace(resume=True, overwrite=False), tmp_path / "a.pt")
    assert "nothing to resume, starting anew" in " ".join(capsys.readouterr().err.split())


def test_commands_without_resume_go_on_by_themselves(there):
    assert goes_on(Namespace(overwrite=False), there) and there.exists()
    assert goes_on(Namespace(overwrite=True), there) and not there.exists()


@pytest.mark.parametrize(
    ("given", "advice"), [({"resume": False}, "--resume"), ({}, "the same command")]
)
def test_an_interrupted_run_says_how_it_continues(monkeypatch, capsys, tmp_path, given, advice):
    def execute(options):
        started = Namespace(overwrite=False, **given)
        goes_on(started, options.output)
        options.continued_by = started.continued_by
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "execute", execute)
    assert main(["train", "-o", str(tmp_path / "a.pt")]) == 130
    assert capsys.readouterr().err == (
        f"bccn train: interrupted; what is done is saved, and {advice} continues\n"
    )


def test_before_there_is_anything_to_continue_it_says_nothing_of_it(monkeypatch, capsys):
    def execute(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "execute", execute)
    assert main(["train", "-o", "a.pt"]) == 130
    assert capsys.readouterr().err == "bccn train: interrupted\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(command, capsys):
    with pytest.raises(SystemExit) as left:
        build_parser().parse_args([command, "--help"])
    assert left.value.code == 0
    assert f"examples:\n  bccn {command}" in capsys.readouterr().out


def test_settings_of_another_run_are_told_as_options(tmp_path):
    there, here = {"config epochs": 3, "config example_ms": 10.0}, {"config epochs": 5}
    names = {"example_ms": "example_seconds"}
    with (
        pytest.raises(InvalidInputError, match=r"run \(--epochs is 3 there and 5 here\), so"),
        settings_are_options(names),
    ):
        check_same_run("x", there, here)
    with (
        pytest.raises(InvalidInputError, match=r"--example-seconds is 10\.0 there and 2\.0 here"),
        settings_are_options(names),
    ):
        check_same_run("x", there, {"config example_ms": 2.0})
    with pytest.raises(OtherRunError, match="config epochs is 3 there") as raised:
        check_same_run("x", there, here)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)  # from a worker
