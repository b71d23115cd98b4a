"""``examine``: what is missing is said with what to do, and no board makes it hang or fail."""

import sys
from dataclasses import replace

import pytest

from lava_bccn import environment
from lava_bccn.environment import Board, examine

needs_lava = pytest.mark.skipif(
    sys.version_info >= (3, 11), reason="Lava exists for Python 3.10 only"
)


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """Puts commands of our own first on the path; no host is named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("NXSDKHOST", raising=False)

    def add(name: str, script: str) -> None:
        file = tmp_path / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    return add


@needs_lava
def test_no_slurm_and_no_host_is_no_board(commands):
    assert environment.boards() == ()


@needs_lava
def test_boards_of_slurm_and_a_host(commands, monkeypatch):
    table = "NODELIST NODES PARTITION STATE\\nncl-kp-01 1 kp idle\\nncl-og-02 1 og down*"
    commands("sinfo", f'printf "{table}\\n"')
    commands("ping", "echo 1 received")
    monkeypatch.setenv("NXSDKHOST", "10.0.0.7")
    assert environment.boards() == (
        Board("ncl-kp-01", "slurm", "idle", "kp"),
        Board("ncl-og-02", "slurm", "down", "og"),
        Board("10.0.0.7", "ethernet", "answers"),
    )
    commands("ping", "exit 1")
    assert environment.boards()[-1].state == "silent"


@needs_lava
def test_a_slurm_that_hangs_is_given_up(commands):
    commands("sinfo", "exec /bin/sleep 30")
    assert environment.boards() == ()


def test_data_sets_are_where_they_are(tmp_path):
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    found = examine(tmp_path)
    assert found.data_sets["mnist"] == str(tmp_path / "MNIST" / "raw")
    assert found.data_sets["cifar10"] is None
    assert any("cifar10 not in" in step for step in found.next_steps)
    assert found.packages["torch"] and found.packages["lava-loihi"] is None


def test_next_steps_follow_from_what_is_missing(tmp_path):
    found = examine(tmp_path)
    without = replace(found, lava="lava-nc is not installed", lava_loihi=False)
    assert "Python 3.10" in without.next_steps[0] and "--backend sim" in without.next_steps[0]
    plain = replace(found, lava="ok", lava_loihi=False)
    assert "INRC" in plain.next_steps[0]
    complete = replace(plain, lava_loihi=True, boards=(Board("kp-1", "slurm", "idle", "kp"),))
    assert "--backend loihi2 (free: kp-1)" in complete.next_steps[0]
    assert "no board is free" in replace(complete, boards=()).next_steps[0]
