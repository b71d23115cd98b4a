"""Networks under Dale's law in the simulator: what their connections and interneurons deliver."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import dale
from lava_bccn.dynamics.dale import KINDS
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.network.dale.layer import DaleFeedback, DaleLayer, Matrix
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.sim.products import ExactProduct
from lava_bccn.sim.propagation import propagate


class _Sent:
    """What a layer sends down: to NDNF, to VIP and SST, and from these to dendrites."""

    def __init__(self, fed: DaleFeedback, dtype: type[np.generic]) -> None:
        self._fed = fed
        self._event_exc, self._event_from_ndnf = (
            ExactProduct(each) for each in (fed.event_exc, fed.event_from_ndnf)
        )
        self._to_ndnf = _product(fed.event_to_ndnf)
        self._kinds = [tuple(map(_product, fed.of_kind(kind)[:3])) for kind in KINDS]
        self._from_sst = [ExactProduct(fed.of_kind(kind)[3]) for kind in KINDS]
        self._apical_bias = fed.apical_bias.astype(dtype)

    def events(self, event_rate: NDArray[Any]) -> NDArray[Any]:
        """The event drive E."""
        ndnf = _relayed(self._to_ndnf, event_rate, self._fed.ndnf_exponent)
        return dale.event_drive(self._event_exc(event_rate), self._event_from_ndnf(ndnf))

    def bursts(self, burst_rate: NDArray[Any]) -> NDArray[Any]:
        """The burst drive F."""
        pairs = zip(self._from_sst, self.sst(burst_rate), strict=True)
        return dale.burst_drive([from_sst(rates) for from_sst, rates in pairs], self._apical_bias)

    def sst(self, burst_rate: NDArray[Any]) -> list[NDArray[Any]]:
        """What SST of both kinds carry, without their tonic rates."""
        fed, found = self._fed, []
        for to_sst, to_vip, vip_to_sst in self._kinds:
            vip = _relayed(to_vip, burst_rate, fed.burst_exponent)
            direct = _relayed(to_sst, burst_rate, fed.burst_exponent)
            found.append(dale.sst_input(direct, _relayed(vip_to_sst, vip, fed.vip_exponent)))
        return found


def _product(matrix: Matrix | None) -> ExactProduct | None:
    return None if matrix is None else ExactProduct(matrix)


def _relayed(product: ExactProduct | None, rates: NDArray[Any], exponent: int) -> NDArray[Any]:
    """What interneurons carry of rates; where each hears one cell, those."""
    return rates if product is None else dale.relayed(product(rates), exponent)


class DaleConnections:
    """Every connection of a network: ``sim.propagation.Deliveries``.

    Args:
        network: in either arithmetic.

    Attributes:
        bias: c of each layer.
    """

    def __init__(self, network: DaleNetwork) -> None:
        self.bias: list[NDArray[Any]] = [
            layer.bias.astype(network.compute_dtype) for layer in network.layers
        ]
        self._exc = [ExactProduct(layer.weight_exc.T) for layer in network.layers]
        self._from_pv = [ExactProduct(layer.weight_from_pv.T) for layer in network.layers]
        self._pv = [Pv(layer) for layer in network.layers]
        self._sent = [
            None if layer.feedback is None else _Sent(layer.feedback, network.compute_dtype)
            for layer in network.layers
        ]

    def forward(self, index: int, rates: NDArray[Any]) -> NDArray[Any]:
        """W⁺ x − W⁻ π."""
        return dale.somatic_input(
            self._exc[index](rates), self._from_pv[index](self.pv(index, rates))
        )

    def pv(self, index: int, rates: NDArray[Any]) -> NDArray[Any]:
        """π of layer ``index`` (0-based)."""
        return self._pv[index](rates)

    def feedback(
        self, sender: int, burst_rate: NDArray[Any], event_rate: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """F, and −E, which a dendrite subtracts."""
        sent = self._sent[sender]
        assert sent is not None
        return sent.bursts(burst_rate), -sent.events(event_rate)


class Pv:
    """PV interneurons of a layer: π = P x.

    Args:
        layer: that they inhibit.
    """

    def __init__(self, layer: DaleLayer) -> None:
        self._matrix = None if layer.weight_to_pv is None else layer.weight_to_pv.T
        self._product = _product(self._matrix)
        self._exponent = layer.pv_exponent

    def __call__(self, rates: NDArray[Any]) -> NDArray[Any]:
        """π of event rates below, (samples, units below)."""
        return _relayed(self._product, rates, self._exponent)


def settle(
    network: DaleNetwork,
    inputs: NDArray[Any],
    targets: NDArray[Any] | None = None,
    connections: DaleConnections | None = None,
) -> tuple[list[LayerStates], NDArray[np.int64]]:
    """What Lava reaches after ``presentation_steps`` steps.

    Args:
        network: in either arithmetic.
        inputs: (samples, inputs), in the network's own units (``quantise_inputs``).
        targets: (samples, outputs) likewise; None leaves the teacher off.
        connections: the network's matrices, prepared once for many calls.

    Returns:
        As :func:`~lava_bccn.sim.propagation.propagate`, in the network's own units.
    """
    return propagate(
        network.all_ensembles(),
        connections or DaleConnections(network),
        inputs,
        network.no_teacher if targets is None else targets,
    )
