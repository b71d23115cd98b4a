"""A network step by step, with the same hop delays as its Lava Processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.dendrite import layer_states
from lava_bccn.states import LayerStates

if TYPE_CHECKING:
    from lava_bccn.mapping.network import MappedNetwork


def steps(
    network: MappedNetwork,
    inputs: NDArray[Any],
    targets: NDArray[Any] | None = None,
    *,
    count: int | None = None,
) -> Iterator[list[LayerStates]]:
    """Hold a batch of samples and yield the states of every layer after each time step.

    A connection delivers one step after its sender sent, as Lava's ``Dense`` does; the soma of an
    ensemble reaches its own dendrite in the same step. All connections start silent.

    Args:
        network: any mapped network.
        inputs: (samples, inputs), in the network's own units.
        targets: (samples, outputs) likewise; None leaves the teacher off.
        count: time steps; by default ``network.presentation_steps``, after which the states are
            those of :func:`~lava_bccn.sim.settled.settle`.
    """
    prepared = Connections(network)
    layers = [network.ensembles(index) for index in range(len(network.layers))]
    if targets is None:
        targets = np.full((1, network.output_size), NO_TEACHER).astype(network.compute_dtype)

    def silence(units: int) -> NDArray[Any]:
        return np.zeros((len(inputs), units), dtype=network.compute_dtype)

    forward = [silence(layer.units) for layer in network.layers]
    feedback = [(silence(layer.units),) * 2 for layer in network.layers[:-1]]
    for _ in range(network.presentation_steps if count is None else count):
        states = []
        for index, ensembles in enumerate(layers):
            soma, _ = ensembles.soma(forward[index], prepared.bias[index])
            is_output = index == len(layers) - 1
            state, _ = layer_states(
                ensembles,
                soma,
                ensembles.event_rate(soma),
                None if is_output else feedback[index],
                targets,
            )
            states.append(state)
        yield states
        sent = [inputs, *(state.event_rate for state in states[:-1])]
        forward = [connection(rates) for connection, rates in zip(prepared.forward, sent, strict=True)]
        feedback = [
            prepared.feedback(index, states[index].burst_rate, states[index].event_rate)
            for index in range(1, len(layers))
        ]
