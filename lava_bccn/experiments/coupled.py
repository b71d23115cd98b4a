"""Two ensembles that drive each other: what the simulator's speed is measured with."""

from __future__ import annotations

import numpy as np

from lava_bccn.experiments.multiplexing import multiplexing_neuron
from lava_bccn.mapping.spiking import quantise
from lava_bccn.network.spiking import (
    DEPRESSING,
    FACILITATING,
    Connection,
    Population,
    SpikeLearning,
    SpikingNetwork,
    random_synapses,
)
from lava_bccn.network.spiking.units import Precision

WEIGHT = 20.0
FEEDBACK = 100.0
"""Of the plastic connection to the somata above, and of that to the dendrites below, in pA."""


def coupled_ensembles(
    neurons: int = 100,
    *,
    connection_probability: float = 0.2,
    precision: Precision = "float",
    seed: int = 0,
) -> SpikingNetwork:
    """Full neurons; the first ensemble drives somata through plastic depressing synapses, the
    second one dendrites through facilitating ones.

    Args:
        neurons: of each ensemble.
        connection_probability: of two neurons, in [0, 1].
        precision: of the network.
        seed: of the random connections.
    """
    generator = np.random.default_rng(seed)
    names = ("below", "above")
    up, down = (
        random_synapses(generator, (0, neurons), (0, neurons), connection_probability)
        for _ in names
    )
    rule = SpikeLearning(0.25, p_baseline=0.25, low=-4 * WEIGHT, high=4 * WEIGHT)
    network = SpikingNetwork(
        tuple(Population(name, 1, neurons, multiplexing_neuron()) for name in names),
        (
            Connection(
                *("up", *names, "soma", "spikes", *up, np.full(len(up[0]), WEIGHT)),
                stp=DEPRESSING,
                learning=rule,
            ),
            Connection(
                *("down", *names[::-1], "apical", "spikes", *down, np.full(len(down[0]), FEEDBACK)),
                stp=FACILITATING,
            ),
        ),
    )
    return quantise(network) if precision == "fixed" else network
