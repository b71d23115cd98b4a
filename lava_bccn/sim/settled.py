"""The state that a network settles to when a sample is held, computed at once for a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.layer import layer_states
from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.sim.connections import Connections, Deliveries

if TYPE_CHECKING:
    from lava_bccn.network.network import MappedNetwork


def settle(
    network: MappedNetwork,
    inputs: NDArray[Any],
    targets: NDArray[Any] | None = None,
    connections: Deliveries | None = None,
) -> tuple[list[LayerStates], NDArray[np.int64]]:
    """Events up, then bursts down: what Lava reaches after ``presentation_steps`` steps.

    Args:
        network: any mapped network.
        inputs: (samples, inputs), in the network's own units (``quantise_inputs``).
        targets: (samples, outputs) likewise; None leaves the teacher off.
        connections: the network's matrices, prepared once for many calls.

    Returns:
        One :class:`LayerStates` a layer, arrays (samples, units) in the network's own units, and
        how many potentials (somatic and apical) saturated in each layer.
    """
    prepared: Deliveries = connections or Connections(network)
    layers = [network.ensembles(index) for index in range(len(network.layers))]
    if targets is None:
        targets = np.full((1, network.output_size), NO_TEACHER).astype(network.compute_dtype)
    saturations = np.zeros(len(layers), dtype=np.int64)
    somata, events = [], []
    below = inputs
    for index, ensembles in enumerate(layers):
        potential, saturated = ensembles.soma(prepared.forward(index, below), prepared.bias[index])
        below = ensembles.event_rate(potential)
        somata.append(potential)
        events.append(below)
        saturations[index] += np.count_nonzero(saturated)

    states: list[LayerStates] = []
    for index in reversed(range(len(layers))):
        feedback = None
        if states:
            above = states[-1]
            feedback = prepared.feedback(index + 1, above.burst_rate, above.event_rate)
        state, saturated_apical = layer_states(
            layers[index], somata[index], events[index], feedback, targets
        )
        saturations[index] += saturated_apical
        states.append(state)
    return states[::-1], saturations
