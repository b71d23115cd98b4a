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
from lava_bccn.sim.spiking.compiled import neurons_of


@vectorised
def learn(connection: Any, target: Any, key: Any, plastic: bool, part: int) -> None:
    """Change the synapses of every neuron of a part that has an event or starts a burst.

    Where they are not ``plastic`` only averages go on.
    """
    average = connection.average
    begin = target.bounds[part]
    if plastic:
        for index in range(begin, begin + target.sent_count[part]):
            neuron = target.sent[index]
            if target.flags[neuron] & BURST:
                _potentiate(connection, neuron, key, part)
            elif target.flags[neuron] & EVENT:
                _depress(connection, neuron, key, part)
    if average.active:
        first, last = neurons_of(target, part)
        for i in range(first, last):
            started = (target.flags[i] & BURST) != 0
            connection.burst_average[i] = moving_average(
                connection.burst_average[i], started, average
            )
        for i in range(first, last):
            happened = (target.flags[i] & EVENT) != 0
            connection.event_average[i] = moving_average(
                connection.event_average[i], happened, average
            )


@vectorised
def remember(connection: Any, source: Any, part: int) -> None:
    """Let a part's traces of the presynaptic neurons see this step's events."""
    trace, constants, flags = connection.trace[part], connection.learning, source.flags
    for j in range(np.uint64(len(trace))):
        trace[j] = event_trace(trace[j], (flags[j] & EVENT) != 0, constants)


@vectorised
def _incoming(connection: Any, neuron: int) -> Any:
    """Where the synapses of a postsynaptic neuron are; unsigned, for a signed index might count
    from the end."""
    offsets = connection.incoming_offsets
    return np.uint64(offsets[neuron]), np.uint64(offsets[neuron + 1])


@vectorised
def outgoing(connection: Any, neuron: int, part: int) -> Any:
    """Where a presynaptic neuron's synapses to a part of the postsynaptic ones are."""
    offsets = connection.offsets[neuron]
    return np.uint64(offsets[part]), np.uint64(offsets[part + 1])


@vectorised
def _potentiate(connection: Any, neuron: int, key: Any, part: int) -> None:
    constants, weight, traces = connection.learning, connection.weight, connection.trace[part]
    first, last = _incoming(connection, neuron)
    for k in range(first, last):
        trace = traces[connection.incoming_presynaptic[k]]
        synapse = connection.incoming_synapse[k]
        old = weight[synapse]
        change = potentiation(trace, constants.rate, draw(key, np.uint32(synapse)))
        weight[synapse] = old if trace == 0 else limited(old + change, constants)


@vectorised
def _depress(connection: Any, neuron: int, key: Any, part: int) -> None:
    constants, weight, traces = connection.learning, connection.weight, connection.trace[part]
    is_moving = connection.average.active
    moving = 0.0
    if is_moving:
        moving = moving_baseline(connection.burst_average[neuron], connection.event_average[neuron])
    first, last = _incoming(connection, neuron)
    for k in range(first, last):
        trace = traces[connection.incoming_presynaptic[k]]
        synapse = connection.incoming_synapse[k]
        old = weight[synapse]
        if is_moving:
            change = moving_depression(trace, constants.rate, moving)
        else:
            random = draw(key, np.uint32(synapse))
            change = depression(trace, constants.rate, constants.baseline, random)
        weight[synapse] = old if trace == 0 else limited(old + change, constants)


@vectorised
def learn_biases(population: Any, number: int, step: int, seed: int, part: int) -> None:
    """Change the biases of every neuron of a part that has an event or starts a burst."""
    key, places = bias_key(seed, step, number), population.bias_places
    first = population.bounds[part]
    for index in range(first, first + population.sent_count[part]):
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
def balance(connection: Any, neuron: int, part: int, released: Any, current: Any, key: Any) -> None:
    """Let the synapses of one neuron that released something balance what they reach in a part."""
    constants, weight = connection.homeostasis, connection.weight
    first, last = outgoing(connection, neuron, part)
    for synapse in range(first, last):
        change = homeostatic_change(
            released,
            current[connection.postsynaptic[synapse]],
            constants.rate,
            constants.dropped,
            draw(key, np.uint32(synapse)),
        )
        weight[synapse] = limited(weight[synapse] + change, constants)
