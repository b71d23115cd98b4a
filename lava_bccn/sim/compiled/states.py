"""One sample's states, compiled: events up, bursts down."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics import integer_rate
from lava_bccn.sim.compiled.layer import jit


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
def events_up(layer: Any, sums: Any, units: Any) -> None:
    """Somatic potentials and event rates from the sums of W e."""
    for i in range(len(sums)):
        exact = integer_rate.soma(np.int64(sums[i]), layer.bias[i], layer.soma_shift)
        potential = integer_rate.potential(exact)
        layer.potentials[0] += potential != exact
        layer.soma[i] = potential
        layer.event_rate[i] = integer_rate.event_rate(
            potential, layer.soma_fraction_bits, units.event_bits
        )


@jit
def teach(layer: Any, target: Any, units: Any) -> None:
    """Bursts of the output layer under its teacher."""
    for i in range(len(target)):
        layer.burst_prob[i] = integer_rate.teacher_burst_prob(
            target[i], layer.event_rate[i], units.event_bits, units.baseline_shift
        )
    _burst(layer, units)


@jit
def _burst(layer: Any, units: Any) -> None:
    for i in range(len(layer.event_rate)):
        event = layer.event_rate[i]
        burst = integer_rate.burst_rate(layer.burst_prob[i], event, units.burst_extra_bits)
        layer.burst_rate[i] = burst
        layer.deviation[i] = integer_rate.burst_deviation(
            burst, event, units.burst_extra_bits, units.baseline_shift
        )


@jit
def bursts_down(layer: Any, above: Any, units: Any) -> None:
    """Apical potentials from Yᵀ (b − p^b e) and (Q − Y)ᵀ e, which equal Yᵀ b and Qᵀ e."""
    deviation = above.deviation.astype(np.int32)
    event_rate = above.event_rate.astype(np.int32)
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
                events += (np.int32(row[i]) - np.int32(other[i])) * event_rate[i]
        exact = integer_rate.apical(
            np.int64(bursts),
            np.int64(events),
            layer.apical_shift,
            units.burst_extra_bits,
            units.baseline_shift,
        )
        potential = integer_rate.potential(exact)
        layer.potentials[0] += potential != exact
        layer.apical[j] = potential
        gated = integer_rate.gated_apical(
            potential,
            layer.event_rate[j],
            layer.apical_fraction_bits,
            units.event_bits,
            units.baseline_shift,
        )
        layer.burst_prob[j] = integer_rate.hidden_burst_prob(gated, units.baseline_shift)
    _burst(layer, units)
