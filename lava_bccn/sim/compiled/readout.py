"""Readouts whose units depend on each other, or are taught by more than u h(e), compiled."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.activation import Activation
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
