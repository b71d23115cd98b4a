"""The Loihi 2 boards that are visible from here, by Slurm or by an Ethernet host."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass

HOST_VARIABLE = "NXSDKHOST"
"""Address of an Ethernet host with a board, as Lava's ``use_ethernet_host`` sets it."""

FREE_STATES = ("idle", "mix", "mixed", "answers")
"""States of a board that can be used."""


@dataclass(frozen=True)
class Board:
    """A Loihi 2 board that is visible from here.

    Attributes:
        name: of the Slurm node, or the address of the Ethernet host.
        found_by: ``"slurm"`` or ``"ethernet"``.
        state: ``idle``, ``alloc``, ``down``, … of Slurm; ``answers`` or ``silent`` of a host.
        partition: of Slurm.
    """

    name: str
    found_by: str
    state: str
    partition: str | None = None


def boards() -> tuple[Board, ...]:
    """Boards that Slurm lists and the Ethernet host that is named, if it answers a ping.

    Commands go through Lava's ``try_run_command``, which gives up after a second. Lava's own
    ``get_boards`` is no help: in lava-nc 0.10 it fails without ``sinfo``, and with it on the empty
    line at the end of its output.
    """
    from lava.utils import slurm

    found = []
    if shutil.which("sinfo"):
        for line in slurm.try_run_command(["sinfo", "-N"])[1:]:
            fields = line.split()
            if len(fields) >= 4:  # node, nodes, partition, state
                partition, state = fields[2].rstrip("*"), fields[3].rstrip("*~#")
                found.append(Board(fields[0], "slurm", state, partition))
    host = os.environ.get(HOST_VARIABLE)
    if host:
        answers = shutil.which("ping") and slurm.try_run_command(["ping", "-c", "1", host])
        found.append(Board(host, "ethernet", "answers" if answers else "silent"))
    return tuple(found)
