"""Extended Tsodyks–Markram synapses: what one spike train transmits depends on its rhythm.

Between spikes U returns to U0 with τ_f and x to 1 with τ_d. A spike releases r = U x; then
x ← x − r and U ← U + f (1 − U). Depressing synapses transmit mostly the first spike of a burst (an
event), facilitating ones mostly the later ones (a burst).

Tsodyks, Pawelzik & Markram, Neural Computation 10:821, 1998; with the increment f apart from U0 as
in Naud & Sprekeler, PNAS 115:E6329, 2018.

State is per presynaptic neuron and held as what decays to zero: ``utilisation`` = U − U0 and
``depletion`` = 1 − x.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_bccn.dynamics.arithmetic import Number
from lava_bccn.dynamics.spiking.arithmetic import (
    complement,
    guarded,
    scaled,
    select,
    times,
    unguarded,
)


class StpConstants(NamedTuple):
    """Constants of one step, in floating point or integers."""

    utilisation_retention: Number
    """exp(−dt / τ_f), a 12-bit fraction."""
    depletion_retention: Number
    """exp(−dt / τ_d), a 12-bit fraction."""
    baseline: Number
    """U0, a 15-bit fraction."""
    facilitation: Number
    """f, a 15-bit fraction."""


class StpState(NamedTuple):
    """U − U0 and 1 − x of each presynaptic neuron; integers have 23 bits."""

    utilisation: Number
    depletion: Number


def release_probability(state: StpState, constants: StpConstants) -> Number:
    """U, in [0, 1]."""
    return constants.baseline + unguarded(state.utilisation)


def resources(state: StpState) -> Number:
    """x, in [0, 1]."""
    return complement(unguarded(state.depletion))


def recovered(state: StpState, constants: StpConstants) -> StpState:
    """The state after a time step without a spike."""
    return StpState(
        scaled(state.utilisation, constants.utilisation_retention),
        scaled(state.depletion, constants.depletion_retention),
    )


def release(state: StpState, spike: Number, constants: StpConstants) -> tuple[StpState, Number]:
    """What a spike changes and releases, r = U x (0 without a spike), after ``recovered``."""
    utilisation, depletion = state
    probability = release_probability(state, constants)
    released = select(spike, times(resources(state), probability), 0 * depletion)
    raised = guarded(times(complement(probability), constants.facilitation))
    utilisation = utilisation + select(spike, raised, 0 * raised)
    return StpState(utilisation, depletion + guarded(released)), released


def transmit(state: StpState, spike: Number, constants: StpConstants) -> tuple[StpState, Number]:
    """One time step: decay, then what a spike releases, r = U x (0 without a spike)."""
    return release(recovered(state, constants), spike, constants)


def steady_state_release(
    interval: Number,
    depression_time: float,
    facilitation_time: float,
    baseline: float,
    facilitation: float,
) -> Number:
    """r in the long run of a regular train, the fixed point of the equations above.

    With D = exp(−Δ/τ_d), F = exp(−Δ/τ_f):
    U = (U0 (1 − F) + f F) / (1 − (1 − f) F), x = (1 − D) / (1 − (1 − U) D), r = U x.
    The interval Δ has the unit of the time constants.
    """
    kept = np.exp(-np.asarray(interval) / facilitation_time)
    used = (baseline * (1 - kept) + facilitation * kept) / (1 - (1 - facilitation) * kept)
    depleted = np.exp(-np.asarray(interval) / depression_time)
    return used * (1 - depleted) / (1 - (1 - used) * depleted)
