"""The loop over samples, compiled once for an activation and kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import constants, rate, schedule, synapses
from lava_bccn.dynamics import noise as noise_equations
from lava_bccn.dynamics.activation import Activation
from lava_bccn.sim import borrowed, lanes
from lava_bccn.sim.borrowed import entry
from lava_bccn.sim.compiled import (
    branching,
    convolution,
    deviations,
    hearing,
    layer,
    plasticity,
    rows,
    states,
    sums,
)
from lava_bccn.sim.compiled import readout as readouts
from lava_bccn.sim.compiled.convolution import add_any, add_down_any
from lava_bccn.sim.compiled.own import key_of
from lava_bccn.sim.compiled.plasticity import layer_learning
from lava_bccn.sim.compiled.states import add_down, add_sums, bursts_down_of, passes
from lava_bccn.sim.jit import INTEGERS, kept, vectorised


@cache
def learn_samples_of(
    activation: Activation,
    readout: Activation,
    *,
    convolutions: bool = False,
    branches: bool = False,
    noise: bool = False,
) -> Any:
    """The loop for networks of an activation, and of its readout; see ``_loop`` for its arguments.

    Without convolutions it compiles in half the time, and without branches or noise in less.
    """
    compiled: tuple[ModuleType, ...] = (
        layer,
        lanes,
        borrowed,
        rows,
        sums,
        states,
        plasticity,
        convolution,
    )
    compiled += (branching,) if branches else ()
    compiled += (noise_equations, hearing) if noise else ()
    equations: tuple[ModuleType, ...] = (*INTEGERS, constants, rate, schedule, synapses, *compiled)
    if readout.taught_deviation is not None or activation.deviation is not None:
        equations += (readouts, deviations)
    key, keep = key_of(activation, equations)
    if readout is not activation:
        own, keeps = key_of(readout, ())
        key, keep = f"{key} {own}", keep and keeps
    show = _showing(activation, readout, convolutions, branches, noise)
    return kept(_loop(key), keep=keep, show=show)


def _showing(
    activation: Activation, readout: Activation, convolutions: bool, branches: bool, noise: bool
) -> Any:
    """``show``, compiled, of one sample."""
    normalise, teach = readouts.normalising(readout), readouts.teaching(readout)
    events_up, _ = passes(activation)
    add = add_any if convolutions else add_sums
    bursts_down = bursts_down_of(activation, add_down_any if convolutions else add_down)
    learn_layer = layer_learning(convolutions=convolutions, branches=branches)
    to_branches = branching.to_branches if branches else branching.to_none
    hear = hearing.hear if noise else hearing.hear_all

    @vectorised
    def show(layers: Any, inputs: Any, target: Any, outputs: Any, time: Any) -> None:
        sample, _, seed, _ = time
        last = layers.length - 1
        for number in range(last + 1):
            layer, below = entry(layers, number), entry(layers, max(number - 1, 0))
            events, received = layer.work.events, layer.work.sums
            for j in range(len(events)):
                events[j] = inputs[j] if number == 0 else below.event_rate[j]
            received[:] = 0
            hear(layer, number, sample, seed)
            add(layer)
            events_up(layer, received)
        output = entry(layers, last)
        normalise(output)
        for i in range(len(outputs)):
            outputs[i] = output.event_rate[i]
        teach(output, target)
        for number in range(last - 1, -1, -1):
            bursts_down(entry(layers, number), entry(layers, number + 1))
            to_branches(entry(layers, number), entry(layers, number + 1))
        for number in range(last + 1):
            apical = entry(layers, max(number - 1, 0)).apical
            learn_layer(entry(layers, number), apical, time)

    return show


def _loop(fingerprint: str) -> Callable[..., None]:
    def learn_samples(
        layers: Any,
        samples: NDArray[np.uint16],
        targets: NDArray[np.int64],
        taught: NDArray[np.bool_],
        outputs: NDArray[np.int64],
        first: int,
        halve_at: NDArray[np.int64],
        seed: int,
    ) -> None:
        """Show the samples one after the other; each is learned once its bursts have come down.

        Args:
            layers: ``Borrowed`` of :class:`~lava_bccn.sim.compiled.layer.Layer`.
            samples: (samples, inputs).
            targets: (samples, outputs), negative where there is no teacher.
            taught: (samples,), False where a sample is there to realign Y and Q.
            outputs: (samples, outputs), filled with the output's event rates before learning.
            first: number of the first sample since learning began.
            halve_at: numbers of samples after which all rates halve.
            seed: of the stochastic rounding.
        """
        _ = fingerprint
        for index in range(len(samples)):
            sample = first + index
            halvings = np.searchsorted(halve_at, sample, side="right")
            time = (sample, halvings, seed, taught[index])
            show(layers, samples[index], targets[index], outputs[index], time)  # type: ignore[name-defined] # noqa: F821

    return learn_samples
