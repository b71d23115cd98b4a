"""The loop over samples that the engine learns, compiled once for an activation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import constants, engine_plasticity, rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.sim.compiled import engine, engine_layer, states
from lava_bccn.sim.compiled.engine_layer import forward, learn, sent_down
from lava_bccn.sim.compiled.own import key_of
from lava_bccn.sim.compiled.states import dendrites_of, passes, teach
from lava_bccn.sim.jit import kept


@cache
def learn_samples_of(activation: Activation) -> Any:
    """The loop for networks of an activation; see ``_loop`` for its arguments."""
    equations = (constants, rate, engine_plasticity, states, engine_layer, sys.modules[__name__])
    key, keep = key_of(activation, (*engine.MODULES, *equations))
    names = {"events_up": passes(activation)[0], "dendrites": dendrites_of(activation)}
    return kept(_loop(key), keep=keep, **names)


def _loop(fingerprint: str) -> Callable[..., None]:
    def learn_samples(
        layers: Any,
        weights: Any,
        feedback: Any,
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
            weights, feedback: typed lists of W and Y of each layer,
                :class:`~lava_bccn.sim.compiled.engine_layer.EngineMatrix`.
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
                layer, weight = layers[number], weights[number]
                if number == 0:
                    for j in range(samples.shape[1]):
                        layer.events[j] = samples[index, j]
                else:
                    below = layers[number - 1].event_rate
                    for j in range(len(below)):
                        layer.events[j] = below[j]
                events_up(layer, forward(weight, layer.events))  # type: ignore[name-defined] # noqa: F821
            for i in range(outputs.shape[1]):
                outputs[index, i] = layers[last].event_rate[i]
            teach(layers[last], targets[index])
            for number in range(last - 1, -1, -1):
                bursts = sent_down(feedback[number + 1], layers[number + 1].deviation)
                dendrites(layers[number], bursts, np.zeros_like(bursts))  # type: ignore[name-defined] # noqa: F821
            for number in range(last + 1):
                layer, weight = layers[number], weights[number]
                learn(layer, weight, feedback[number], first + index, chances[index], seed)

    return learn_samples
