"""What a connection transmits in a step: compiled with the loop that calls it.

What every neuron or target does is done in loops that compilers make vectors of; synapses are
visited only where a presynaptic neuron has sent something.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics.spiking.arithmetic import delivered
from lava_bccn.dynamics.spiking.receptors import bound_receptors, receptor_current
from lava_bccn.dynamics.spiking.short_term_plasticity import StpState, recovered, release
from lava_bccn.sim.jit import vectorised
from lava_bccn.sim.spiking.learning import balance


@vectorised
def collect(connection: Any, population: Any, step: int) -> None:
    """Take what arrives in this step to the target's compartment."""
    slot = connection.arriving[step % len(connection.arriving)]
    into = population.soma_input if connection.to_soma else population.apical_input
    scale = connection.scale
    if connection.has_receptor:
        bound, constants = connection.receptor, connection.receptor_constants
        for i in range(len(slot)):
            bound[i] = bound_receptors(bound[i], delivered(slot[i], scale), constants)
        for i in range(len(slot)):
            into[i] += receptor_current(bound[i], constants)
    else:
        for i in range(len(slot)):
            into[i] += delivered(slot[i], scale)
    slot[:] = 0


@vectorised
def transmit_all(
    connection: Any, source: Any, target: Any, key: Any, step: int, one: Any, plastic: bool
) -> Any:
    """Send the messages of all presynaptic neurons; returns their sum."""
    state, constants, has_stp = connection.stp, connection.stp_constants, connection.has_stp
    if has_stp:
        _recover(state, constants)
    total = 0 * one
    balances = plastic and connection.balances
    for index in range(source.sent_count[0]):
        neuron = source.sent[index]
        if source.flags[neuron] & connection.message == 0:
            continue
        released = one
        if has_stp:
            before = StpState(state.utilisation[neuron], state.depletion[neuron])
            after, released = release(before, True, constants)
            state.utilisation[neuron], state.depletion[neuron] = after
        _send(connection, neuron, released, step)
        total += released
        if balances and released != 0:
            balance(connection, neuron, released, target.state.apical_current, key)
    return total


@vectorised
def _recover(state: Any, constants: Any) -> None:
    utilisation, depletion = state.utilisation, state.depletion
    for j in range(len(utilisation)):
        utilisation[j] = recovered(StpState(utilisation[j], depletion[j]), constants).utilisation
    for j in range(len(depletion)):
        depletion[j] = recovered(StpState(utilisation[j], depletion[j]), constants).depletion


@vectorised
def _send(connection: Any, neuron: int, payload: Any, step: int) -> None:
    """Add one neuron's message to the sums that will arrive."""
    slots = len(connection.arriving)
    weight, postsynaptic = connection.weight, connection.postsynaptic
    first, last = np.uint64(connection.offsets[neuron]), np.uint64(connection.offsets[neuron + 1])
    if len(connection.delay) == 1:
        into = connection.arriving[(step + connection.delay[0]) % slots]
        for synapse in range(first, last):
            into[postsynaptic[synapse]] += weight[synapse] * payload
    else:
        for synapse in range(first, last):
            into = connection.arriving[(step + connection.delay[synapse]) % slots]
            into[postsynaptic[synapse]] += weight[synapse] * payload
