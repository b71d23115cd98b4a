"""Online learning in the simulator, in either arithmetic: one sample after the other.

This is the plain form, in NumPy and with the same objects as the Lava Processes. Fixed-point
networks have a compiled form of the same bits in ``sim.compiled.learner``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.branches import branch_slices
from lava_bccn.dynamics.convolution import down, downward, up, upward
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.noise import ForwardNoise
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.network.learned import with_weights
from lava_bccn.network.learning import PATHWAYS, LearningConfig, Pathway
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.plasticity import LayerPlasticity, noise_of, plasticity
from lava_bccn.settings import check, instance, integer
from lava_bccn.sim.settled import settle


def adapt(
    rules: Sequence[LayerPlasticity],
    layers: Sequence[Ensembles],
    arrays: Sequence[dict[Pathway, Any]],
    inputs: Any,
    states: Sequence[LayerStates],
    learned: int,
    heard: Sequence[Any] | None = None,
    taught: bool = True,
) -> list[dict[Pathway, Saturations]]:
    """Let every synapse learn from what its two ends do; tensors as well as NumPy arrays.

    Args:
        rules: the plasticity of each layer.
        layers: their equations.
        arrays: their weights and biases, replaced by the changed ones; what is missing stays.
        inputs: (1, inputs).
        states: of each layer, arrays (1, units).
        learned: samples learned before.
        heard: what each W received, arrays (1, units below), where that was not event rates alone.
        taught: False: it was presented to realign Y and Q, and nothing else learns from it.

    Returns:
        What did not fit, a dictionary a layer.
    """
    counts: list[dict[Pathway, Saturations]] = []
    below, ensembles_below = LayerStates(event_rate=inputs), None
    for index, (ensembles, rule, array, state) in enumerate(
        zip(layers, rules, arrays, states, strict=True)
    ):
        deviation = ensembles.burst_deviation(state.burst_rate, state.event_rate)
        deviation = deviation if taught else 0 * deviation
        apical = below.apical
        if rule.branches > 1:
            assert ensembles_below is not None
            apical = branch_potentials(ensembles_below, array, state, rule.branches)[None]
        of_layer: dict[Pathway, Saturations] = {}
        for pathway in PATHWAYS:
            plastic = getattr(rule, pathway)
            if plastic is None or pathway not in array:
                continue
            if pathway == "bias":
                changed = plastic.learn(array[pathway], deviation[0], learned)
            else:
                unit, other = deviation, below.event_rate
                if heard is not None and plastic.hears_noise:
                    other = heard[index]
                if plastic.rule == "homeostatic":
                    unit, other = getattr(state, plastic.presynaptic), apical
                changed = plastic.learn(array[pathway], unit[0], other[0], learned)
            array[pathway], of_layer[pathway] = changed
        counts.append(of_layer)
        below, ensembles_below = state, ensembles
    return counts


def branch_potentials(
    ensembles: Ensembles, array: dict[Pathway, Any], above: LayerStates, branches: int
) -> Any:
    """u of each branch of a layer's dendrites, (branches, units), from the states (1, units above).

    A branch is a compartment of its own, which holds 24 bits; the sum of all is not that of these,
    but of what they receive.
    """
    burst, event = array["feedback_burst"], array["feedback_event"]
    return np.concatenate(
        [
            ensembles.apical(
                above.burst_rate[:, block] @ burst[block],
                above.event_rate[:, block] @ event[block],
                0,
            )[0]
            for block in branch_slices(len(burst), branches)
        ]
    )


class Learner:
    """A network that learns from every sample it is shown.

    Args:
        network: any mapped network; it stays as it is.
        config: what learns, and how fast.
        learned: number of samples that the network has learned before with this configuration.
            Rates and random draws go on from there, so a run in parts gives the bits of one run.

    Attributes:
        connections: what the network delivers with its weights as they are.

    Raises:
        InvalidInputError: see :func:`~lava_bccn.network.plasticity.plasticity`.
    """

    def __init__(self, network: MappedNetwork, config: LearningConfig, learned: int = 0) -> None:
        self._network: MappedNetwork = check("network", network, instance(MappedNetwork))
        self._rules = plasticity(network, config)
        self._config = config
        self._ensembles = network.all_ensembles()
        self.connections: _LiveConnections = _LiveConnections(network, noise_of(network, config))
        self._saturations: list[dict[Pathway, Saturations]] = [
            {name: Saturations() for name in PATHWAYS if getattr(rules, name) is not None}
            for rules in self._rules
        ]
        self._potentials = np.zeros(len(network.layers), dtype=np.int64)
        self.learned: int = check("learned", learned, integer(0))
        self.connections.sample = self.learned

    def learn(self, sample: NDArray[Any], target: NDArray[Any]) -> list[LayerStates]:
        """Show one sample with its teacher, then learn from it.

        Args:
            sample: (inputs,), in the network's own units.
            target: (outputs,), likewise.

        Returns:
            The settled states before the weights changed, arrays (1, units).
        """
        given = self._network.no_teacher if self._config.realigns(self.learned) else target[None]
        states, saturated = settle(self._network, sample[None], given, self.connections)
        self._potentials += saturated
        self.adapt(sample, states)
        return states

    def adapt(self, sample: NDArray[Any], states: list[LayerStates]) -> None:
        """Change the weights by what they see now.

        Args:
            sample: (inputs,), in the network's own units.
            states: of every layer, arrays (1, units).
        """
        counts = adapt(
            self._rules,
            self._ensembles,
            self.connections.layers,
            sample[None],
            states,
            self.learned,
            self.connections.heard,
            taught=not self._config.realigns(self.learned),
        )
        for total, of_layer in zip(self._saturations, counts, strict=True):
            for pathway, saturations in of_layer.items():
                total[pathway] += saturations
        self.learned += 1
        self.connections.sample = self.learned

    def learns(self, index: int) -> tuple[Pathway, ...]:
        """What of layer ``index`` (0-based) changes."""
        return tuple(self._saturations[index])

    def network(self) -> MappedNetwork:
        """The network as it is now."""
        return with_weights(self._network, self.connections.layers)

    def saturations(self) -> tuple[dict[Pathway, Saturations], ...]:
        """What did not fit while learning, a dictionary a layer."""
        return tuple(dict(layer) for layer in self._saturations)

    def potential_saturations(self) -> NDArray[np.int64]:
        """Potentials of each layer that saturated, (layers,)."""
        return self._potentials.copy()


class _LiveConnections:
    """As ``Connections``, of weights that change between the samples.

    Attributes:
        layers: weights and biases by their names.
        sample: number of the one that is presented, which keys its noise.
        heard: what each W was given of it; None without noise.
    """

    def __init__(self, network: MappedNetwork, noise: ForwardNoise | None = None) -> None:
        self._noise, self.sample = noise, 0
        self.heard: list[Any] | None = None if noise is None else [None] * len(network.layers)
        dtype = network.compute_dtype
        self._geometries = [layer.geometry for layer in network.layers]
        self.layers: list[dict[Pathway, NDArray[Any]]] = [
            {
                name: np.array(getattr(layer, name), dtype=dtype)
                for name in PATHWAYS
                if getattr(layer, name) is not None
            }
            for layer in network.layers
        ]

    @property
    def bias(self) -> list[NDArray[Any]]:
        return [layer["bias"] for layer in self.layers]

    def forward(self, index: int, rates: NDArray[Any]) -> NDArray[Any]:
        weight, geometry = self.layers[index]["weight"], self._geometries[index]
        if self._noise is not None and self.heard is not None:
            rates = self.heard[index] = self._noise.heard(rates, index, self.sample)
        if geometry is None:
            return rates @ weight.T
        matrices = upward(weight, geometry.groups)
        return up(rates, lambda rows: rows @ matrices, weight.shape, geometry)

    def feedback(
        self, sender: int, burst_rate: NDArray[Any], event_rate: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        layer = self.layers[sender]
        return (
            self._down(sender, layer["feedback_burst"], burst_rate),
            self._down(sender, layer["feedback_event"], event_rate),
        )

    def _down(self, sender: int, matrix: NDArray[Any], rates: NDArray[Any]) -> NDArray[Any]:
        geometry = self._geometries[sender]
        if geometry is None:
            return rates @ matrix
        matrices = downward(matrix, geometry.groups)
        return down(rates, lambda rows: rows @ matrices, matrix.shape, geometry)
