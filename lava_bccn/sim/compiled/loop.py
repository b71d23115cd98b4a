"""The loop over samples, compiled once for an activation and kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import constants, rate, schedule, synapses
from lava_bccn.dynamics.activation import Activation
from lava_bccn.sim import lanes
from lava_bccn.sim.compiled import convolution, layer, plasticity, states, sums
from lava_bccn.sim.compiled.convolution import add_any, down_any
from lava_bccn.sim.compiled.plasticity import layer_learning
from lava_bccn.sim.compiled.states import passes, teach
from lava_bccn.sim.jit import INTEGERS, fingerprint, kept, module_of


@cache
def learn_samples_of(activation: Activation, *, convolutions: bool = False) -> Any:
    """The loop for networks of an activation; see ``_loop`` for its arguments.

    Without convolutions it compiles in half the time.
    """
    forms = [
        form
        for function in (activation.event_rate, activation.hidden_modulation)
        for form in getattr(function, "forms", (function,))[:2]
    ]
    compiled = (layer, lanes, sums, states, plasticity, *([convolution] if convolutions else []))
    equations = (*INTEGERS, constants, rate, schedule, synapses, *compiled)
    own = {module_of(form) for form in forms}
    modules = sorted((each for each in own if each is not None), key=lambda each: each.__name__)
    events_up, bursts_down = passes(activation)
    return kept(
        _loop(fingerprint((*equations, *modules))),
        keep=None not in own,
        add_sums=add_any if convolutions else states.add_sums,
        events_up=events_up,
        bursts_down=down_any(activation, bursts_down) if convolutions else bursts_down,
        learn_layer=layer_learning(convolutions=convolutions),
    )


def _loop(fingerprint: str) -> Callable[..., None]:
    def learn_samples(
        layers: Any,
        samples: NDArray[np.uint16],
        targets: NDArray[np.int64],
        outputs: NDArray[np.int64],
        first: int,
        halve_at: NDArray[np.int64],
        seed: int,
    ) -> None:
        """Show the samples one after the other; each is learned once its bursts have come down.

        Args:
            layers: typed list of :class:`~lava_bccn.sim.compiled.layer.Layer`.
            samples: (samples, inputs).
            targets: (samples, outputs), negative where there is no teacher.
            outputs: (samples, outputs), filled with the output's event rates before learning.
            first: number of the first sample since learning began.
            halve_at: numbers of samples after which all rates halve.
            seed: of the stochastic rounding.
        """
        _ = fingerprint
        last = len(layers) - 1
        for index in range(len(samples)):
            sample = first + index
            inputs = samples[index]
            for number in range(last + 1):
                layer = layers[number]
                sums = np.zeros(len(layer.bias), np.int32)
                if number == 0:
                    add_sums(layer, inputs, sums)  # type: ignore[name-defined] # noqa: F821
                else:
                    events = layers[number - 1].event_rate
                    add_sums(layer, events, sums)  # type: ignore[name-defined] # noqa: F821
                events_up(layer, sums)  # type: ignore[name-defined] # noqa: F821
            outputs[index] = layers[last].event_rate
            teach(layers[last], targets[index])
            for number in range(last - 1, -1, -1):
                bursts_down(layers[number], layers[number + 1])  # type: ignore[name-defined] # noqa: F821
            halvings = np.searchsorted(halve_at, sample, side="right")
            for number in range(last + 1):
                layer = layers[number]
                below = inputs.astype(np.int64) if number == 0 else layers[number - 1].event_rate
                apical = below if number == 0 else layers[number - 1].apical
                learn_layer(layer, below, apical, sample, halvings, seed)  # type: ignore[name-defined] # noqa: F821

    return learn_samples
