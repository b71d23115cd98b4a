"""``bccn reproduce``: the list, jobs for a scheduler, bad input, a run."""

from __future__ import annotations

import shlex

import pytest

from lava_bccn.cli import build_parser, main
from lava_bccn.experiments.paper.harness import EXPERIMENTS
from tests.cli.test_cli import json_of, refused


def test_the_list_names_every_experiment_and_its_needs(capsys):
    assert main(["reproduce", "--list"]) == 0
    text = capsys.readouterr().out
    for experiment in EXPERIMENTS.values():
        assert experiment.name in text
        assert experiment.quick.needs in text
        assert experiment.full.needs in text


def test_jobs_are_commands_of_one_part_each(capsys):
    arguments = ["reproduce", "depth", "--jobs", "--quick", "--held-out", "--seeds", "3", "5"]
    assert main([*arguments, "--output-dir", "a folder"]) == 0
    lines = capsys.readouterr().out.splitlines()
    parts = [(seed, each) for seed in (3, 5) for each in EXPERIMENTS["depth"].quick.variants]
    for line, (seed, variant) in zip(lines, parts, strict=True):
        options = build_parser().parse_args(shlex.split(line)[1:])
        assert (options.name, options.seeds, options.variants) == ("depth", [seed], [variant])
        assert (
            options.quick
            and options.held_out
            and options.parts_only
            and str(options.output_dir) == "a folder"
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--list"),
        (("tinyimagenet",), "no experiment"),
        (("mnist", "--seeds", 1, 1), "seeds"),
        (("mnist", "--variants", "hebb"), "hebb"),
        (("mnist", "--workers", 0), "--workers"),
        (("regression", "--held-out"), "holds no training samples out; expected one of alignment"),
    ],
)
def test_bad_input_is_refused_in_a_line(capsys, arguments, message):
    assert message in refused(capsys, "reproduce", *arguments)


@pytest.mark.slow
def test_a_quick_run_writes_its_results_and_goes_on(capsys, tmp_path):
    arguments = ("reproduce", "regression", "--quick", "--seeds", 0, "--variants", "sim")
    first, again = (json_of(capsys, *arguments, "--output-dir", tmp_path) for _ in range(2))
    assert first == again
    assert {"regression_quick.csv", "regression_quick.png", "regression_quick.md"} <= {
        path.name for path in tmp_path.iterdir()
    }
