"""What the documentation shows runs as it is written."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lava_bccn import mapping
from lava_bccn.cli import build_parser
from lava_bccn.dynamics.engine_plasticity import MAX_SENT_TRACE, EnginePlasticity
from lava_bccn.loihi2 import neuron_programs
from lava_bccn.network.learning import LearningConfig
from tests.architecture import ROOMS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
MAPPING = ROOT / "docs" / "mapping.md"
DALE = ROOT / "docs" / "dale.md"
LOIHI = ROOT / "docs" / "loihi.md"
CONTRIBUTING = ROOT / "docs" / "contributing.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)


def run(code: str, folder: Path, package: Path = ROOT) -> None:
    """Run a script in a process of its own, whose registries it may change."""
    script = folder / "script.py"
    script.write_text(code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(package)}
    command = [sys.executable, script.name]
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.timeout(400)  # compiles two learners and the spiking loop, where nothing did before
@pytest.mark.slow
def test_what_the_contributors_page_adds_works(tmp_path):
    run("\n".join(blocks(CONTRIBUTING, "python")), tmp_path)


@pytest.mark.lava
def test_the_readmes_code_runs(tmp_path):
    run("\n".join(blocks(README, "python")), tmp_path)


def test_the_code_of_the_page_on_dales_law_runs(tmp_path):
    run("\n".join(blocks(DALE, "python")), tmp_path)


def test_the_code_of_the_page_on_mapping_runs(tmp_path):
    pytest.importorskip("onnx", reason="onnx is not installed: uv pip install onnx")
    run("\n".join(blocks(MAPPING, "python")), tmp_path)
    assert (tmp_path / "model.onnx").exists()


TIRED = """
import numpy as np
from lava_bccn import run_spikes
from lava_bccn.mapping.spiking import quantise
from lava_bccn.network.spiking import NeuronParameters, Population, SpikingNetwork

def spikes(**options):
    neuron = NeuronParameters(soma_background=900.0, soma_noise=100.0, **options)
    network = SpikingNetwork((Population("only", 1, 50, neuron),))
    return [run_spikes(each, np.array([[100.0]]), sample_steps=2000).counts.sum()
            for each in (network, quantise(network))]

for fresh, tired in zip(spikes(), spikes(fatigue_jump=150.0)):
    assert 0 < tired < 0.8 * fresh, (fresh, tired)
"""


@pytest.mark.slow
@pytest.mark.timeout(400)  # compiles the spiking loop for both arithmetics
def test_a_state_of_the_neuron_takes_the_four_files_it_is_said_to_take(tmp_path):
    shutil.copytree(ROOT / "lava_bccn", tmp_path / "lava_bccn")
    changes = blocks(CONTRIBUTING, "diff")
    assert len(changes) == 4
    for change in changes:
        subprocess.run(["git", "apply"], cwd=tmp_path, input=change, text=True, check=True)
    run(TIRED, tmp_path, package=tmp_path)


def test_the_rooms_are_those_of_the_package():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", CONTRIBUTING.read_text("utf-8"), re.M)
    assert dict(rows) == ROOMS and [room for room, _ in rows] == list(ROOMS)


def commands(page: Path) -> list[str]:
    """Every whole command ``bccn …`` of a page's indented blocks."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    found = re.findall(r"^    (?:uv run )?bccn ([^…>\n]*)(?:>.*)?$", text, re.M)
    return [line for line in found if "--plugin" not in line]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_have_the_options_they_are_shown_with(page):
    for command in commands(page):
        build_parser().parse_args(shlex.split(command, comments=True))


def test_commands_are_found():
    assert len(commands(README)) > 30


def test_the_page_on_loihi_has_the_rules_as_they_are():
    page = LOIHI.read_text("utf-8")
    for engine, exponent in (("direct", -5), ("tag", -3)):
        plasticity = EnginePlasticity(engine, exponent=exponent)
        for rule in (plasticity.weight_rule.dw, plasticity.weight_rule.dt):
            assert rule is None or rule.replace(f"2^{exponent}*", "2^a*") in page
        following = f"2^a*x0*(x1 - {MAX_SENT_TRACE + 1})*y1"
        changes = f"{plasticity.following_rule.dw} {plasticity.following_rule.dt}"
        assert following in page and following in changes.replace(f"2^{exponent}*", "2^a*")


def test_the_page_on_loihi_counts_neuron_programs_as_they_are():
    columns = []
    config = LearningConfig(weight_rate=6, hidden_boost=(2,), rule="engine")
    for activation in ("sigmoid", "hard_sigmoid"):
        for feedback in ("kolen_pollack", "random"):
            network = mapping.new_network(
                (12, 8, 7, 5), np.eye(12), feedback=feedback, activation=activation
            )
            columns.append([counted(each) for each in neuron_programs(network, config)])
    page = LOIHI.read_text("utf-8")
    names = ("hidden, first", "hidden, further", "output")
    for name, cells in zip(names, zip(*columns, strict=True), strict=True):
        assert f"| {name} | {' | '.join(cells)} |" in page


def counted(program):
    """Operations (without tables, if it has some), registers, words of state."""
    count, more = len(program.instructions), program.without_tables
    bare = "" if more == count else f" ({more})"
    return f"{count}{bare}, {program.registers}, {program.state_words}"
