"""The loihi2 backend with stand-ins for Intel's extension: nobody here has a board."""

import sys
import types

import numpy as np
import pytest

pytest.importorskip("lava.magma.core.process.process", reason="needs Lava (Python 3.10)")

from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_configs import Loihi2HwCfg
from lava.utils import loihi

import lava_bccn
from lava_bccn import mapping
from lava_bccn.backends import hardware, loihi2
from lava_bccn.environment import Board
from lava_bccn.errors import BackendUnavailableError
from lava_bccn.processes import BurstCCN, SampleSource
from lava_bccn.processes.hardware_burst_ccn.models import HardwareBurstCCNModel

INPUTS = np.random.default_rng(0).random((3, 4))


@pytest.fixture
def network():
    return mapping.new_network((4, 3, 2), INPUTS, activation="hard_sigmoid")


class PyToNxAdapter(AbstractProcess):
    """A stand-in with the ports of the extension's own."""

    def __init__(self, *, shape, num_message_bits):
        super().__init__(shape=shape, num_message_bits=num_message_bits)
        self.inp, self.out = InPort(shape=shape), OutPort(shape=shape)


@pytest.fixture
def extension(monkeypatch):
    """The extension's module of adapters, and a board that answers."""
    module = types.ModuleType(loihi2.ADAPTERS)
    module.PyToNxAdapter = PyToNxAdapter
    monkeypatch.setitem(sys.modules, loihi2.ADAPTERS, module)
    monkeypatch.setattr(loihi, "is_installed", lambda: True)
    monkeypatch.setattr(loihi2, "_extension", lambda: module)
    monkeypatch.setattr(loihi2, "boards", lambda: (Board("oheo", "ethernet", "answers"),))
    used = []
    monkeypatch.setattr(loihi, "use_ethernet_host", used.append)
    monkeypatch.setattr(loihi, "host", None)
    return used


def test_without_the_extension_it_says_what_to_do(network):
    with pytest.raises(BackendUnavailableError, match="lava-loihi is not installed here"):
        lava_bccn.run(network, INPUTS, backend="loihi2")


@pytest.mark.parametrize(
    ("found", "message"),
    [((), "none is visible"), ((Board("ncl-1", "slurm", "down"),), r"ncl-1 \(down\)")],
)
def test_without_a_free_board_it_says_what_is_there(
    network, extension, monkeypatch, found, message
):
    monkeypatch.setattr(loihi2, "boards", lambda: found)
    with pytest.raises(BackendUnavailableError, match=message):
        lava_bccn.run(network, INPUTS, backend="loihi2")


def test_it_runs_the_hardware_form_on_the_board_between_adapters(network, extension, monkeypatch):
    presented = []

    def present(network, samples, *arguments):
        *_, config, connect = arguments
        source = SampleSource(samples=samples, targets=None, output_size=2, presentation_steps=16)
        bccn = BurstCCN(network)
        connect(source, bccn)
        presented.append((config, source, bccn))
        raise BackendUnavailableError("this far only")

    monkeypatch.setattr(loihi2, "present", present)
    with pytest.raises(BackendUnavailableError, match="this far only"):
        lava_bccn.run(network, INPUTS, backend="loihi2")
    ((config, source, bccn),) = presented
    assert extension == ["oheo"]
    assert isinstance(config, Loihi2HwCfg)
    assert config.exception_proc_model_map[BurstCCN] is HardwareBurstCCNModel
    for out, port in ((source.sample_out, bccn.sample_in), (source.target_out, bccn.target_in)):
        (adapter_in,) = out.out_connections
        assert type(adapter_in.process) is PyToNxAdapter
        assert adapter_in.process.proc_params["num_message_bits"] == 24
        assert adapter_in.process.out.out_connections == [port]


def test_models_of_the_hardware_are_chosen_by_class():
    chosen = hardware.hardware_models()
    assert chosen[BurstCCN] is HardwareBurstCCNModel
    assert issubclass(chosen[SampleSource], PyLoihiProcessModel)
    assert "fixed_pt" in chosen[SampleSource].tags
