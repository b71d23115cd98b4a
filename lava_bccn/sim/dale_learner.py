"""Online learning under Dale's law, in either arithmetic: one sample after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import dale
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.dale.plasticity import held, plasticity, strengths
from lava_bccn.network.learning import LearningConfig, Pathway
from lava_bccn.settings import check, instance, integer
from lava_bccn.sim.dale import DaleConnections, settle


class DaleLearner:
    """A network under Dale's law that learns from every sample it is shown.

    Args:
        network: stays as it is.
        config: what learns, and how fast.
        learned: samples learned before, from which rates and random draws go on.

    Raises:
        InvalidInputError: see :func:`~lava_bccn.network.dale.plasticity.plasticity`.
    """

    def __init__(self, network: DaleNetwork, config: LearningConfig, learned: int = 0) -> None:
        self._network: DaleNetwork = check("network", network, instance(DaleNetwork))
        self._rules = plasticity(network, config)
        self._ensembles = network.all_ensembles()
        self._connections = _LiveConnections(network)
        self._saturations: list[dict[Pathway, Saturations]] = [
            {name: Saturations() for name in ("weight", "bias") if name in config.learns}
            for _ in network.layers
        ]
        self._potentials = np.zeros(len(network.layers), dtype=np.int64)
        self.learned: int = check("learned", learned, integer(0))

    def learn(self, sample: NDArray[Any], target: NDArray[Any]) -> list[LayerStates]:
        """Show one sample with its teacher, then learn from it.

        Args:
            sample: (inputs,), in the network's own units.
            target: (outputs,), likewise.

        Returns:
            The settled states before the weights changed, arrays (1, units).
        """
        states, saturated = settle(self._network, sample[None], target[None], self._connections)
        self._potentials += saturated
        below = sample[None]
        for index, state in enumerate(states):
            self._adapt(index, below, state)
            below = state.event_rate
        self.learned += 1
        return states

    def _adapt(self, index: int, below: NDArray[Any], state: LayerStates) -> None:
        """Let the synapses of a layer learn from what their two ends do."""
        deviation = self._ensembles[index].burst_deviation(state.burst_rate, state.event_rate)[0]
        pre = {"weight_exc": below[0], "weight_from_pv": self._connections.pv(index, below)[0]}
        arrays, counts = self._connections.layers[index], self._saturations[index]
        for name, rule in vars(self._rules[index]).items():
            if rule is None:
                continue
            factors = (deviation,) if name == "bias" else (deviation, pre[name])
            arrays[name], found = rule.learn(arrays[name], *factors, self.learned)
            counts["bias" if name == "bias" else "weight"] += found
        self._connections.bias[index] = arrays["bias"]

    def network(self) -> DaleNetwork:
        """The network as it is now."""
        return self._network.with_learned([strengths(each) for each in self._connections.layers])

    def saturations(self) -> tuple[dict[Pathway, Saturations], ...]:
        """What did not fit while learning, a dictionary a layer; of W both parts together."""
        return tuple(dict(layer) for layer in self._saturations)

    def potential_saturations(self) -> NDArray[np.int64]:
        """Potentials of each layer that saturated, (layers,)."""
        return self._potentials.copy()


class _LiveConnections(DaleConnections):
    """As :class:`DaleConnections`, with W that changes between the samples."""

    def __init__(self, network: DaleNetwork) -> None:
        super().__init__(network)
        self.layers = [held(layer, network.compute_dtype) for layer in network.layers]

    def forward(self, index: int, rates: NDArray[Any]) -> NDArray[Any]:
        """W⁺ x − W⁻ π: strengths have their sign here."""
        layer = self.layers[index]
        inhibition = self.pv(index, rates) @ -layer["weight_from_pv"].T
        return dale.somatic_input(rates @ layer["weight_exc"].T, inhibition)
