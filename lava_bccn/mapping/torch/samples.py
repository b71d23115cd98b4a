"""Which event rates a model is read with, and compared with its layers on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RANDOM_SAMPLES = 16
"""Event rates drawn between 0 and 1 on which the two must agree as well: calibration inputs may be
few, or dark at some places."""


def with_random_samples(
    inputs: NDArray[np.generic] | None, shape: tuple[int, ...], most: int
) -> NDArray[np.float64]:
    """The inputs, evenly chosen where they are many, and then random ones.

    Args:
        inputs: (samples, ...); None: random ones only.
        shape: of a sample.
        most: so many inputs at most.
    """
    samples = np.random.default_rng(0).random((RANDOM_SAMPLES, *shape))
    if inputs is None:
        return samples
    given = inputs[:: -(-len(inputs) // most)].reshape(-1, *shape)
    return np.concatenate([given.astype(np.float64), samples])
