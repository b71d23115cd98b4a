"""What a connection transmits in a step: compiled with the loop that calls it.

What every neuron or target does is done in loops that compilers make vectors of; synapses are
visited only where a presynaptic neuron has sent something.
"""

from __future__ import annotations

from typing import Any

from lava_bccn.dynamics.spiking.arithmetic import delivered
from lava_bccn.dynamics.spiking.receptors import bound_receptors, receptor_current
from lava_bccn.dynamics.spiking.short_term_plasticity import StpState, recovered, release
from lava_bccn.sim.jit import vectorised
from lava_bccn.sim.spiking.compiled import neurons_of
from lava_bccn.sim.spiking.learning import balance, outgoing


@vectorised
def collect(connection: Any, population: Any, step: int, part: int) -> None:
    """Take what arrives in this step to the target's compartments, of a part of its neurons."""
    first, last = neurons_of(population, part)
    slot = connection.arriving[step % len(connection.arriving)]
    into = population.soma_input if connection.to_soma else population.apical_input
    scale = connection.scale
    if connection.has_receptor:
        bound, constants = connection.receptor, connection.receptor_constants
        for i in range(first, last):
            bound[i] = bound_receptors(bound[i], delivered(slot[i], scale), constants)
        for i in range(first, last):
            into[i] += receptor_current(bound[i], constants)
    else:
        for i in range(first, last):
            into[i] += delivered(slot[i], scale)
    slot[first:last] = 0


@vectorised
def release_all(connection: Any, source: Any, part: int) -> None:
    """Let short-term plasticity see what a part of the presynaptic neurons has sent."""
    state, constants = connection.stp, connection.stp_constants
    _recover(state, constants, neurons_of(source, part))
    first = source.bounds[part]
    for index in range(first, first + source.sent_count[part]):
        neuron = source.sent[index]
        if source.flags[neuron] & connection.message != 0:
            before = StpState(state.utilisation[neuron], state.depletion[neuron])
            after, connection.released[neuron] = release(before, True, constants)
            state.utilisation[neuron], state.depletion[neuron] = after


@vectorised
def _recover(state: Any, constants: Any, neurons: Any) -> None:
    utilisation, depletion = state.utilisation, state.depletion
    first, last = neurons
    for j in range(first, last):
        utilisation[j] = recovered(StpState(utilisation[j], depletion[j]), constants).utilisation
    for j in range(first, last):
        depletion[j] = recovered(StpState(utilisation[j], depletion[j]), constants).depletion


@vectorised
def transmit_all(
    connection: Any,
    source: Any,
    target: Any,
    key: Any,
    step: int,
    one: Any,
    plastic: bool,
    part: int,
) -> Any:
    """Send the messages of all presynaptic neurons to a part of the postsynaptic ones.

    Returns:
        The sum of the messages.
    """
    total = 0 * one
    balances = plastic and connection.balances
    for sender in range(len(source.sent_count)):
        first = source.bounds[sender]
        for index in range(first, first + source.sent_count[sender]):
            neuron = source.sent[index]
            if source.flags[neuron] & connection.message == 0:
                continue
            released = connection.released[neuron] if connection.has_stp else one
            _send(connection, neuron, released, step, part)
            total += released
            if balances and released != 0:
                balance(connection, neuron, part, released, target.state.apical_current, key)
    return total


@vectorised
def _send(connection: Any, neuron: int, payload: Any, step: int, part: int) -> None:
    """Add one neuron's message to the sums that will arrive."""
    slots = len(connection.arriving)
    weight, postsynaptic = connection.weight, connection.postsynaptic
    first, last = outgoing(connection, neuron, part)
    if len(connection.delay) == 1:
        into = connection.arriving[(step + connection.delay[0]) % slots]
        for synapse in range(first, last):
            into[postsynaptic[synapse]] += weight[synapse] * payload
    else:
        for synapse in range(first, last):
            into = connection.arriving[(step + connection.delay[synapse]) % slots]
            into[postsynaptic[synapse]] += weight[synapse] * payload
