"""Online learning inside Loihi's learning engine, compiled: the bits of ``sim.engine_learner``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numba.typed import List
from numpy.typing import NDArray

from lava_bccn.dynamics import constants, engine, engine_plasticity, rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.engine import (
    NEAREST,
    EngineArithmetic,
    EngineSaturations,
    EngineSynapses,
    lava_chance,
)
from lava_bccn.dynamics.engine_plasticity import EnginePlasticity
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.network.engine_network import CONSTANT_PAYLOAD, EngineConnections
from lava_bccn.network.learning import LearningConfig, Pathway
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.compiled import engine as compiled_engine
from lava_bccn.sim.compiled import engine_layer, states
from lava_bccn.sim.compiled.engine_layer import FEEDBACK, WEIGHT, EngineState, learning
from lava_bccn.sim.compiled.states import add_events, passes, settled_states, teach
from lava_bccn.sim.engine_learner import EngineLearner, learning_saturations
from lava_bccn.sim.jit import INTEGERS, fingerprint, kept, module_of
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
        self._activation = network.activation_of(0)
        self._states = [self._state(index) for index in range(len(network.layers))]

    @property
    def learned(self) -> int:
        """Samples so far."""
        return self._plain.learned

    @property
    def connections(self) -> list[EngineConnections]:
        """Of every layer, a copy of them as they are now."""
        return [
            EngineConnections(
                EngineSynapses(state.weight.T.copy(), state.tag.T.copy()),
                None
                if before.feedback is None
                else EngineSynapses(state.feedback_burst.copy(), state.feedback_tag.copy()),
            )
            for state, before in zip(self._states, self._plain.connections, strict=True)
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
            rules = self._plain.rules_at(self.learned)
            found = List(
                [
                    state._replace(trace_exponent=each.trace_exponent)
                    for state, (each, _) in zip(self._states, rules, strict=True)
                ]
            )
            loop = _learn_samples(self._activation, tuple(rules), self._options.arithmetic)
            loop(
                found, samples[part], targets[part], outputs[part], self.learned,
                self._chances(last - first), self._config.seed,
            )  # fmt: skip
            self._plain.learned += last - first
        return outputs

    def _chances(self, count: int) -> NDArray[np.int64]:
        """What rounds each of the next samples; −1 for a draw a synapse."""
        if self._options.rounding == "shared":
            first = self.learned + 1
            return np.array([lava_chance(epoch) for epoch in range(first, first + count)])
        return np.full(count, NEAREST if self._options.rounding == "nearest" else -1)

    def _state(self, index: int) -> EngineState:
        rule, ensembles, (weight, feedback) = self._plain.layer(index)
        units, inputs = weight.weight.shape
        below = inputs - self._options.constants
        if feedback is None:
            feedback = EngineSynapses(*(np.zeros((below, units)) for _ in range(2)))
        matrices = [np.array(each, dtype=np.int16, order="F") for each in feedback]
        states = {
            name: np.zeros(units, dtype=np.int64)
            for name in ("soma", "event_rate", "apical", "burst_prob", "burst_rate", "deviation")
        }
        return EngineState(
            weight=np.array(weight.weight.T, dtype=np.int16, order="C"),
            tag=np.array(weight.tag.T, dtype=np.int16, order="C"),
            below=(weight.tag < -256).any(axis=0),
            feedback_burst=matrices[0],
            feedback_event=matrices[0],
            feedback_tag=matrices[1],
            feedback_below=(matrices[1] < -256).any(axis=0),
            events=np.full(inputs, CONSTANT_PAYLOAD),
            bias=self._plain.bias[index],
            potentials=np.zeros(1, dtype=np.int64),
            saturations=np.zeros((2, 2), dtype=np.int64),
            traces=np.zeros(1, dtype=np.int64),
            constants=ensembles.constants,
            balanced=True,
            units_below=below,
            trace_exponent=0,
            trace_limit=rule.trace_limit,
            trace_stream=rule.trace_stream,
            synapse_stream=rule.synapse_stream,
            rounds_traces=self._options.rounds_traces == "synapse",
            **states,
        )


def _saturations(counts: NDArray[np.int64]) -> EngineSaturations:
    return EngineSaturations(*map(int, counts))


_loops: dict[Any, Any] = {}


def _learn_samples(
    activation: Activation,
    rules: tuple[tuple[EnginePlasticity, bool], ...],
    arithmetic: EngineArithmetic,
) -> Any:
    """The loop for an activation, and the rules of each layer (and whether its Y follows)."""
    texts = tuple(
        (each.weight_rule, each.following_rule if follows else None) for each, follows in rules
    )
    if (activation, texts, arithmetic) not in _loops:
        own = [module_of(activation.event_rate), module_of(activation.hidden_modulation)]
        equations = (constants, rate, engine, engine_plasticity, states)
        modules = (*INTEGERS, *equations, compiled_engine, engine_layer, sys.modules[__name__])
        key = fingerprint((*modules, *filter(None, own)))
        events_up, bursts_down = passes(activation)
        _loops[activation, texts, arithmetic] = kept(
            _loop(f"{key} {texts} {arithmetic}"),
            keep=None not in own,
            events_up=events_up,
            bursts_down=bursts_down,
            learn=learning(texts, arithmetic),
        )
    return _loops[activation, texts, arithmetic]


def _loop(fingerprint: str) -> Callable[..., None]:
    def learn_samples(
        layers: Any,
        samples: NDArray[np.uint16],
        targets: NDArray[np.int64],
        outputs: NDArray[np.int64],
        first: int,
        chances: NDArray[np.int64],
        seed: int,
    ) -> None:
        """Show the samples one after the other; an epoch ends each.

        Args:
            layers: typed list of :class:`~lava_bccn.sim.compiled.engine_layer.EngineState`.
            samples: (samples, inputs).
            targets: (samples, outputs), negative where there is no teacher.
            outputs: (samples, outputs), filled with the output's event rates before learning.
            first: number of the first sample since learning began.
            chances: (samples,), what rounds all synapses; negative: a draw a synapse.
            seed: of all draws.
        """
        _ = fingerprint
        last = len(layers) - 1
        for index in range(len(samples)):
            for number in range(last + 1):
                layer = layers[number]
                for j in range(layer.units_below):
                    layer.events[j] = (
                        samples[index, j] if number == 0 else layers[number - 1].event_rate[j]
                    )
                sums = np.zeros(len(layer.bias), np.int32)
                add_events(layer.weight, layer.events, sums)
                events_up(layer, sums)  # type: ignore[name-defined] # noqa: F821
            outputs[index] = layers[last].event_rate
            teach(layers[last], targets[index])
            for number in range(last - 1, -1, -1):
                bursts_down(layers[number], layers[number + 1])  # type: ignore[name-defined] # noqa: F821
            learn(layers, first + index, chances[index], seed)  # type: ignore[name-defined] # noqa: F821

    return learn_samples
