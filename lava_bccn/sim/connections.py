"""The matrices of a mapped network, prepared for repeated products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.sim.products import Connection

if TYPE_CHECKING:
    from lava_bccn.mapping.network import MappedNetwork


class Connections:
    """W, Y and Q of every layer, in the arithmetic of the network.

    Attributes:
        forward: one :class:`Connection` a layer, from the rates below to its somata.
        bias: c of each layer, in what the network calculates in.
    """

    def __init__(self, network: MappedNetwork) -> None:
        units = network.number_format
        max_event = 0 if units is None else units.max_event
        max_burst = 0 if units is None else units.max_burst
        self._network = network
        self.forward = [Connection(layer.weight.T, max_event) for layer in network.layers]
        self.bias = [layer.bias.astype(network.compute_dtype) for layer in network.layers]
        self._bursts = [
            None if layer.feedback_burst is None else Connection(layer.feedback_burst, max_burst)
            for layer in network.layers
        ]
        self._events = [
            None if layer.feedback_event is None else Connection(layer.feedback_event, max_event)
            for layer in network.layers
        ]

    def feedback(
        self, sender: int, burst_rate: NDArray[Any], event_rate: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Burst input Yᵀ b and event input Qᵀ e that layer ``sender`` (0-based) sends down.

        Both are zero where the network was mapped without feedback.
        """
        bursts, events = self._bursts[sender], self._events[sender]
        if bursts is None or events is None:
            below = self._network.layers[sender].units_below
            silence = np.zeros((len(event_rate), below), dtype=self._network.compute_dtype)
            return silence, silence
        return bursts(burst_rate), events(event_rate)
