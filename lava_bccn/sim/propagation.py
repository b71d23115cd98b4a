"""The one pass through a network: events up, then bursts down.

Executors differ in what their connections deliver (matrices, tensors, weights that change, a time
step late) and not in this order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.rate import Array
from lava_bccn.dynamics.states import LayerStates


class Deliveries(Protocol):
    """What the connections of a network deliver."""

    @property
    def bias(self) -> Sequence[Array]:
        """c of each layer, in what the network calculates in."""

    def forward(self, index: int, rates: Array) -> Array:
        """Input to the somata of layer ``index`` (0-based) from the rates below."""

    def feedback(self, sender: int, burst_rate: Array, event_rate: Array) -> tuple[Array, Array]:
        """Burst input and event input that layer ``sender`` (0-based) sends down."""


def propagate(
    layers: Sequence[Ensembles],
    deliveries: Deliveries,
    inputs: Array,
    targets: Array,
    before: Sequence[LayerStates] | None = None,
) -> tuple[list[LayerStates], NDArray[np.int64]]:
    """Compute every layer once: its somata upwards, its dendrites downwards.

    Args:
        layers: the equations of each layer.
        deliveries: its connections.
        inputs: event rates, (samples, inputs).
        targets: (samples or 1, outputs), negative where there is no teacher.
        before: the states a step before, in continuous time; None: potentials at 0.

    Returns:
        One :class:`LayerStates` a layer, arrays (samples, units), and how many potentials
        (somatic and apical) saturated in each layer.
    """
    saturations = np.zeros(len(layers), dtype=np.int64)
    somata, events = [], []
    below = inputs
    for index, ensembles in enumerate(layers):
        soma_before = 0 if before is None else before[index].soma
        soma, saturations[index] = ensembles.soma(
            deliveries.forward(index, below), deliveries.bias[index], soma_before
        )
        below = ensembles.event_rate(soma)
        somata.append(soma)
        events.append(below)
    states = [layers[-1].taught(somata[-1], events[-1], targets)]
    for index in reversed(range(len(layers) - 1)):
        above, ensembles = states[0], layers[index]
        feedback = deliveries.feedback(index + 1, above.burst_rate, above.event_rate)
        apical_before = 0 if before is None else before[index].apical
        apical, saturated = ensembles.apical(*feedback, events[index], apical_before)
        saturations[index] += saturated
        states.insert(0, ensembles.hidden(somata[index], events[index], apical))
    return states, saturations


class Delayed:
    """Connections that deliver a time step later, as Lava's ``Dense`` does; silent at first.

    What is sent in a step is multiplied by the weights of that step.

    Args:
        deliveries: what they deliver then.
    """

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._on_their_way: dict[tuple[str, int], tuple[Array, ...]] = {}

    @property
    def bias(self) -> Sequence[Array]:
        """c of each layer, at once."""
        return self._deliveries.bias

    def forward(self, index: int, rates: Array) -> Array:
        """What was sent to the somata of layer ``index`` a step before."""
        return self._later(("forward", index), self._deliveries.forward(index, rates))[0]

    def feedback(self, sender: int, burst_rate: Array, event_rate: Array) -> tuple[Array, Array]:
        """What layer ``sender`` sent down a step before."""
        sent = self._deliveries.feedback(sender, burst_rate, event_rate)
        burst_input, event_input = self._later(("feedback", sender), *sent)
        return burst_input, event_input

    def _later(self, connection: tuple[str, int], *sent: Array) -> tuple[Array, ...]:
        silence = tuple(np.zeros_like(each) for each in sent)
        arrives = self._on_their_way.get(connection, silence)
        self._on_their_way[connection] = sent
        return arrives
