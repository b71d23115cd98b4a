"""Progress is shown where somebody can watch it, and nowhere else."""

import io

import numpy as np
import pytest
from rich.console import Console

import lava_bccn
from lava_bccn import bars, mapping
from tests.jupyter import Notebook

INPUTS = np.random.default_rng(0).random((40, 6))


@pytest.fixture
def network():
    return mapping.new_network((6, 4, 3), INPUTS)


@pytest.fixture
def terminal(monkeypatch):
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    monkeypatch.setattr(bars, "stderr", lambda: console)
    return console.file


def test_a_notebook_has_one_output_that_ends_with_all_done(monkeypatch, network):
    notebook = Notebook().install(monkeypatch)
    lava_bccn.run(network, INPUTS, progress=True)
    (shown,) = notebook.outputs
    assert (
        "running on sim" in shown[-1]["text/plain"] and "40/40 samples" in shown[-1]["text/plain"]
    )
    assert shown[-1]["text/html"].startswith("<pre") and "40/40" in shown[-1]["text/html"]


def test_a_notebook_is_drawn_in_now_and_then(monkeypatch):
    notebook = Notebook().install(monkeypatch)
    with bars.progress_bar("counting", 1000) as bar:
        for _ in range(1000):
            bar()
    (shown,) = notebook.outputs
    assert len(shown) < 100 and "1000/1000" in shown[-1]["text/plain"]


def test_what_fails_leaves_the_bar_where_it_was(monkeypatch):
    notebook = Notebook().install(monkeypatch)
    with pytest.raises(ZeroDivisionError), bars.progress_bar("counting", 10) as bar:
        bar(3, note="so far")
        raise ZeroDivisionError
    text = notebook.outputs[0][-1]["text/plain"]
    assert "3/10" in text and "so far" in text


def test_a_terminal_has_the_same_bar(terminal, network):
    lava_bccn.run(network, INPUTS, progress=True)
    assert "40/40" in terminal.getvalue()


def test_elsewhere_nothing_is_shown(capfd, network):
    lava_bccn.run(network, INPUTS, progress=True)
    lava_bccn.run(network, INPUTS)
    assert capfd.readouterr() == ("", "")


def test_a_function_is_told_of_every_sample(monkeypatch, network):
    notebook, told = Notebook().install(monkeypatch), []
    lava_bccn.run(network, INPUTS, progress=told.append)
    assert sum(told) == 40 and not notebook.outputs
