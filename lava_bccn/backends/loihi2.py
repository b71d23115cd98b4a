"""A Loihi 2 board as a backend: the hardware form between the I/O adapters of lava-loihi.

None of this has met a board. What is tested: that the graph is the one whose bits are those of the
simulator on Lava's CPU models, and that with stand-ins for the extension the hardware models are
selected, built and torn down. Whether a board lets the host read ``a_buff`` of a connection and set
``weights`` between presentations, as the CPU models do, is for the first user with one to see
(docs/loihi.md).
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from lava_bccn.backends.executor import Execution, Learning
from lava_bccn.backends.hardware import hardware_models, present
from lava_bccn.backends.recording import Progress, Recording
from lava_bccn.continuous_time import ContinuousTime
from lava_bccn.dynamics.fixed_point import GRADED_PAYLOAD_BITS
from lava_bccn.environment import HOST_VARIABLE, boards
from lava_bccn.errors import BackendUnavailableError
from lava_bccn.mapping.network import MappedNetwork

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

    from lava_bccn.processes import BurstCCN

ADAPTERS = "lava.proc.embedded_io.spike"
"""Module of the extension with ``PyToNxAdapter`` and ``NxToPyAdapter``, by which spikes come from
and go to the host. It is not in lava-nc."""


def run(
    network: MappedNetwork,
    samples: NDArray[Any],
    targets: NDArray[Any] | None,
    learning: Learning | None,
    recording: Recording,
    progress: Progress,
    continuous: ContinuousTime | None = None,
) -> Execution:
    """On a board, through ``Loihi2HwCfg``.

    Raises:
        BackendUnavailableError: no Lava, no lava-loihi, or no board.
        InvalidInputError: a network without a hardware form, or continuous time.
        InterruptedRunError: the board failed or went away; what was recorded before is kept.
    """
    from lava_bccn import processes  # fails with advice where there is no Lava

    adapters = _extension()
    _use_board()

    from lava.magma.core.run_configs import Loihi2HwCfg  # isort: skip

    kept = []

    def connect(source: AbstractProcess, bccn: BurstCCN) -> None:
        for out, port in (
            (source.sample_out, bccn.sample_in),
            (source.target_out, bccn.target_in),
        ):
            adapter = adapters.PyToNxAdapter(shape=port.shape, num_message_bits=GRADED_PAYLOAD_BITS)
            out.connect(adapter.inp)
            adapter.out.connect(port)
            kept.append(adapter)

    del processes
    config = Loihi2HwCfg(exception_proc_model_map=hardware_models())
    return present(
        network, samples, targets, learning, recording, progress, continuous, config, connect
    )


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
    """Direct Lava to a board, unless the user has done so.

    Raises:
        BackendUnavailableError: none is visible, or free.
    """
    from lava.utils import loihi

    if loihi.host is not None:
        return
    found = boards()
    for board in found:
        if board.found_by == "ethernet" and board.state == "answers":
            loihi.use_ethernet_host(board.name)
            return
    for board in found:
        if board.found_by == "slurm" and board.state in ("idle", "mix", "mixed"):
            loihi.use_slurm_host(board=board.name)
            return
    seen = ", ".join(f"{board.name} ({board.state})" for board in found) or "none is visible"
    raise BackendUnavailableError(
        f"backend 'loihi2' needs a board that is free; {seen}. Log in to a host with Slurm (sinfo "
        f"lists its boards), or name an Ethernet host in {HOST_VARIABLE}; bccn doctor shows both"
    )
