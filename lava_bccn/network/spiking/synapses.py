"""Which neurons are joined."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_bccn.settings import check, instance, integer, number, tuple_of


def random_synapses(
    generator: np.random.Generator,
    sources: tuple[int, int],
    targets: tuple[int, int],
    probability: float,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Synapses between two ensembles, each with a probability.

    Args:
        generator: of the random choices.
        sources, targets: first neuron of each ensemble, and number of neurons.
        probability: in [0, 1].

    Returns:
        presynaptic and postsynaptic neurons, sorted.

    Raises:
        InvalidInputError: the probability is not in [0, 1], or an ensemble no two integers.
    """
    check("generator", generator, instance(np.random.Generator))
    sources = check("sources", sources, tuple_of(integer(0), 2))
    targets = check("targets", targets, tuple_of(integer(0), 2))
    probability = check("probability of a connection", probability, number("[0, 1]"))
    pairs = np.argwhere(generator.random((sources[1], targets[1])) < probability)
    return (
        (pairs[:, 0] + sources[0]).astype(np.int32),
        (pairs[:, 1] + targets[0]).astype(np.int32),
    )
