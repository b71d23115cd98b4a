"""Online learning inside Loihi's learning engine, one sample after the other, in plain NumPy.

A sample is held until events have come up and bursts down, 2L steps. In the last of them neurons
send their traces, and the engine does one epoch at every connection. Here the settled state is
computed at once (``sim.propagation``), and the epoch after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.engine import (
    NEAREST,
    EngineSaturations,
    EngineSynapses,
    EngineTraces,
    hashed_chances,
    lava_chance,
    learned,
    payload_trace,
)
from lava_bccn.dynamics.engine_plasticity import (
    EnginePlasticity,
    rectified,
    sent_trace,
)
from lava_bccn.dynamics.engine_rule import EngineRule
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.fixed_point import IntArray
from lava_bccn.dynamics.integer_plasticity import synapse_index
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.dynamics.stochastic_rounding import draw
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.network.engine_learning import EngineLayer, draw_key, engine_layers
from lava_bccn.network.engine_network import (
    CONSTANT_PAYLOAD,
    EngineConnections,
    EngineNetwork,
    engine_network,
    learned_network,
    with_constants,
)
from lava_bccn.network.learning import LearningConfig, Pathway
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import check, integer
from lava_bccn.sim.propagation import propagate
from lava_bccn.sim.settled import check_stimulus


class EngineLearner:
    """A network that learns from every sample it is shown, by the rules of the engine.

    Its biases stay, and the synapses of constant inputs, which start at 0, learn in their place.

    Args:
        network: in integers; it stays as it is.
        config: with ``rule="engine"``.
        learned: samples that it has learned before, which rates and random numbers count.

    Attributes:
        connections: of every layer, as they are now.
        lost: what of weights and tags of W and of Y did not fit so far, one of each a layer.
        traces: of every layer, how many left their limits so far.
        learned: samples so far.

    Raises:
        InvalidInputError: see :func:`~lava_bccn.network.engine_learning.engine_layers`.
    """

    def __init__(
        self,
        network: MappedNetwork,
        config: LearningConfig,
        learned: int = 0,
    ) -> None:
        self._rules = engine_layers(network, config)
        self._network, self._options = network, config.engine
        self._ensembles, self.connections, self._bias = engine_network(network, config.engine)
        self._potentials = np.zeros(len(network.layers), dtype=np.int64)
        self.lost: list[tuple[EngineSaturations, EngineSaturations]] = [
            (EngineSaturations(), EngineSaturations()) for _ in network.layers
        ]
        self.traces: NDArray[np.int64] = np.zeros(len(network.layers), dtype=np.int64)
        self.learned: int = check("learned", learned, integer(0))

    def rules_at(self, sample: int) -> list[tuple[EnginePlasticity, bool]]:
        """The rules of every layer at a sample, and whether its Y follows its W."""
        return [(rule.at(sample), rule.follows) for rule in self._rules]

    def layer(self, index: int) -> tuple[EngineLayer, Ensembles, EngineConnections]:
        """Plasticity, equations (of doubled weights) and synapses of layer ``index`` (0-based)."""
        return self._rules[index], self._ensembles[index], self.connections[index]

    def settle(
        self, inputs: NDArray[Any], targets: NDArray[Any] | None = None
    ) -> list[LayerStates]:
        """What the network settles to, with its weights as they are.

        Args:
            inputs: (samples, inputs), in the network's own units.
            targets: (samples, outputs) likewise; None leaves the teacher off.

        Returns:
            The states of each layer, arrays (samples, units).
        """
        return self._settle(inputs, targets)[0]

    def _settle(
        self, inputs: NDArray[Any], targets: NDArray[Any] | None
    ) -> tuple[list[LayerStates], NDArray[np.int64]]:
        check_stimulus(self._network, inputs, targets)
        taught = self._network.no_teacher if targets is None else targets
        return propagate(self._ensembles, self, inputs.astype(np.int64), taught)

    def learn(self, sample: NDArray[Any], target: NDArray[Any]) -> list[LayerStates]:
        """Show one sample with its teacher, then learn from it.

        Args:
            sample: (inputs,), in the network's own units.
            target: (outputs,), likewise.

        Returns:
            The settled states before the weights changed, arrays (1, units).
        """
        states, saturated = self._settle(sample[None], target[None])
        self._potentials += saturated
        below = sample
        for index, (rule, state) in enumerate(zip(self._rules, states, strict=True)):
            self._learn_layer(index, rule, state, below)
            below = state.event_rate[0]
        self.learned += 1
        return states

    def network(self) -> MappedNetwork:
        """The network as it is now; learning in the engine goes on from it to the bit."""
        engine = EngineNetwork(self._ensembles, self.connections, self._bias)
        return learned_network(self._network, self._options, engine, self._follows())

    def saturations(self) -> tuple[dict[Pathway, Saturations], ...]:
        """What did not fit while learning, a dictionary a layer."""
        return learning_saturations(self.lost, self.traces, self._follows())

    def potential_saturations(self) -> NDArray[np.int64]:
        """Potentials of each layer that saturated, (layers,)."""
        return self._potentials.copy()

    def _follows(self) -> list[bool]:
        return [rule.follows for rule in self._rules]

    @property
    def bias(self) -> list[NDArray[Any]]:
        """c of each layer."""
        return self._bias

    def forward(self, index: int, rates: NDArray[Any]) -> NDArray[Any]:
        """W e of layer ``index``, constants included."""
        weight = self.connections[index].weight.weight
        matrix, constants = np.split(weight, [rates.shape[-1]], axis=1)
        return rates @ matrix.T + CONSTANT_PAYLOAD * constants.sum(axis=1)

    def feedback(
        self, sender: int, burst_rate: NDArray[Any], event_rate: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Yᵀ b and Qᵀ e that layer ``sender`` sends down, with Q = p^b Y."""
        feedback = self.connections[sender].feedback
        assert feedback is not None
        return burst_rate @ feedback.weight.T, event_rate @ feedback.weight.T

    def _learn_layer(
        self, index: int, rule: EngineLayer, state: LayerStates, below: NDArray[Any]
    ) -> None:
        """One epoch of the connections that end and start at a layer."""
        plasticity, connections = rule.at(self.learned), self.connections[index]
        deviation = self._ensembles[index].burst_deviation(state.burst_rate, state.event_rate)[0]
        trace, exact = rule.trace(deviation, self.learned)
        self.traces[index] += np.count_nonzero(trace != exact)
        weight, feedback = connections
        events = with_constants(below, self._options.constants)
        units, inputs = np.arange(len(trace)), np.arange(len(events))
        positive, negative = rectified(trace)
        read = EngineTraces(events, payload_trace(events), y2=positive, y3=negative)
        chance = self._chance(rule, units[:, None], inputs)
        weight, lost = self._epoch(plasticity.weight_rule, weight, read, chance)
        lost_feedback = EngineSaturations()
        if rule.follows and feedback is not None:
            sent = sent_trace(trace)
            read = EngineTraces(sent, payload_trace(sent), y1=payload_trace(below))
            chance = self._chance(rule, units, inputs[: len(below), None])
            feedback, lost_feedback = self._epoch(plasticity.following_rule, feedback, read, chance)
        self.connections[index] = EngineConnections(weight, feedback)
        of_weight, of_feedback = self.lost[index]
        self.lost[index] = of_weight + lost, of_feedback + lost_feedback

    def _epoch(
        self, rule: EngineRule, synapses: EngineSynapses, read: EngineTraces, chance: IntArray
    ) -> tuple[EngineSynapses, EngineSaturations]:
        return learned(rule, synapses, read, self.learned + 1, chance, self._options.arithmetic)

    def _chance(self, rule: EngineLayer, unit: IntArray, unit_below: IntArray) -> IntArray:
        """What rounds the sums of the synapses between two units each."""
        if self._options.rounding == "nearest":
            return NEAREST
        if self._options.rounding == "shared":
            return lava_chance(self.learned + 1)
        synapse = synapse_index(unit, unit_below, np.size(unit)).astype(np.uint32)
        return hashed_chances(draw(draw_key(rule.seed, self.learned, rule.synapse_stream), synapse))


def learning_saturations(
    lost: Sequence[tuple[EngineSaturations, EngineSaturations]],
    traces: NDArray[np.int64],
    follows: Sequence[bool],
) -> tuple[dict[Pathway, Saturations], ...]:
    """What did not fit, by pathway.

    Args:
        lost: of weights and tags of W and of Y, one of each a layer.
        traces: of every layer.
        follows: whether the Y of each layer learns.
    """
    counts: list[dict[Pathway, Saturations]] = []
    for (weight, feedback), left, learns in zip(lost, traces, follows, strict=True):
        counts.append({"weight": Saturations(weight.weights, int(left), weight.tags)})
        if learns:
            counts[-1]["feedback_burst"] = Saturations(feedback.weights, 0, feedback.tags)
    return tuple(counts)
