"""The state that a network settles to when a sample is held, computed at once for a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import check, instance
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.propagation import Deliveries, propagate


def check_stimulus(
    network: MappedNetwork, inputs: NDArray[Any], targets: NDArray[Any] | None = None
) -> None:
    """Refuse inputs and targets that are not in a network's own units, or do not fit it.

    Raises:
        InvalidInputError: says what they should be.
    """
    check("network", network, instance(MappedNetwork))
    kinds = "f" if network.number_format is None else "iu"
    given = [("inputs", inputs, network.input_size)]
    if targets is not None:
        given.append(("targets", targets, network.output_size))
    for name, array, size in given:
        is_array = isinstance(array, np.ndarray) and array.dtype.kind in kinds and array.ndim == 2
        if not is_array or array.shape[1] != size:
            raise InvalidInputError(
                f"{name} must be an array (samples, {size}) in the network's own units, as its "
                f"quantise_{name} makes of numbers in [0, 1]"
            )


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

    Raises:
        InvalidInputError: inputs or targets that are not in these units, or do not fit the network.
    """
    check_stimulus(network, inputs, targets)
    return propagate(
        network.all_ensembles(),
        connections or Connections(network, is_reused=False),
        inputs,
        network.no_teacher if targets is None else targets,
    )
