"""A network step by step, with the same hop delays as its Lava Processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.layer import layer_states
from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.network.time import ContinuousTime
from lava_bccn.sim.connections import Connections, Deliveries

if TYPE_CHECKING:
    from lava_bccn.network.network import MappedNetwork

Stimulus = tuple[NDArray[Any], NDArray[Any] | None]
"""Inputs (samples, inputs) and targets (samples, outputs) of one time step, in the network's own
units; None leaves the teacher off."""


def hold(
    network: MappedNetwork, inputs: NDArray[Any], targets: NDArray[Any] | None = None
) -> Iterable[Stimulus]:
    """The stimuli of one presentation: the same for ``network.presentation_steps`` steps."""
    return repeat((inputs, targets), network.presentation_steps)


def steps(
    network: MappedNetwork,
    stimuli: Iterable[Stimulus],
    time: ContinuousTime | None = None,
    connections: Deliveries | None = None,
    saturations: NDArray[np.int64] | None = None,
) -> Iterator[list[LayerStates]]:
    """Yield the states of every layer after each time step.

    A connection delivers one step after its sender sent, as Lava's ``Dense`` does; the soma of an
    ensemble reaches its own dendrite in the same step. All connections start silent. After a
    presentation (:func:`hold`) the states are those of :func:`~lava_bccn.sim.settled.settle`.
    What a step sends is on its way before the states are yielded, so whoever changes the weights
    then changes what the next step sends, as in Lava.

    Args:
        network: any mapped network.
        stimuli: one for each time step, all with as many samples.
        time: continuous time, from potentials at 0; None: the discrete model.
        connections: the network's matrices, where they change while it runs.
        saturations: (layers,), counts the potentials that saturated in every step.
    """
    prepared: Deliveries = connections or Connections(network)
    layers = [network.ensembles(index, time) for index in range(len(network.layers))]
    no_teacher = np.full((1, network.output_size), NO_TEACHER).astype(network.compute_dtype)

    def silence(units: int) -> NDArray[Any]:
        return np.zeros((1, units), dtype=network.compute_dtype)

    forward = [silence(layer.units) for layer in network.layers]
    feedback = [(silence(layer.units),) * 2 for layer in network.layers[:-1]]
    soma_before, apical_before = list(forward), list(forward)
    for inputs, targets in stimuli:
        states = []
        for index, ensembles in enumerate(layers):
            drive, saturated = ensembles.soma(forward[index], prepared.bias[index])
            soma = ensembles.relaxed_soma(soma_before[index], drive)
            soma = np.broadcast_to(soma, (len(inputs), soma.shape[1]))
            is_output = index == len(layers) - 1
            state, saturated_apical = layer_states(
                ensembles,
                soma,
                ensembles.event_rate(soma),
                None if is_output else feedback[index],
                no_teacher if targets is None else targets,
                apical_before[index],
            )
            states.append(state)
            soma_before[index], apical_before[index] = state.soma, state.apical
            if saturations is not None:
                saturations[index] += np.count_nonzero(saturated) + saturated_apical
        sent = [inputs, *(state.event_rate for state in states[:-1])]
        forward = [prepared.forward(index, rates) for index, rates in enumerate(sent)]
        feedback = [
            prepared.feedback(index, states[index].burst_rate, states[index].event_rate)
            for index in range(1, len(layers))
        ]
        yield states
