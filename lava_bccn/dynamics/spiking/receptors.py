"""Receptors: the postsynaptic current of a connection has a time constant of its own.

    r ← r exp(−dt/τ) + a,   I = (1 − exp(−dt/τ)) r

with a what arrives in a step: a filter whose gain is 1, in front of the synaptic current of the
target. Slow receptors (NMDA: about 50 ms; Lester, Clements, Westbrook & Jahr, Nature 346:565, 1990)
average over the spikes of an ensemble, of which each alone is noise.
"""

from __future__ import annotations

from typing import NamedTuple

from lava_bccn.dynamics.arithmetic import Number, held
from lava_bccn.dynamics.spiking.arithmetic import scaled


class ReceptorConstants(NamedTuple):
    """Constants of one step, in floating point or integers."""

    retention: Number
    """exp(−dt/τ), a 12-bit fraction."""
    gain: Number
    """1 − exp(−dt/τ), of the retention as it is held: an integer state keeps the sum of what
    arrived, so that nothing of a weak current is lost."""


def bound_receptors(bound: Number, arriving: Number, constants: ReceptorConstants) -> Number:
    """r after a step; integers have 24 bits."""
    return held(scaled(bound, constants.retention) + arriving)


def receptor_current(bound: Number, constants: ReceptorConstants) -> Number:
    """I, what reaches the compartment's synaptic current in a step."""
    return scaled(bound, constants.gain)
