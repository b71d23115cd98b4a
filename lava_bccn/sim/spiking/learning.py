"""What synapses and biases learn in a time step, compiled with the loop that calls it."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics.spiking.background import bias_key
from lava_bccn.dynamics.spiking.homeostasis import homeostatic_change
from lava_bccn.dynamics.spiking.neuron import BURST, EVENT
from lava_bccn.dynamics.spiking.plasticity import (
    bias_after,
    depression,
    event_trace,
    limited,
    moving_average,
    moving_baseline,
    moving_depression,
    potentiation,
    slowed,
)
from lava_bccn.dynamics.stochastic_rounding import draw
from lava_bccn.sim.jit import vectorised


@vectorised
def learn(connection: Any, source: Any, target: Any, key: Any, plastic: bool) -> None:
    """Change the synapses of every neuron that has an event or starts a burst.

    Where they are not ``plastic`` only traces and averages go on.
    """
    trace, constants, average = connection.trace, connection.learning, connection.average
    if plastic:
        for index in range(target.sent_count[0]):
            neuron = target.sent[index]
            if target.flags[neuron] & BURST:
                _potentiate(connection, neuron, key)
            elif target.flags[neuron] & EVENT:
                _depress(connection, neuron, key)
    if average.active:
        _average(connection.burst_average, target.flags, BURST, average)
        _average(connection.event_average, target.flags, EVENT, average)
    flags = source.flags
    for j in range(len(trace)):
        trace[j] = event_trace(trace[j], (flags[j] & EVENT) != 0, constants)


@vectorised
def _average(averages: Any, flags: Any, flag: int, constants: Any) -> None:
    for i in range(len(averages)):
        averages[i] = moving_average(averages[i], (flags[i] & flag) != 0, constants)


@vectorised
def _incoming(connection: Any, neuron: int) -> Any:
    """Where the synapses of a postsynaptic neuron are; unsigned, for a signed index might count
    from the end."""
    offsets = connection.incoming_offsets
    return np.uint64(offsets[neuron]), np.uint64(offsets[neuron + 1])


@vectorised
def _potentiate(connection: Any, neuron: int, key: Any) -> None:
    constants, weight = connection.learning, connection.weight
    first, last = _incoming(connection, neuron)
    for k in range(first, last):
        trace = connection.trace[connection.incoming_presynaptic[k]]
        synapse = connection.incoming_synapse[k]
        old = weight[synapse]
        change = potentiation(trace, constants.rate, draw(key, np.uint32(synapse)))
        weight[synapse] = old if trace == 0 else limited(old + change, constants)


@vectorised
def _depress(connection: Any, neuron: int, key: Any) -> None:
    constants, weight, is_moving = connection.learning, connection.weight, connection.average.active
    moving = 0.0
    if is_moving:
        moving = moving_baseline(connection.burst_average[neuron], connection.event_average[neuron])
    first, last = _incoming(connection, neuron)
    for k in range(first, last):
        trace = connection.trace[connection.incoming_presynaptic[k]]
        synapse = connection.incoming_synapse[k]
        old = weight[synapse]
        if is_moving:
            change = moving_depression(trace, constants.rate, moving)
        else:
            random = draw(key, np.uint32(synapse))
            change = depression(trace, constants.rate, constants.baseline, random)
        weight[synapse] = old if trace == 0 else limited(old + change, constants)


@vectorised
def learn_biases(population: Any, number: int, step: int, seed: int) -> None:
    """Change the biases of every neuron that has an event or starts a burst."""
    key, places = bias_key(seed, step, number), population.bias_places
    for index in range(population.sent_count[0]):
        neuron = population.sent[index]
        flags = population.flags[neuron]
        if flags & (EVENT | BURST):
            random = draw(key, np.uint32(neuron))
            population.bias[neuron] = bias_after(
                population.bias[neuron],
                (flags & EVENT) != 0,
                (flags & BURST) != 0,
                slowed(population.bias_rise, places, random),
                slowed(population.bias_fall, places, random),
            )


@vectorised
def balance(connection: Any, neuron: int, released: Any, current: Any, key: Any) -> None:
    """Let the synapses of one neuron that released something balance what they reach."""
    constants, weight = connection.homeostasis, connection.weight
    first, last = np.uint64(connection.offsets[neuron]), np.uint64(connection.offsets[neuron + 1])
    for synapse in range(first, last):
        change = homeostatic_change(
            released,
            current[connection.postsynaptic[synapse]],
            constants.rate,
            constants.dropped,
            draw(key, np.uint32(synapse)),
        )
        weight[synapse] = limited(weight[synapse] + change, constants)
