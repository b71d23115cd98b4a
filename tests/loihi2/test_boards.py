"""``boards``: no board makes it hang or fail."""

import pytest

from lava_bccn.loihi2.boards import Board, boards

pytestmark = pytest.mark.lava


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


def test_no_slurm_and_no_host_is_no_board(commands):
    assert boards() == ()


def test_boards_of_slurm_and_a_host(commands, monkeypatch):
    table = "NODELIST NODES PARTITION STATE\\nncl-kp-01 1 kp idle\\nncl-og-02 1 og down*"
    commands("sinfo", f'printf "{table}\\n"')
    commands("ping", "echo 1 received")
    monkeypatch.setenv("NXSDKHOST", "10.0.0.7")
    assert boards() == (
        Board("ncl-kp-01", "slurm", "idle", "kp"),
        Board("ncl-og-02", "slurm", "down", "og"),
        Board("10.0.0.7", "ethernet", "answers"),
    )
    commands("ping", "exit 1")
    assert boards()[-1].state == "silent"


def test_a_slurm_that_hangs_is_given_up(commands):
    commands("sinfo", "exec /bin/sleep 30")
    assert boards() == ()
