"""The loop over samples, compiled once and kept between runs."""

from __future__ import annotations

import hashlib
import inspect
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import (
    fixed_point,
    integer_plasticity,
    integer_rate,
    schedule,
    stochastic_rounding,
    synapses,
)
from lava_bccn.sim.compiled import layer, plasticity, states
from lava_bccn.sim.compiled.plasticity import learn_layer
from lava_bccn.sim.compiled.states import add_events, bursts_down, events_up, teach


def _fingerprint() -> str:
    """Changes with the source of any equation and of any other part of the loop."""
    equations = (fixed_point, integer_rate, integer_plasticity, stochastic_rounding)
    modules = (*equations, schedule, synapses, layer, states, plasticity)
    source = "".join(inspect.getsource(module) for module in modules)
    return hashlib.sha256(source.encode()).hexdigest()


def _compiled(fingerprint: str) -> Any:
    """The loop, kept compiled between runs for as long as none of its parts changes.

    Numba notices changes of this file by itself; those of the others it gets to know from the
    fingerprint, as a variable of the compiled function's closure.
    """

    def learn_samples(
        layers: Any,
        samples: NDArray[np.uint16],
        targets: NDArray[np.int64],
        outputs: NDArray[np.int64],
        first: int,
        halve_at: NDArray[np.int64],
        seed: int,
        units: Any,
    ) -> None:
        """Show the samples one after the other; each is learned once its bursts have come down.

        Args:
            layers: typed list of :class:`Layer`.
            samples: (samples, inputs).
            targets: (samples, outputs), negative where there is no teacher.
            outputs: (samples, outputs), filled with the output's event rates before learning.
            first: number of the first sample since learning began.
            halve_at: numbers of samples after which all rates halve.
            seed: of the stochastic rounding.
            units: number formats.
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
                    add_events(layer.weight, inputs, sums)
                else:
                    add_events(layer.weight, layers[number - 1].event_rate, sums)
                events_up(layer, sums, units)
            outputs[index] = layers[last].event_rate
            teach(layers[last], targets[index], units)
            for number in range(last - 1, -1, -1):
                bursts_down(layers[number], layers[number + 1], units)
            halvings = np.searchsorted(halve_at, sample, side="right")
            for number in range(last + 1):
                layer = layers[number]
                below = inputs.astype(np.int64) if number == 0 else layers[number - 1].event_rate
                apical = below if number == 0 else layers[number - 1].apical
                learn_layer(layer, below, apical, sample, halvings, seed, units)

    try:
        return numba.njit(cache=True, nogil=True)(learn_samples)
    except RuntimeError:  # no folder to keep it in: compile it in every process
        return numba.njit(nogil=True)(learn_samples)


learn_samples = _compiled(_fingerprint())
