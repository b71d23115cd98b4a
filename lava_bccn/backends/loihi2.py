"""A Loihi 2 board as a backend: the hardware form between the I/O adapters of lava-loihi.

None of this has met a board. What is tested: that the graph is the one whose bits are those of the
simulator on Lava's CPU models, and that with a stand-in for the extension the hardware models are
selected, compiled, run and torn down. Whether a board lets the host read ``a_buff`` of a connection
and set ``weights`` between presentations, as the CPU models do, is for the first user with one to
see (docs/loihi.md).
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from lava_bccn.backends.hardware import HardwareForm, hardware_models
from lava_bccn.backends.job import Execution, Job, Opening, Session
from lava_bccn.backends.presenting import executed, opened
from lava_bccn.dynamics.fixed_point import GRADED_PAYLOAD_BITS
from lava_bccn.errors import BackendUnavailableError
from lava_bccn.loihi2.boards import FREE_STATES, HOST_VARIABLE, Board, boards

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig
    from lava.utils.loihi import ChipGeneration

    from lava_bccn.processes import SampleSource

ADAPTERS = "lava.proc.embedded_io.spike"
"""Module of the extension with ``PyToNxAdapter`` and ``NxToPyAdapter``, by which spikes come from
and go to the host. It is not in lava-nc."""

ETHERNET_HOST_BINARY = "nxcore/bin/nx_driver_server"
"""Path of the driver on an Ethernet host, where ``HOST_BINARY`` names no other."""


def execute(job: Job) -> Execution:
    """On a board, through ``Loihi2HwCfg``.

    Raises:
        BackendUnavailableError: no Lava, no lava-loihi, or no board.
        InvalidInputError: a network without a hardware form.
        InterruptedRunError: the board failed or went away; what was recorded before is kept.
    """
    return executed(_form(job), job)


def opens(opening: Opening) -> AbstractContextManager[Session]:
    """The same, for many jobs."""
    return opened(_form(opening))


def _form(opening: Opening) -> BoardForm:
    importlib.import_module("lava_bccn.processes")  # fails with advice where there is no Lava
    adapters = _extension()
    _use_board()

    from lava.magma.core.run_configs import Loihi2HwCfg

    config = Loihi2HwCfg(exception_proc_model_map=hardware_models())
    return BoardForm(opening, config, adapters)


class BoardForm(HardwareForm):
    """The hardware form behind ``adapters``, by which the host's spikes come to the board."""

    def __init__(self, opening: Opening, run_config: RunConfig, adapters: Any) -> None:
        super().__init__(opening, run_config)
        self._adapters = adapters
        self._kept: list[Any] = []

    def connect(self, source: SampleSource) -> None:
        """Through an adapter each."""
        for out, port in (
            (source.sample_out, self.process.sample_in),
            (source.target_out, self.process.target_in),
        ):
            adapter = self._adapters.PyToNxAdapter(
                shape=port.shape, num_message_bits=GRADED_PAYLOAD_BITS
            )
            out.connect(adapter.inp)
            adapter.out.connect(port)
            self._kept.append(adapter)


def _extension() -> Any:
    from lava.utils import loihi

    if not loihi.is_installed() or importlib.util.find_spec("lava.proc.embedded_io") is None:
        raise BackendUnavailableError(
            "backend 'loihi2' needs Intel's lava-loihi extension and a Loihi 2 board, and "
            "lava-loihi is not installed here (bccn doctor says what is, docs/loihi.md what to "
            "do); backend 'lava-hardware' runs the same graph on the CPU, 'sim' gives its bits fast"
        )
    return importlib.import_module(ADAPTERS)


def _use_board() -> None:
    """Direct Lava to a board, unless the user has done so in Python.

    Raises:
        BackendUnavailableError: none is visible, or free.
    """
    from lava.utils import loihi

    if loihi.host is not None:
        return
    board, generation = _free_board(), _generation()
    try:
        if board.found_by == "ethernet":
            binary = os.environ.get("HOST_BINARY", ETHERNET_HOST_BINARY)
            loihi.use_ethernet_host(board.name, binary, generation)
            return
        # Without the board's name: Lava 0.10 would look it up, and fails with an IndexError on the
        # empty line at the end of what sinfo says (lava/utils/slurm.py, get_boards).
        loihi.use_slurm_host(loihi_gen=generation)
        os.environ["BOARD"] = board.name
        if board.partition:  # which use_slurm_host unset, if the user had named it
            os.environ["PARTITION"] = board.partition
    except ValueError as error:
        raise BackendUnavailableError(f"Lava refuses the board {board.name}: {error}") from error


def _free_board() -> Board:
    """One that the user's environment variables do not rule out; those of Ethernet first."""
    asked = {name: os.environ[name] for name in _CHOICES if name in os.environ}
    found = boards()
    for board in sorted(found, key=lambda board: board.found_by):
        is_ethernet = board.found_by == "ethernet"
        if ("SLURM" if is_ethernet else "NOSLURM") in asked or board.state not in FREE_STATES:
            continue
        names = {"BOARD": board.name, "PARTITION": board.partition}
        if is_ethernet or all(asked.get(key, name) == name for key, name in names.items()):
            return board
    seen = ", ".join(f"{board.name} ({board.state})" for board in found) or "none is visible"
    by_choice = ", ".join(f"{name}={value}" for name, value in asked.items())
    raise BackendUnavailableError(
        f"backend 'loihi2' needs a board that is free; {seen}{by_choice and ' with '}{by_choice}. "
        "Log in to a host with Slurm (sinfo lists its boards), or name an Ethernet host in "
        f"{HOST_VARIABLE}; bccn doctor shows both"
    )


_CHOICES = ("SLURM", "NOSLURM", "BOARD", "PARTITION")


def _generation() -> ChipGeneration:
    """The chip generation that ``LOIHI_GEN`` names; without it, that of most systems."""
    from lava.utils.loihi import ChipGeneration

    name = os.environ.get("LOIHI_GEN", ChipGeneration.N3B3.value)
    known = [each.value for each in ChipGeneration]
    if name not in known:
        raise BackendUnavailableError(
            f"LOIHI_GEN is {name!r}; expected one of {', '.join(known)}, or nothing for N3B3"
        )
    return ChipGeneration(name)
