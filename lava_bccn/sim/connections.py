"""The matrices of a mapped network, prepared for repeated products."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.convolution import Convolution
from lava_bccn.sim.products import ExactProduct

Delivery = ExactProduct | Convolution


class Connections:
    """W, Y and Q of every layer, in the arithmetic of the network.

    Many threads may share them. They do not hold the network, which they are kept with
    (``sim.prepared``) for as long as that is held.

    Args:
        network: any mapped network.
        is_reused: see :class:`~lava_bccn.sim.products.ExactProduct`.

    Attributes:
        bias: c of each layer, in what the network calculates in.
    """

    def __init__(self, network: MappedNetwork, *, is_reused: bool = True) -> None:
        self._is_integer = network.number_format is not None
        self._units_below = [layer.units_below for layer in network.layers]
        self._is_reused = is_reused
        self._ensembles = network.all_ensembles()
        self._forward = [self._prepared(layer, layer.weight) for layer in network.layers]
        self.bias: list[NDArray[Any]] = [
            layer.bias.astype(network.compute_dtype) for layer in network.layers
        ]
        self._feedback = [self._prepare(layer) for layer in network.layers]

    def _prepare(self, layer: MappedLayer) -> tuple[Delivery, Delivery] | None:
        if layer.feedback_matrices is None:
            return None
        burst, event = layer.feedback_matrices
        if self._is_integer:
            event = event.astype(np.int16) - burst
        bursts, events = (self._prepared(layer, each, is_feedback=True) for each in (burst, event))
        return bursts, events

    def _prepared(
        self, layer: MappedLayer, matrix: NDArray[Any], *, is_feedback: bool = False
    ) -> Delivery:
        if layer.geometry is not None:
            return Convolution(
                matrix, layer.geometry, is_feedback=is_feedback, is_reused=self._is_reused
            )
        return ExactProduct(matrix if is_feedback else matrix.T, is_reused=self._is_reused)

    def forward(self, index: int, rates: NDArray[Any], largest: int | None = None) -> NDArray[Any]:
        """Input to the somata of layer ``index`` (0-based) from the rates below.

        ``largest`` is what none of these is beyond, where it is known.
        """
        return self._forward[index](rates, largest)

    def feedback(
        self, sender: int, burst_rate: NDArray[Any], event_rate: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Burst input and event input that layer ``sender`` (0-based) sends down.

        In floating point these are Yᵀ b and Qᵀ e. In integers they are Yᵀ (b − p^b e) and
        (Q − Y)ᵀ e, which give the dendrite the same difference exactly: both are small, and zero
        where nothing is taught and Q = p^b Y, so their products are cheap. Both are zero where the
        network was mapped without feedback.
        """
        if self._is_integer:
            burst_rate = self._ensembles[sender].burst_deviation(burst_rate, event_rate)
        return self.down(sender, burst_rate, event_rate)

    def down(
        self, sender: int, bursts: NDArray[Any], event_rate: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """:meth:`feedback`, where ``bursts`` are in integers b − p^b e already."""
        connections = self._feedback[sender]
        if connections is None:
            silence = np.zeros((len(event_rate), self._units_below[sender]), event_rate.dtype)
            return silence, silence
        of_bursts, of_events = connections
        return of_bursts(bursts), of_events(event_rate)

    @cached_property
    def is_balanced(self) -> bool:
        """Whether dendrites are silent without a teacher: integers with Q = p^b Y, exactly."""
        return self._is_integer and all(
            pair is None or pair[1].is_silent for pair in self._feedback
        )
