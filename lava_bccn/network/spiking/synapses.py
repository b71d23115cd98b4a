"""Which neurons are joined."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError


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
        InvalidInputError: the probability is not in [0, 1].
    """
    if not 0 <= probability <= 1:
        raise InvalidInputError(f"a connection probability is in [0, 1], not {probability}")
    pairs = np.argwhere(generator.random((sources[1], targets[1])) < probability)
    return (
        (pairs[:, 0] + sources[0]).astype(np.int32),
        (pairs[:, 1] + targets[0]).astype(np.int32),
    )
