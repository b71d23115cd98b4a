"""What a run of a spiking network costs, counted: synapses that are reached, and that learn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_bccn.sim.spiking.result import SpikingResult

_COUNTED = ("spikes", "events", "bursts")
"""What the columns of counts are."""


def synaptic_operations(result: SpikingResult) -> NDArray[np.float64]:
    """How many times a message reached a synapse, (connections,)."""
    network = result.network
    counts = result.counts.sum(axis=0)
    operations = np.zeros(len(network.connections))
    for index, connection in enumerate(network.connections):
        source = network.population(connection.source)
        ensembles = connection.presynaptic // source.neurons
        synapses = np.bincount(ensembles, minlength=source.ensembles) / source.neurons
        sent = counts[network.columns(source.name), _COUNTED.index(connection.message)]
        operations[index] = synapses @ sent
    return operations


def synaptic_updates(result: SpikingResult) -> float:
    """How many times a synapse was visited to learn: at events and bursts of its neuron."""
    network = result.network
    counts = result.counts.sum(axis=0)
    updates = 0.0
    for connection in network.connections:
        if connection.learning is not None:
            target = network.population(connection.target)
            ensembles = connection.postsynaptic // target.neurons
            synapses = np.bincount(ensembles, minlength=target.ensembles) / target.neurons
            updates += float(synapses @ counts[network.columns(target.name), 1:].sum(axis=1))
    return updates
