"""A network step by step, with the same hop delays as its Lava Processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.states import LayerStates
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.time import ContinuousTime
from lava_bccn.settings import Setting, check, instance
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.propagation import Delayed, Deliveries, propagate
from lava_bccn.sim.settled import check_stimulus

Stimulus = tuple[NDArray[Any], NDArray[Any] | None]
"""Inputs (samples, inputs) and targets (samples, outputs) of one time step, in the network's own
units; None leaves the teacher off."""


PAIR = Setting("(inputs, targets)", lambda each: isinstance(each, tuple) and len(each) == 2)


def hold(
    network: MappedNetwork, inputs: NDArray[Any], targets: NDArray[Any] | None = None
) -> Iterable[Stimulus]:
    """The stimuli of one presentation: the same for ``network.presentation_steps`` steps.

    Raises:
        InvalidInputError: they are not in these units, or do not fit the network.
    """
    check_stimulus(network, inputs, targets)
    return repeat((inputs, targets), network.presentation_steps)


def steps(
    network: MappedNetwork,
    stimuli: Iterable[Stimulus],
    time: ContinuousTime | None = None,
    connections: Deliveries | None = None,
    saturations: NDArray[np.int64] | None = None,
) -> Iterator[list[LayerStates]]:
    """Yield the states of every layer after each time step.

    A connection delivers one step after its sender sent, as Lava's ``Dense`` does; the soma of an
    ensemble reaches its own dendrite in the same step. All connections start silent. After a
    presentation (:func:`hold`) the states are those of :func:`~lava_bccn.sim.settled.settle`.
    What a step sends is on its way before the states are yielded, so whoever changes the weights
    then changes what the next step sends, as in Lava.

    Args:
        network: any mapped network.
        stimuli: one for each time step, all with as many samples.
        time: continuous time, from potentials at 0; None: the discrete model.
        connections: the network's matrices, where they change while it runs.
        saturations: (layers,), counts the potentials that saturated in every step.

    Raises:
        InvalidInputError: a stimulus is not in the network's own units, or does not fit it.
    """
    check("network", network, instance(MappedNetwork))
    check("time", time, instance(ContinuousTime).or_none())
    delayed = Delayed(connections or Connections(network))
    layers = network.all_ensembles(time)
    states = None
    for stimulus in check("stimuli", stimuli, instance(Iterable)):
        inputs, targets = check("a stimulus", stimulus, PAIR)
        check_stimulus(network, inputs, targets)
        teacher = network.no_teacher if targets is None else targets
        states, saturated = propagate(layers, delayed, inputs, teacher, states)
        if saturations is not None:
            saturations += saturated
        yield states
