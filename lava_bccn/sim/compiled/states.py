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
from lava_bccn.sim.compiled.deviations import deviating
from lava_bccn.sim.compiled.sums import add_products, add_rows
from lava_bccn.sim.jit import functions_in, register, vectorised

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


@vectorised
def add_sums(layer: Any) -> None:
    """Σ W e of every unit of a layer, to its sums, from the events that it works with."""
    work = layer.work
    if layer.by_unit:
        add_products(layer.weight, work.events, work.sums)
    else:
        add_rows(work.events, layer.weight, work.sums, work.where)


@vectorised
def add_down(above: Any, matrix: Any, sums: Any) -> None:
    """Yᵀ b or Qᵀ e of every unit below a layer, to ``sums``, from what the layer sends."""
    work = above.work
    if above.by_unit:
        add_rows(work.sent, matrix, sums, work.where)
        return
    sends = 0
    for each in work.sent:
        sends |= each
    if sends != 0:
        add_products(matrix, work.sent, sums)


@vectorised
def teach(layer: Any, target: Any) -> None:
    """Bursts of the output layer under its teacher."""
    burst_prob, event_rate, constants = layer.burst_prob, layer.event_rate, layer.constants
    for i in range(len(target)):
        modulation = rate.teacher_modulation(target[i], event_rate[i], constants)
        burst_prob[i] = rate.burst_prob(modulation, constants)
    _burst(layer)


@vectorised
def _burst(layer: Any) -> None:
    burst_prob, event_rate, constants = layer.burst_prob, layer.event_rate, layer.constants
    burst_rate, deviation = layer.burst_rate, layer.deviation
    for i in range(len(event_rate)):
        burst_rate[i] = rate.burst_rate(burst_prob[i], event_rate[i], constants)
    for i in range(len(event_rate)):
        deviation[i] = rate.burst_deviation(burst_rate[i], event_rate[i], constants)


def passes(activation: Activation) -> tuple[Any, Any]:
    """What depends on the activation: ``events_up`` and ``dendrites``, compiled."""
    event_rate = activation.event_rate
    register((event_rate,))

    @vectorised
    def events_up(layer: Any, sums: Any) -> None:
        """Somatic potentials and event rates from the sums of W e."""
        soma, rates, bias, constants = layer.soma, layer.event_rate, layer.bias, layer.constants
        saturated = 0
        for i in range(len(sums)):
            exact = rate.soma(np.int64(sums[i]), bias[i], constants)
            soma[i] = held(exact)
            saturated += soma[i] != exact
        for i in range(len(sums)):
            rates[i] = event_rate(soma[i], constants)
        layer.potentials[0] += saturated

    return events_up, dendrites_of(activation)


@cache
def bursts_down_of(activation: Activation, add_down: Any) -> Any:
    """``bursts_down``, compiled for an activation, with sums by ``add_down``."""
    dendrites = dendrites_of(activation)

    @vectorised
    def bursts_down(layer: Any, above: Any) -> None:
        """Apical potentials from Yᵀ (b − p^b e) less (Q − Y)ᵀ e, which is Yᵀ b less Qᵀ e."""
        bursts, balance, sent = layer.work.bursts, layer.work.balance, above.work.sent
        bursts[:] = 0
        balance[:] = 0
        for i in range(len(sent)):
            sent[i] = above.deviation[i]
        add_down(above, above.feedback_burst, bursts)
        if not above.balanced:
            for i in range(len(sent)):
                sent[i] = above.event_rate[i]
            add_down(above, above.feedback_event, balance)
            for i in range(len(sent)):
                sent[i] = -above.event_rate[i]
            add_down(above, above.feedback_burst, balance)
        dendrites(layer, bursts, balance)

    return bursts_down


@cache
def dendrites_of(activation: Activation) -> Any:
    """``dendrites``, compiled for an activation."""
    if activation.deviation is not None:
        return deviating(activation)
    hidden_modulation = activation.hidden_modulation
    register((hidden_modulation,))

    @vectorised
    def dendrites(layer: Any, bursts: Any, events: Any) -> None:
        """Apical potentials, and bursts, from the sums of bursts and of events from above."""
        apical, rates, constants = layer.apical, layer.event_rate, layer.constants
        modulation, saturated = layer.burst_prob, 0
        for j in range(len(apical)):
            exact = rate.apical(np.int64(bursts[j]), np.int64(events[j]), constants)
            apical[j] = held(exact)
            saturated += apical[j] != exact
        for j in range(len(apical)):
            modulation[j] = rate.gated_apical(apical[j], rates[j], constants)
        for j in range(len(apical)):
            changed = hidden_modulation(modulation[j], constants)
            modulation[j] = rate.burst_prob(changed, constants)
        layer.potentials[0] += saturated
        _burst(layer)

    return dendrites
