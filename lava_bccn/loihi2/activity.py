"""Messages and synaptic operations a time step, measured in the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.loihi2.connectivity import connections, fan_in, fan_out
from lava_bccn.loihi2.form import STOCK, Form
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import check, instance
from lava_bccn.sim.settled import settle
from lava_bccn.validation import event_rates, teacher


@dataclass(frozen=True)
class Activity:
    """One step of the settled network, mean over samples, arrays (layers,).

    Attributes:
        samples: how many were looked at.
        input_messages: inputs that are not 0, and those of all layers that are always on.
        event_messages, burst_messages: units that send an event or a burst rate other than 0; where
            Y carries deviations, those, and all units whose Y learns.
        synaptic_operations: connections at which a message arrives, by the layer that they reach.
        plastic_updates: synapses of W that see both an input and a burst deviation, and as many of
            Y where Y learns: what one step of plasticity changes. The learning engine visits the
            synapses of all inputs that sent something, so there these, of W and a Y that learns.
        widest_event, widest_burst: bits of the largest message of each layer; of a deviation with
            its sign.
    """

    samples: int
    input_messages: float
    event_messages: NDArray[np.float64]
    burst_messages: NDArray[np.float64]
    synaptic_operations: NDArray[np.float64]
    plastic_updates: NDArray[np.float64]
    widest_event: NDArray[np.int64]
    widest_burst: NDArray[np.int64]


def measure(
    network: MappedNetwork,
    inputs: NDArray[np.floating[Any]],
    targets: NDArray[np.floating[Any]] | None = None,
    form: Form = STOCK,
) -> Activity:
    """Settle samples and count what is sent.

    A message that is 0 is not sent. A dense list of synapses is read to its end, so weights of 0
    count as operations.

    Args:
        network: fixed-point.
        inputs: (samples, inputs) event rates in [0, 1].
        targets: (samples, outputs) with a teacher; None without.
        form: in which it is on the chip.

    Raises:
        InvalidInputError: a floating-point network, or inputs or targets that do not fit it.
    """
    check("network", network, instance(MappedNetwork))
    if network.number_format is None:
        raise InvalidInputError("only a fixed-point network sends messages that can be counted")
    rates = event_rates(inputs, network.input_shape)
    samples = network.quantise_inputs(rates)
    taught = None
    if targets is not None:
        taught = network.quantise_targets(teacher(targets, len(rates), network.output_size))
    states, _ = settle(network, samples, taught)
    count = len(network.layers)
    events, bursts, operations, updates = (np.zeros(count) for _ in range(4))
    widest = np.zeros(count, dtype=np.int64)
    for index, (layer, state) in enumerate(zip(network.layers, states, strict=True)):
        assert state.event_rate is not None and state.burst_rate is not None
        below = samples if index == 0 else states[index - 1].event_rate
        deviation = network.ensembles(index).burst_deviation(state.burst_rate, state.event_rate)
        events[index] = _sent(state.event_rate)
        inputs_on = _sent(below) + form.constants
        operations[index] += inputs_on * fan_out(layer)
        if form.learns:
            bursts[index], updates[index] = _engine_counts(
                layer, inputs_on, _sent(deviation), taught is not None
            )
            sent, widest[index] = bursts[index], _bits(deviation) + 1
        else:
            bursts[index] = _sent(state.burst_rate)
            updates[index] = _changed(layer, below, deviation)
            sent, widest[index] = events[index] + bursts[index], _bits(state.burst_rate)
        if layer.feedback_matrices is not None:
            operations[index - 1] += sent * fan_in(layer)
    return Activity(
        samples=len(samples),
        input_messages=_sent(samples) + count * form.constants,
        event_messages=events,
        burst_messages=bursts,
        synaptic_operations=operations,
        plastic_updates=updates,
        widest_event=np.array([_bits(state.event_rate) for state in states]),
        widest_burst=widest,
    )


def _engine_counts(
    layer: MappedLayer, inputs_on: float, deviating: float, learns: bool
) -> tuple[float, float]:
    """Of a layer in the learning engine: units that send down, and synapses that it visits."""
    follows = layer.feedback == "kolen_pollack"
    if layer.feedback_matrices is None:
        deviating = 0.0
    elif learns and follows:
        deviating = layer.units
    visited = inputs_on * layer.units + follows * layer.units * layer.units_below
    return deviating, visited * learns


def _changed(layer: MappedLayer, below: Any, deviation: Any) -> float:
    """Synapses of W and of a Y that learns, of inputs and units that both learn."""
    pairs = np.mean(np.count_nonzero(below, axis=1) * np.count_nonzero(deviation, axis=1))
    share = connections(layer) / (layer.units * layer.units_below)
    regime = layer.burst_regime
    is_plastic = layer.learn_feedback_burst or (regime is not None and regime.follows == "updates")
    return float(pairs * share * (2 if is_plastic else 1))


def _sent(messages: Any) -> float:
    """Mean number of messages a sample."""
    return float(np.count_nonzero(messages, axis=1).mean())


def _bits(values: Any) -> int:
    return int(np.abs(values).max()).bit_length()
