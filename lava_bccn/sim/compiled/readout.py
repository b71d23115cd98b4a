"""Readouts of units that depend on each other, and bursts that are no function of u h(e)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import held
from lava_bccn.sim.compiled.states import teach
from lava_bccn.sim.jit import register, vectorised


@vectorised
def as_they_are(layer: Any) -> None:
    """Nothing, where each event rate is a function of its own potential."""


@cache
def normalising(activation: Activation) -> Any:
    """``normalise``, compiled for a readout."""
    if activation.normalised is None:
        return as_they_are
    raw, share = activation.normalised
    register((raw, share))

    @vectorised
    def normalise(layer: Any) -> None:
        """Event rates of an output layer from all its potentials."""
        soma, rates, constants = layer.soma, layer.event_rate, layer.constants
        largest, total = soma[0], np.int64(0)
        for i in range(len(soma)):
            largest = np.maximum(largest, soma[i])
        for i in range(len(soma)):
            rates[i] = raw(soma[i] - largest, constants)
            total += rates[i]
        for i in range(len(soma)):
            rates[i] = share(rates[i], total, constants)

    return normalise


@cache
def teaching(activation: Activation) -> Any:
    """``teach``, compiled for a readout."""
    deviation = activation.taught_deviation
    if deviation is None:
        return teach
    register((deviation,))

    @vectorised
    def teach_deviation(layer: Any, target: Any) -> None:
        """Bursts of the output layer under its teacher."""
        rates, constants = layer.event_rate, layer.constants
        for i in range(len(target)):
            changed = deviation(target[i], rates[i], constants)
            active = rates[i] + constants.event_one
            probability, burst = rate.bursts_of_deviation(changed, rates[i], active, constants)
            layer.burst_prob[i], layer.burst_rate[i], layer.deviation[i] = (
                probability,
                burst,
                changed,
            )

    return teach_deviation


@cache
def deviating(activation: Activation) -> Any:
    """``dendrites``, compiled for an activation that says b − p^b e itself."""
    deviation: Any = activation.deviation
    register((deviation,))

    @vectorised
    def dendrites(layer: Any, bursts: Any, events: Any) -> None:
        """Apical potentials, and bursts, from the sums of bursts and of events from above."""
        apical, rates, constants = layer.apical, layer.event_rate, layer.constants
        saturated = 0
        for j in range(len(apical)):
            exact = rate.apical(np.int64(bursts[j]), np.int64(events[j]), constants)
            apical[j] = held(exact)
            saturated += apical[j] != exact
        for j in range(len(apical)):
            layer.deviation[j] = deviation(apical[j], rates[j], constants)
        for j in range(len(apical)):
            changed = layer.deviation[j]
            probability, burst = rate.bursts_of_deviation(changed, rates[j], rates[j], constants)
            layer.burst_prob[j], layer.burst_rate[j] = probability, burst
        layer.potentials[0] += saturated

    return dendrites
