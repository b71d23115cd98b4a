"""The state that a network settles to when a sample is held, computed at once for a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.states import LayerStates
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.propagation import Deliveries, propagate


def settle(
    network: MappedNetwork,
    inputs: NDArray[Any],
    targets: NDArray[Any] | None = None,
    connections: Deliveries | None = None,
) -> tuple[list[LayerStates], NDArray[np.int64]]:
    """What Lava reaches after ``presentation_steps`` steps.

    Args:
        network: any mapped network.
        inputs: (samples, inputs), in the network's own units (``quantise_inputs``).
        targets: (samples, outputs) likewise; None leaves the teacher off.
        connections: the network's matrices, prepared once for many calls.

    Returns:
        As :func:`~lava_bccn.sim.propagation.propagate`, in the network's own units.
    """
    return propagate(
        network.all_ensembles(),
        connections or Connections(network),
        inputs,
        network.no_teacher if targets is None else targets,
    )
