"""What the layers of a network do at every time step of a presentation."""

from __future__ import annotations

from itertools import chain, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.states import LayerStates
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.rate_network import RateNetwork
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.dale import DaleConnections
from lava_bccn.sim.propagation import Delayed, Deliveries, propagate

SHOWN = ("event_rate", "burst_prob")


def states_over_time(
    network: RateNetwork, samples: NDArray[Any], targets: NDArray[Any] | None = None
) -> list[LayerStates]:
    """Event rates and burst probabilities while samples come on after a blank input has settled.

    A connection takes a time step. Under Dale's law its interneurons count as part of it, so that
    events climb and bursts come down a layer a step there too.

    Args:
        network: of rates, in either arithmetic.
        samples: event rates in the network's own units (``quantise_inputs``), (samples, inputs).
        targets: the teacher likewise, (samples, outputs); None leaves it off.

    Returns:
        The states of each layer, arrays (steps, samples, units) of dimensionless numbers. The first
        step is the last of the blank input; the last is that at which the samples have settled.
    """
    hops = 2 * len(network.layers)
    connections: Deliveries = (
        DaleConnections(network) if isinstance(network, DaleNetwork) else Connections(network)
    )
    delayed, layers = Delayed(connections), network.all_ensembles()
    blank = (np.zeros_like(samples), network.no_teacher)
    stimulus = (samples, network.no_teacher if targets is None else targets)
    seen: list[list[LayerStates]] = []
    for inputs, teacher in chain(repeat(blank, hops), repeat(stimulus, hops + 1)):
        states, _ = propagate(layers, delayed, inputs, teacher)
        seen.append(states)
    return [
        LayerStates(**{name: _stacked(network, seen[hops - 1 :], name, index) for name in SHOWN})
        for index in range(len(layers))
    ]


def _stacked(
    network: RateNetwork, seen: list[list[LayerStates]], name: str, index: int
) -> NDArray[np.float64]:
    samples = max(len(states[index].event_rate) for states in seen)
    unit = network.state_unit(name, index)
    values = [np.asarray(getattr(states[index], name)) for states in seen]
    return np.stack([np.broadcast_to(each, (samples, each.shape[1])) for each in values]) * unit
