"""One sample's states, compiled: events up, bursts down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import held
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.sim.jit import functions_in, jit, register

register(functions_in(rate))


def settled_states(layers: Sequence[Any]) -> list[LayerStates]:
    """The states that the last sample settled to, of each layer arrays (1, units)."""
    states = []
    for index, layer in enumerate(layers):
        arrays = {
            name: getattr(layer, name)[None].copy()
            for name in ("soma", "event_rate", "burst_prob", "burst_rate")
        }
        if index < len(layers) - 1:
            arrays["apical"] = layer.apical[None].copy()
        states.append(LayerStates(**arrays))
    return states


@jit
def add_events(weight: Any, events: Any, sums: Any) -> None:
    """Σ W e over the presynaptic units that are active."""
    for j in range(len(events)):
        event = np.int32(events[j])
        if event != 0:
            row = weight[j]
            for i in range(len(row)):
                sums[i] += np.int32(row[i]) * event


@jit
def teach(layer: Any, target: Any) -> None:
    """Bursts of the output layer under its teacher."""
    for i in range(len(target)):
        modulation = rate.teacher_modulation(target[i], layer.event_rate[i], layer.constants)
        layer.burst_prob[i] = rate.burst_prob(modulation, layer.constants)
    _burst(layer)


@jit
def _burst(layer: Any) -> None:
    for i in range(len(layer.event_rate)):
        event = layer.event_rate[i]
        burst = rate.burst_rate(layer.burst_prob[i], event, layer.constants)
        layer.burst_rate[i] = burst
        layer.deviation[i] = rate.burst_deviation(burst, event, layer.constants)


def passes(activation: Activation) -> tuple[Any, Any]:
    """What depends on the activation: ``events_up`` and ``bursts_down``, compiled."""
    event_rate, hidden_modulation = activation.event_rate, activation.hidden_modulation
    register((event_rate, hidden_modulation))

    @jit
    def events_up(layer: Any, sums: Any) -> None:
        """Somatic potentials and event rates from the sums of W e."""
        for i in range(len(sums)):
            exact = rate.soma(np.int64(sums[i]), layer.bias[i], layer.constants)
            potential = held(exact)
            layer.potentials[0] += potential != exact
            layer.soma[i] = potential
            layer.event_rate[i] = event_rate(potential, layer.constants)

    @jit
    def bursts_down(layer: Any, above: Any) -> None:
        """Apical potentials from Yᵀ (b − p^b e) less (Q − Y)ᵀ e, which is Yᵀ b less Qᵀ e."""
        deviation = above.deviation.astype(np.int32)
        events_above = above.event_rate.astype(np.int32)
        taught = np.any(deviation != 0)
        for j in range(len(layer.apical)):
            bursts = np.int32(0)
            if taught:
                row = above.feedback_burst[j]
                for i in range(len(row)):
                    bursts += np.int32(row[i]) * deviation[i]
            events = np.int32(0)
            if not above.balanced:
                row, other = above.feedback_event[j], above.feedback_burst[j]
                for i in range(len(row)):
                    events += (np.int32(row[i]) - np.int32(other[i])) * events_above[i]
            exact = rate.apical(np.int64(bursts), np.int64(events), layer.constants)
            potential = held(exact)
            layer.potentials[0] += potential != exact
            layer.apical[j] = potential
            gated = rate.gated_apical(potential, layer.event_rate[j], layer.constants)
            modulation = hidden_modulation(gated, layer.constants)
            layer.burst_prob[j] = rate.burst_prob(modulation, layer.constants)
        _burst(layer)

    return events_up, bursts_down
