"""Dendrites whose bursts are no function of u h(e), compiled."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import held
from lava_bccn.sim.jit import register, vectorised


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
