"""What the documentation shows runs as it is written."""

from __future__ import annotations

import json
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
DOCS = ROOT / "docs"
README = ROOT / "README.md"
RUN = DOCS / "how-to" / "run.md"
MAPPING = DOCS / "mapping.md"
LOIHI = DOCS / "loihi.md"
QUANTISATION_AWARE = DOCS / "quantisation_aware.md"
CONTRIBUTING = DOCS / "contributing.md"
PAGES = [README, *sorted(DOCS.rglob("*.md"))]
APART = {
    RUN: "runs Lava",
    MAPPING: "needs onnx",
    CONTRIBUTING: "changes the registries, and compiles",
    DOCS / "explanation" / "integers.md": "is in tests/docs",
}
"""Pages whose code is not run with that of the others."""

FIRST = {
    LOIHI: """
import numpy as np
from lava_bccn import mapping
mapping.new_network((784, 20, 10), np.eye(784)[:50]).save("mnist.safetensors")
""",
    QUANTISATION_AWARE: """
import torch
from lava_bccn import mapping
model = torch.nn.Sequential(torch.nn.Linear(8, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3))
inputs = torch.rand(40, 8)
batches = [(inputs, torch.randint(3, (40,)))]
""",
}
"""What the code of a page takes for granted."""


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
def test_the_code_of_the_page_on_running_runs(tmp_path):
    run("\n".join(blocks(RUN, "python")), tmp_path)


EACH = """
import json
for name, code in json.load(open("pages.json")).items():
    print(name, flush=True)
    exec(compile(code, name, "exec"), {"__name__": "__main__"})
"""


@pytest.mark.timeout(400)  # compiles a learner where nothing did before
def test_the_code_of_the_other_pages_runs(tmp_path):
    pages = {
        str(page.relative_to(ROOT)): FIRST.get(page, "") + "\n".join(code)
        for page in PAGES
        if page not in APART and (code := blocks(page, "python"))
    }
    assert "README.md" in pages and len(pages) > 6
    (tmp_path / "pages.json").write_text(json.dumps(pages), encoding="utf-8")
    run(EACH, tmp_path)  # one process, each page in names of its own


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
    found = re.findall(r"^    (?:uv run )?bccn (?!\w+:)([^…>\n]*)(?:>.*)?$", text, re.M)
    return [line for line in found if "--plugin" not in line]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_have_the_options_they_are_shown_with(page):
    for command in commands(page):
        build_parser().parse_args(shlex.split(command, comments=True))


def test_commands_are_found():
    assert len(commands(README)) >= 5
    assert sum(map(len, map(commands, PAGES))) > 70


def anchors(page: Path) -> set[str]:
    """Of the headings of a page, as GitHub and the site make them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_what_is_there(page):
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_links_of_pages_stay_within_the_site():
    for page in PAGES[1:]:
        assert "](../../" not in page.read_text("utf-8"), page


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
