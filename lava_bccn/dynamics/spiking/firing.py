"""One time step of the bursting neuron: what happens below threshold, and what spikes change.

``neuron`` has the equations of its compartments. Spikes are rare, so the two parts stand apart: the
simulator lets only the neurons that fire go through the second.
"""

from __future__ import annotations

import numpy as np

from lava_bccn.dynamics.arithmetic import Number
from lava_bccn.dynamics.spiking.arithmetic import anywhere, happens, logistic, scaled, select
from lava_bccn.dynamics.spiking.neuron import (
    BURST,
    EVENT,
    SPIKE,
    NeuronConstants,
    NeuronInput,
    NeuronState,
    apical_arriving,
    dendrite,
    dendrite_adaptation,
    later,
    plateau_activation,
    soma,
    synaptic_current,
)


def burst_probability(dendrite: Number, constants: NeuronConstants) -> Number:
    """σ((V_d − E_p) / D_p): the chance that a burst-Poisson event becomes a burst."""
    return logistic(scaled(dendrite - constants.burst_half, constants.burst_slope))


def becomes_burst(
    event: Number, dendrite: Number, random: Number, constants: NeuronConstants
) -> Number:
    """Which events of burst-Poisson neurons become bursts, by 32 random bits each."""
    if not (constants.burst_poisson and anywhere(event)):
        return event & False
    return event & happens(burst_probability(dendrite, constants), random)


def second_spike_delay(random: Number, constants: NeuronConstants) -> Number:
    """Steps from an event to the second spike, by the lower 16 bits of a draw."""
    return constants.burst_delay + (((random & 0xFFFF) * constants.burst_delay_span) >> 16)


def below_threshold(
    state: NeuronState, given: NeuronInput, constants: NeuronConstants
) -> NeuronState:
    """One time step of everything but spikes; the soma may end beyond its threshold."""
    soma_current = synaptic_current(
        state.soma_current,
        given.soma,
        given.soma_noise,
        constants.soma_synapse_retention,
        constants.soma_noise,
    )
    apical_current = synaptic_current(
        state.apical_current,
        apical_arriving(state, given.apical),
        given.apical_noise,
        constants.apical_synapse_retention,
        constants.apical_noise,
    )
    since, activation = later(state.since_crossing), plateau_activation(state, constants)
    return NeuronState(
        soma=soma(state, soma_current, given.bias, activation, since, constants),
        dendrite=dendrite(state, apical_current, activation, since, constants),
        soma_current=soma_current,
        apical_current=apical_current,
        soma_adaptation=scaled(state.soma_adaptation, constants.adaptation_retention),
        dendrite_adaptation=dendrite_adaptation(state, constants),
        threshold=scaled(state.threshold, constants.threshold_retention),
        since_crossing=since,
        bursting=state.bursting,
        until_second=np.maximum(state.until_second - 1, 0),
        event_rate=scaled(state.event_rate, constants.gain_retention),
    )


def crosses(state: NeuronState, constants: NeuronConstants) -> Number:
    """Whether the soma is beyond its threshold, after :func:`below_threshold`."""
    above = state.soma >= constants.threshold + state.threshold
    return above & (state.since_crossing >= constants.refractory)


def second_is_due(state: NeuronState, constants: NeuronConstants) -> Number:
    """Whether the second spike of a burst-Poisson burst comes in the step that begins."""
    return constants.burst_poisson & (state.until_second == 1)


def fire(
    state: NeuronState,
    crossed: Number,
    second: Number,
    random: Number,
    constants: NeuronConstants,
) -> tuple[NeuronState, Number]:
    """What spikes change, and the flags to send; nothing without a spike.

    Args:
        state: after :func:`below_threshold`.
        crossed: see :func:`crosses`.
        second: see :func:`second_is_due`, of the state before the step.
        random: 32 bits, by which events become bursts.
        constants: of the neurons.
    """
    poisson, since = constants.burst_poisson, state.since_crossing
    event = crossed & (poisson | (since >= constants.burst_window))
    again = crossed & (not poisson) & (since < constants.burst_window)
    burst = second | (again & (state.bursting == 0))
    spike = crossed | second
    new_state = NeuronState(
        soma=select(crossed, 0 * state.soma, state.soma),
        dendrite=state.dendrite,
        soma_current=state.soma_current,
        apical_current=state.apical_current,
        soma_adaptation=state.soma_adaptation
        + select(spike, constants.adaptation_jump, 0 * constants.adaptation_jump),
        dendrite_adaptation=state.dendrite_adaptation,
        threshold=state.threshold
        + select(spike, constants.threshold_jump, 0 * constants.threshold_jump),
        since_crossing=select(crossed, 0, since),
        bursting=select(event, 0, select(burst, 1, state.bursting)),
        until_second=select(
            becomes_burst(event, state.dendrite, random, constants),
            second_spike_delay(random, constants),
            state.until_second,
        ),
        event_rate=state.event_rate + select(event, constants.gain_jump, 0 * constants.gain_jump),
    )
    return new_state, select(spike, SPIKE, 0) + select(event, EVENT, 0) + select(burst, BURST, 0)


def advance(
    state: NeuronState, given: NeuronInput, constants: NeuronConstants
) -> tuple[NeuronState, Number]:
    """One time step: the new state, and the flags to send (see ``SPIKE``, ``EVENT``, ``BURST``)."""
    second = second_is_due(state, constants)
    new = below_threshold(state, given, constants)
    return fire(new, crosses(new, constants), second, given.burst_draw, constants)
