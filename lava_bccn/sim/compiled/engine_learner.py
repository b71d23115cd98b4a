"""Online learning inside Loihi's learning engine, compiled: the bits of ``sim.engine_learner``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.typed import List
from numpy.typing import NDArray

from lava_bccn.dynamics.engine import NEAREST, EngineSaturations, EngineSynapses, lava_chances
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.network.engine_network import CONSTANT_PAYLOAD, EngineConnections
from lava_bccn.network.learning import LearningConfig, Pathway
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.compiled.engine import Rows, rows
from lava_bccn.sim.compiled.engine_form import rule_numbers
from lava_bccn.sim.compiled.engine_layer import (
    FEEDBACK,
    SHORT,
    WEIGHT,
    EngineMatrix,
    EngineState,
)
from lava_bccn.sim.compiled.engine_loop import learn_samples_of
from lava_bccn.sim.compiled.states import settled_states
from lava_bccn.sim.engine_learner import EngineLearner, learning_saturations
from lava_bccn.sim.notices import tell_of_compiling


class CompiledEngineLearner:
    """As :class:`~lava_bccn.sim.engine_learner.EngineLearner`, many samples at a time.

    Args:
        network, config, learned: as of ``EngineLearner``.

    Raises:
        InvalidInputError: see :func:`~lava_bccn.network.engine_learning.engine_layers`.
    """

    def __init__(self, network: MappedNetwork, config: LearningConfig, learned: int = 0) -> None:
        self._plain = EngineLearner(network, config, learned)
        tell_of_compiling()
        self._config, self._options = config, config.engine
        self._learn_samples = learn_samples_of(network.activation_of(0))
        self._states = [self._state(index) for index in range(len(network.layers))]
        self._rows = [_rows(each) for each in self._plain.connections]

    @property
    def learned(self) -> int:
        """Samples so far."""
        return self._plain.learned

    @property
    def connections(self) -> list[EngineConnections]:
        """Of every layer, a copy of them as they are now."""
        return [
            EngineConnections(weight.copy(), None if before.feedback is None else feedback.copy())
            for (weight, feedback), before in zip(self._rows, self._plain.connections, strict=True)
        ]

    @property
    def lost(self) -> list[tuple[EngineSaturations, EngineSaturations]]:
        """What of weights and tags of W and of Y did not fit so far, one of each a layer."""
        return [
            (_saturations(state.saturations[WEIGHT]), _saturations(state.saturations[FEEDBACK]))
            for state in self._states
        ]

    @property
    def traces(self) -> NDArray[np.int64]:
        """Of every layer, how many left their limits so far."""
        return np.array([state.traces[0] for state in self._states])

    def states(self) -> list[LayerStates]:
        """The states that the last sample settled to, arrays (1, units)."""
        return settled_states(self._states)

    def network(self) -> MappedNetwork:
        """The network as it is now."""
        self._plain.connections = self.connections
        return self._plain.network()

    def saturations(self) -> tuple[dict[Pathway, Saturations], ...]:
        """What did not fit while learning, a dictionary a layer."""
        follows = [follows for _, follows in self._plain.rules_at(0)]
        return learning_saturations(self.lost, self.traces, follows)

    def potential_saturations(self) -> NDArray[np.int64]:
        """Potentials of each layer that saturated, (layers,)."""
        return np.array([int(state.potentials[0]) for state in self._states], dtype=np.int64)

    def learn(self, samples: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.int64]:
        """Show samples with their teachers one after the other, learning from each.

        Args:
            samples: (samples, inputs), in the network's own units.
            targets: (samples, outputs), likewise.

        Returns:
            The output's event rates for each sample before learning from it, (samples, outputs).
        """
        outputs = np.empty(targets.shape, dtype=np.int64)
        samples = np.ascontiguousarray(samples, dtype=np.uint16)
        targets = np.ascontiguousarray(targets, dtype=np.int64)
        halvings = [each - self.learned for each in self._config.halve_at]
        ends = [each for each in halvings if 0 < each < len(samples)]
        for first, last in zip([0, *ends], [*ends, len(samples)], strict=True):
            part = slice(first, last)
            self._learn_samples(
                *self._lists(), samples[part], targets[part], outputs[part], self.learned,
                self._chances(last - first), self._config.seed,
            )  # fmt: skip
            self._plain.learned += last - first
        return outputs

    def _lists(self) -> tuple[Any, Any, Any]:
        """States, W and Y of each layer, with the rules of now."""
        arithmetic = self._options.arithmetic
        states, weights, feedback = [], [], []
        for state, (of_weight, of_feedback), (rules, _) in zip(
            self._states, self._rows, self._plain.rules_at(self.learned), strict=True
        ):
            states.append(state._replace(trace_exponent=rules.trace_exponent))
            following = rule_numbers(rules.following_rule, arithmetic)
            weights.append(EngineMatrix(of_weight, rule_numbers(rules.weight_rule, arithmetic)))
            feedback.append(EngineMatrix(of_feedback, following))
        return List(states), List(weights), List(feedback)

    def _chances(self, count: int) -> NDArray[np.int64]:
        """What rounds each of the next samples; −1 for a draw a synapse."""
        if self._options.rounding == "shared":
            return lava_chances(self.learned + 1, count)
        return np.full(count, NEAREST if self._options.rounding == "nearest" else -1)

    def _state(self, index: int) -> EngineState:
        rule, ensembles, (weight, _) = self._plain.layer(index)
        units, inputs = weight.weight.shape
        states = {
            name: np.zeros(units, dtype=np.int64)
            for name in ("soma", "event_rate", "apical", "burst_prob", "burst_rate", "deviation")
        }
        return EngineState(
            events=np.full(inputs, CONSTANT_PAYLOAD, dtype=np.int32),
            bias=self._plain.bias[index],
            potentials=np.zeros(1, dtype=np.int64),
            saturations=np.zeros((2, 2), dtype=np.int64),
            traces=np.zeros(1, dtype=np.int64),
            constants=ensembles.constants,
            follows=rule.follows,
            trace_exponent=0,
            trace_limit=rule.trace_limit,
            trace_stream=rule.trace_stream,
            synapse_stream=rule.synapse_stream,
            rounds_traces=self._options.rounds_traces == "synapse",
            **states,
        )


def _rows(connections: EngineConnections) -> tuple[Rows, Rows]:
    """The synapses of a W, and of the Y of the same layer, none of which a first layer has."""
    weight, feedback = connections
    by_unit = len(weight.weight) < SHORT
    if feedback is None:
        nothing = np.zeros((0, len(weight.weight)))
        feedback = EngineSynapses(nothing, nothing)
    return rows(weight, by_unit), rows(feedback)


def _saturations(counts: NDArray[np.int64]) -> EngineSaturations:
    return EngineSaturations(*map(int, counts))
