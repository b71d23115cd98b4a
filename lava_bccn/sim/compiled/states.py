"""One sample's states, compiled: events up, bursts down."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import held
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.sim.compiled.sums import add_rows, product
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
def add_sums(layer: Any, rates: Any, sums: Any) -> None:
    """Σ W e of every unit of a layer, from rates (units below,)."""
    events = rates.astype(np.int32)
    if layer.by_unit:
        for i in range(len(sums)):
            sums[i] = product(layer.weight[i], events)
    else:
        add_rows(events, layer.weight, sums)


@jit
def _sent_down(above: Any, matrix: Any, rates: Any) -> Any:
    """Yᵀ b or Qᵀ e for each unit below a layer."""
    if above.by_unit:
        sums = np.zeros(matrix.shape[1], np.int32)
        add_rows(rates, matrix, sums)
    else:
        sums = np.empty(len(matrix), np.int32)
        for j in range(len(sums)):
            sums[j] = product(matrix[j], rates)
    return sums


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
    event_rate = activation.event_rate
    register((event_rate,))

    @jit
    def events_up(layer: Any, sums: Any) -> None:
        """Somatic potentials and event rates from the sums of W e."""
        for i in range(len(sums)):
            exact = rate.soma(np.int64(sums[i]), layer.bias[i], layer.constants)
            potential = held(exact)
            layer.potentials[0] += potential != exact
            layer.soma[i] = potential
            layer.event_rate[i] = event_rate(potential, layer.constants)

    dendrites = dendrites_of(activation)

    @jit
    def bursts_down(layer: Any, above: Any) -> None:
        """Apical potentials from Yᵀ (b − p^b e) less (Q − Y)ᵀ e, which is Yᵀ b less Qᵀ e."""
        bursts = _sent_down(above, above.feedback_burst, above.deviation.astype(np.int32))
        events = np.zeros_like(bursts)
        if not above.balanced:
            rates = above.event_rate.astype(np.int32)
            events += _sent_down(above, above.feedback_event, rates)
            events -= _sent_down(above, above.feedback_burst, rates)
        dendrites(layer, bursts, events)

    return events_up, bursts_down


@cache
def dendrites_of(activation: Activation) -> Any:
    """``dendrites``, compiled for an activation."""
    hidden_modulation = activation.hidden_modulation
    register((hidden_modulation,))

    @jit
    def dendrites(layer: Any, bursts: Any, events: Any) -> None:
        """Apical potentials, and bursts, from the sums of bursts and of events from above."""
        for j in range(len(layer.apical)):
            exact = rate.apical(np.int64(bursts[j]), np.int64(events[j]), layer.constants)
            potential = held(exact)
            layer.potentials[0] += potential != exact
            layer.apical[j] = potential
            gated = rate.gated_apical(potential, layer.event_rate[j], layer.constants)
            modulation = hidden_modulation(gated, layer.constants)
            layer.burst_prob[j] = rate.burst_prob(modulation, layer.constants)
        _burst(layer)

    return dendrites
