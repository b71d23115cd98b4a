"""The notebooks are as they should be committed, and what they say is true."""

import os
import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def text(notebook, kind):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == kind)


def test_there_are_six():
    assert [path.name[:3] for path in NOTEBOOKS] == [f"0{number}_" for number in range(1, 7)]


@each
def test_they_are_valid_and_hold_nothing_that_a_run_has_left(path):
    notebook = read(path)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None, cell.source
        assert not cell.metadata, cell.source


@each
def test_they_ask_first_assert_what_they_say_and_end_with_what_to_try(path):
    notebook = read(path)
    first, last = notebook.cells[0], notebook.cells[-1]
    assert re.match(r"# .+\n\n\*\*[^*]+\?\*\*\n", first.source)
    assert "## Try next\n" in last.source
    assert len(re.findall(r"^ *assert ", text(notebook, "code"), re.M)) >= 3


@each
def test_what_they_link_to_is_there(path):
    links = re.findall(r"\]\(([^)#]+)\)", text(read(path), "markdown"))
    assert any(link.startswith("../") for link in links)
    for link in links:
        if not link.startswith("https://"):
            assert (FOLDER / link).exists(), link


@pytest.mark.slow
@pytest.mark.lava
@pytest.mark.timeout(400)
@each
def test_they_run(path, tmp_path):
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    environment = {**os.environ, "PYTHONPATH": str(FOLDER.parents[1])}
    notebook = read(path)
    resources = {"metadata": {"path": str(tmp_path)}}
    client = nbclient.NotebookClient(notebook, timeout=300, resources=resources)
    client.execute(env=environment)
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert any("image/png" in output.get("data", ()) for output in shown)
    told = "".join(output.get("text", "") for output in shown)
    assert len(told.splitlines()) < 40
