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
from lava_bccn.sim.jit import jit


@jit
def learn(connection: Any, before: Any, after: Any, key: Any, plastic: bool) -> None:
    """Change the synapses of every neuron that has an event or starts a burst.

    Where they are not ``plastic`` only traces and averages go on.
    """
    constants, average = connection.learning, connection.average
    baseline = constants.baseline
    for i in range(len(after)):
        event, burst = (after[i] & EVENT) != 0, (after[i] & BURST) != 0
        if average.active:
            burst_average, event_average = connection.burst_average[i], connection.event_average[i]
            moving = moving_baseline(burst_average, event_average)
            connection.burst_average[i] = moving_average(burst_average, burst, average)
            connection.event_average[i] = moving_average(event_average, event, average)
        else:
            moving = 0.0
        if not (plastic and (event or burst)):
            continue
        for k in range(connection.incoming_offsets[i], connection.incoming_offsets[i + 1]):
            trace = connection.trace[connection.incoming_presynaptic[k]]
            if trace == 0:
                continue
            synapse = connection.incoming_synapse[k]
            random = draw(key, np.uint32(synapse))
            if burst:
                change = potentiation(trace, constants.rate, random)
            elif average.active:
                change = moving_depression(trace, constants.rate, moving)
            else:
                change = depression(trace, constants.rate, baseline, random)
            connection.weight[synapse] = limited(connection.weight[synapse] + change, constants)
    for j in range(len(before)):
        event = (before[j] & EVENT) != 0
        connection.trace[j] = event_trace(connection.trace[j], event, constants)


@jit
def learn_biases(population: Any, number: int, step: int, seed: int) -> None:
    """Change the biases of every neuron that has an event or starts a burst."""
    key, places = bias_key(seed, step, number), population.bias_places
    for i in range(len(population.bias)):
        flags = population.flags[i]
        if flags & (EVENT | BURST):
            random = draw(key, np.uint32(i))
            population.bias[i] = bias_after(
                population.bias[i],
                (flags & EVENT) != 0,
                (flags & BURST) != 0,
                slowed(population.bias_rise, places, random),
                slowed(population.bias_fall, places, random),
            )


@jit
def balance(connection: Any, neuron: int, released: Any, current: Any, key: Any) -> None:
    """Let the synapses of one neuron that released something balance what they reach."""
    constants = connection.homeostasis
    for synapse in range(connection.offsets[neuron], connection.offsets[neuron + 1]):
        change = homeostatic_change(
            released,
            current[connection.postsynaptic[synapse]],
            constants.rate,
            constants.dropped,
            draw(key, np.uint32(synapse)),
        )
        connection.weight[synapse] = limited(connection.weight[synapse] + change, constants)
