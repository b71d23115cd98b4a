"""``--plugin``, and installed packages with the entry points ``lava_bccn``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import refused

RULES = """
from dataclasses import replace
from lava_bccn.dynamics.activations import ACTIVATIONS
ACTIVATIONS.register(replace(ACTIVATIONS["sigmoid"], name="mine", summary="of another package"))
"""

ROOT = Path(__file__).parents[2]


def bccn(folder, *arguments, path=""):
    """Run the command in a process of its own, whose registries it may change."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(path)])}
    command = [sys.executable, "-c", "from lava_bccn.cli import main; exit(main())", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=100,
        cwd=folder,
        env=environment,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "other"),
    [("train", "hard_sigmoid"), ("new", "hard_sigmoid"), ("import", "relu")],
)
def test_what_a_plugin_registers_can_be_chosen(tmp_path, command, other):
    (tmp_path / "my_rules.py").write_text(RULES)
    result = bccn(tmp_path, "--plugin", "my_rules", command, "--help")
    assert result.returncode == 0
    text = " ".join(result.stdout.split())
    assert re.search(rf"--activation {{\S*{other}\S*,mine}}", text)
    assert "mine: of another package" in text


def test_jobs_for_a_scheduler_name_the_plugin(tmp_path):
    (tmp_path / "my_rules.py").write_text(RULES)
    jobs = ["reproduce", "depth", "--quick", "--jobs", "--output-dir", "parts"]
    result = bccn(tmp_path, "--plugin", "my_rules", *jobs)
    lines = result.stdout.splitlines()
    assert lines and all(line.startswith("bccn --plugin my_rules reproduce") for line in lines)


@pytest.mark.parametrize("name", ["no_such_module", "numpy.nothing", "..", ""])
def test_a_plugin_that_is_not_there_is_refused_in_a_line(capsys, name):
    assert "argument --plugin" in refused(capsys, "--plugin", name, "doctor")


def test_what_a_plugin_lacks_is_not_taken_for_the_plugin(tmp_path):
    (tmp_path / "my_rules.py").write_text("import no_such_module")
    result = bccn(tmp_path, "--plugin", "my_rules", "doctor")
    (line,) = result.stderr.splitlines()
    assert result.returncode == 2
    assert "my_rules.py, line 1: 'no_such_module', which it needs, is not installed" in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\ndef (", "line 2: SyntaxError: invalid syntax"),
        ("import json\njson.loads('')", "JSONDecodeError: Expecting value"),
        ("1 / 0", "line 1: ZeroDivisionError: division by zero"),
    ],
)
def test_a_plugin_that_fails_is_told_in_a_line(tmp_path, text, told):
    (tmp_path / "my_rules.py").write_text(text)
    result = bccn(tmp_path, "--plugin", "my_rules", "doctor")
    (line,) = result.stderr.splitlines()
    assert result.returncode == 2 and told in line and "mend it first" in line


def test_a_name_that_is_taken_is_refused_in_a_line(tmp_path):
    (tmp_path / "my_rules.py").write_text(RULES.replace('"mine"', '"hard_sigmoid"'))
    result = bccn(tmp_path, "--plugin", "my_rules", "doctor")
    assert result.returncode == 2
    assert result.stderr.startswith("bccn: error: there is another activation 'hard_sigmoid'")


def test_installed_packages_take_part(tmp_path):
    installed = tmp_path / "installed"
    about = installed / "rules-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: rules\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[lava_bccn]\nmine = rules\nbroken = no_such_module\n")
    (installed / "rules.py").write_text(RULES)
    result = bccn(tmp_path, "import", "--help", path=installed)
    assert "mine: of another package" in " ".join(result.stdout.split())
    (warning,) = result.stderr.splitlines()
    assert warning.startswith("bccn: warning: no_such_module of the entry points 'lava_bccn'")
