"""What the loihi2 backend says without the extension, and which board it directs Lava to.

Runs with a stand-in for the extension: ``test_loihi2_stand_in.py``.
"""

import os

import numpy as np
import pytest

pytest.importorskip("lava.magma.core.process.process", reason="needs Lava: see bccn doctor")

from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.utils import loihi

import lava_bccn
from lava_bccn import mapping
from lava_bccn.backends import hardware, loihi2
from lava_bccn.errors import BackendUnavailableError
from lava_bccn.processes import BurstCCN, SampleSource
from lava_bccn.processes.hardware_burst_ccn.models import HardwareBurstCCNModel

pytestmark = pytest.mark.lava

INPUTS = np.random.default_rng(0).random((3, 4))

NODES = """NODELIST   NODES PARTITION STATE
ncl-og-01      1 oheogulch alloc
ncl-og-02      1 oheogulch idle
ncl-kp-01      1 kp*       mixed
"""
DIRECTING = (
    *("SLURM", "NOSLURM", "BOARD", "PARTITION"),
    *("LOIHI_GEN", "HOST_BINARY", "NXSDKHOST"),
)


@pytest.fixture
def network():
    return mapping.new_network((4, 3, 2), INPUTS, activation="hard_sigmoid")


@pytest.fixture
def extension(monkeypatch):
    """An extension that is installed; Lava is directed to no board yet."""
    monkeypatch.setattr(loihi, "is_installed", lambda: True)
    monkeypatch.setattr(loihi2, "_extension", lambda: None)
    monkeypatch.setattr(loihi, "host", None)
    for name in DIRECTING:
        monkeypatch.setenv(name, "restored after the test")
        monkeypatch.delenv(name)


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """Puts commands of our own in the place of all others."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def add(name, output):
        (tmp_path / f"{name}.txt").write_text(output)
        (tmp_path / name).write_text(f"#!/bin/sh\nexec /bin/cat {tmp_path / name}.txt\n")
        (tmp_path / name).chmod(0o755)

    return add


def directed():
    """What Lava reads, after a board was chosen."""
    loihi2._use_board()
    return {name: os.environ[name] for name in DIRECTING if name in os.environ}


def test_without_the_extension_it_says_what_to_do(network):
    with pytest.raises(BackendUnavailableError, match="lava-loihi is not installed here"):
        lava_bccn.run(network, INPUTS, backend="loihi2")


def test_without_a_board_it_says_so(network, extension, commands):
    with pytest.raises(BackendUnavailableError, match="none is visible"):
        lava_bccn.run(network, INPUTS, backend="loihi2")


def test_boards_that_are_taken_are_listed(network, extension, commands):
    commands("sinfo", NODES.replace("idle", "down*").replace("mixed", "alloc"))
    with pytest.raises(BackendUnavailableError, match=r"ncl-og-02 \(down\), ncl-kp-01 \(alloc\)"):
        lava_bccn.run(network, INPUTS, backend="loihi2")


def node(name, partition):
    return {"BOARD": name, "PARTITION": partition}


def test_the_first_free_node_of_slurm_is_taken(extension, commands):
    """Through Lava's own functions, which fail on this output if they are given the node."""
    commands("sinfo", NODES)
    assert directed() == {"SLURM": "1", "LOIHI_GEN": "N3B3", **node("ncl-og-02", "oheogulch")}
    assert loihi.host == "SLURM"


@pytest.mark.parametrize("choice", [("BOARD", "ncl-kp-01"), ("PARTITION", "kp")])
def test_the_users_choice_of_a_node_is_kept(extension, commands, monkeypatch, choice):
    commands("sinfo", NODES)
    monkeypatch.setenv(*choice)
    monkeypatch.setenv("LOIHI_GEN", "N3C1")
    assert directed() == {"SLURM": "1", "LOIHI_GEN": "N3C1", **node("ncl-kp-01", "kp")}


def test_a_choice_that_is_not_free_is_named(extension, commands, monkeypatch):
    commands("sinfo", NODES)
    monkeypatch.setenv("BOARD", "ncl-og-01")
    with pytest.raises(BackendUnavailableError, match="with BOARD=ncl-og-01"):
        loihi2._use_board()


def test_an_ethernet_host_comes_first_unless_slurm_is_asked_for(extension, commands, monkeypatch):
    commands("sinfo", NODES)
    commands("ping", "1 received")
    monkeypatch.setenv("NXSDKHOST", "10.0.0.7")
    monkeypatch.setenv("HOST_BINARY", "bin/driver")
    expected = {"NXSDKHOST": "10.0.0.7", "HOST_BINARY": "bin/driver"}
    assert directed() == {**expected, "NOSLURM": "1", "LOIHI_GEN": "N3B3"}
    monkeypatch.setattr(loihi, "host", None)
    monkeypatch.delenv("NOSLURM")
    monkeypatch.setenv("SLURM", "1")
    assert directed()["BOARD"] == "ncl-og-02"


def test_an_unknown_generation_is_refused(extension, commands, monkeypatch):
    commands("sinfo", NODES)
    monkeypatch.setenv("LOIHI_GEN", "N4")
    with pytest.raises(BackendUnavailableError, match="LOIHI_GEN is 'N4'; expected one of N2A2"):
        loihi2._use_board()


def test_a_host_that_was_chosen_in_python_is_kept(extension, monkeypatch):
    monkeypatch.setattr(loihi, "host", "ETHERNET")
    assert directed() == {}


def test_models_of_the_hardware_are_chosen_by_class():
    chosen = hardware.hardware_models()
    assert chosen[BurstCCN] is HardwareBurstCCNModel
    assert issubclass(chosen[SampleSource], PyLoihiProcessModel)
    assert "fixed_pt" in chosen[SampleSource].tags
