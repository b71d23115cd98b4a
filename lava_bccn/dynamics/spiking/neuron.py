"""The bursting pyramidal neuron: a soma that fires, a dendrite that decides whether it bursts.

Naud & Sprekeler, PNAS 115:E6329, 2018; Payeur, Guerguiev, Zenke, Richards & Naud, Nature
Neuroscience 24:1010, 2021 (methods):

    C_s V_s' = −(C_s/τ_s) (V_s − E_L) + g_s f(V_d) + I_s − w_s         fires at V_T + θ
    τ_w w_s' = −w_s, + b at a spike;    τ_T θ' = −θ, + 2 mV at a spike
    C_d V_d' = −(C_d/τ_d) (V_d − E_L) + g_d f(V_d) + c_d K(t − t_spike) + I_d − w_d
    τ_wd w_d' = −w_d + a (V_d − E_L);   f(V) = σ((V − E_d) / D)

In the burst-Poisson form (the published XOR simulations) g_s = 0 and, when the soma crosses
threshold, the event becomes a burst with probability σ((V_d − E_p) / D_p); the second spike follows
after a random delay.

What arrives at the dendrite (but not its background) is multiplied by h(e) = 1 − e / e_max, with e
the running average of the neuron's own event rate: the spiking form of the gain in
u = h(e) (Yᵀ b − Qᵀ e) of the rate model
(Greedy et al., NeurIPS 2022). Without it (e_max = ∞) plasticity goes as δ e, not as δ f'(v), and
strongly driven ensembles dominate learning.

One step: every linear decay is exact over the step, what drives it is held for the step. Potentials
are deviations from E_L, currents the change of potential that they make in a step; w_d is held as
the filtered potential w_d / a. Synaptic currents decay exponentially.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_bccn.dynamics.arithmetic import Number, held
from lava_bccn.dynamics.spiking.arithmetic import (
    complement,
    logistic,
    rate_limited,
    scaled,
    select,
    times,
)

SPIKE, EVENT, BURST = 1, 2, 4
"""Flags that a neuron sends, added up: any spike; the first of a group (an event); the second (a
burst has begun). A message is 0, 1, 3 or 5."""

LONG_AGO = 1 << 20
"""Steps since a spike are counted up to here."""


class NeuronConstants(NamedTuple):
    """Constants of one step; see ``network.spiking.neuron`` for their units and origin."""

    soma_retention: Number
    soma_synapse_retention: Number
    soma_noise: Number
    soma_bias: Number
    threshold: Number
    threshold_retention: Number
    threshold_jump: Number
    adaptation_retention: Number
    adaptation_jump: Number
    dendrite_to_soma: Number
    dendrite_retention: Number
    apical_synapse_retention: Number
    apical_noise: Number
    dendrite_bias: Number
    plateau: Number
    plateau_half: Number
    plateau_slope: Number
    pulse: Number
    pulse_start: int
    pulse_end: int
    dendrite_adaptation: Number
    dendrite_adaptation_rate: Number
    burst_half: Number
    burst_slope: Number
    burst_delay: int
    """Steps from an event to the earliest second spike."""
    burst_delay_span: int
    """Number of possible delays."""
    burst_window: int
    """Spikes fewer steps apart belong to one burst."""
    refractory: int
    burst_poisson: bool
    gain_retention: Number
    """exp(−dt / τ) of the running event rate, a 12-bit fraction."""
    gain_jump: Number
    """(1 − exp(−dt / τ)) / (e_max dt): what an event adds to it, so that it settles at e / e_max.

    An integer is a guarded fraction. 0: no gain."""


class NeuronState(NamedTuple):
    """State of each neuron; integers have 24 bits."""

    soma: Number
    """V_s − E_L."""
    dendrite: Number
    """V_d − E_L."""
    soma_current: Number
    apical_current: Number
    soma_adaptation: Number
    """w_s."""
    dendrite_adaptation: Number
    """w_d / a."""
    threshold: Number
    """θ: how far the threshold is above rest."""
    since_crossing: Number
    """Steps since the soma last crossed threshold."""
    bursting: Number
    """1 once the present group of spikes has been counted as a burst."""
    until_second: Number
    """Steps until the second spike of a burst-Poisson burst; 0: none is due."""
    event_rate: Number
    """e / e_max, a running average; integers have 23 bits."""


STATES = NeuronState._fields

COUNTED = {"since_crossing": 24, "bursting": 1, "until_second": 24}
"""States that are integers in floating point too, and their bits. All others have 24 bits."""

INITIAL = {"since_crossing": LONG_AGO}
"""States that do not start at 0."""


class NeuronInput(NamedTuple):
    """What reaches each neuron in one step."""

    soma: Number
    """Synaptic current that arrives at the soma."""
    apical: Number
    """Synaptic current that arrives at the dendrite."""
    bias: Number
    """Constant somatic current of this neuron, which learns."""
    soma_noise: Number
    apical_noise: Number
    burst_draw: Number
    """32 random bits: whether an event becomes a burst, and when."""


def synaptic_current(
    current: Number, arriving: Number, noise: Number, retention: Number, strength: Number
) -> Number:
    """A synaptic current after a step: decay, what arrives, and background noise."""
    return held(scaled(current, retention) + arriving + scaled(noise, strength))


def apical_arriving(state: NeuronState, arriving: Number) -> Number:
    """What reaches the dendrite of what arrives there: h(e) of it."""
    return times(arriving, apical_gain(state))


def dendrite(
    state: NeuronState,
    current: Number,
    activation: Number,
    since: Number,
    constants: NeuronConstants,
) -> Number:
    """V_d after a step: leak, synapses, regenerative current, back-propagation, adaptation."""
    pulse = select(
        (since >= constants.pulse_start) & (since < constants.pulse_end),
        constants.pulse,
        0 * constants.pulse,
    )
    return held(
        scaled(state.dendrite, constants.dendrite_retention)
        + current
        + constants.dendrite_bias
        + times(constants.plateau, activation)
        + pulse
        - scaled(state.dendrite_adaptation, constants.dendrite_adaptation)
    )


def dendrite_adaptation(state: NeuronState, constants: NeuronConstants) -> Number:
    """w_d / a after a step in which the dendrite started at ``state.dendrite``."""
    return state.dendrite_adaptation + scaled(
        state.dendrite - state.dendrite_adaptation, constants.dendrite_adaptation_rate
    )


def apical_gain(state: NeuronState) -> Number:
    """h(e) = 1 − e / e_max, and 0 beyond e_max."""
    return complement(rate_limited(state.event_rate))


def plateau_activation(state: NeuronState, constants: NeuronConstants) -> Number:
    """f(V_d) = σ((V_d − E_d) / D), the open fraction of the regenerative conductance."""
    if not reads_plateau(constants):
        return 0 * state.dendrite
    return logistic(scaled(state.dendrite - constants.plateau_half, constants.plateau_slope))


def reads_plateau(constants: NeuronConstants) -> bool:
    """Whether anything reads f(V_d)."""
    return (constants.plateau != 0) | (constants.dendrite_to_soma != 0)


def soma(
    state: NeuronState,
    current: Number,
    bias: Number,
    activation: Number,
    since: Number,
    constants: NeuronConstants,
) -> Number:
    """V_s after a step, before it is compared with the threshold."""
    potential = held(
        scaled(state.soma, constants.soma_retention)
        + current
        + bias
        + constants.soma_bias
        + times(constants.dendrite_to_soma, activation)
        - state.soma_adaptation
    )
    return select(since < constants.refractory, 0 * potential, potential)


def later(since: Number) -> Number:
    """Steps since a spike, a step later."""
    return np.minimum(since + 1, LONG_AGO)
