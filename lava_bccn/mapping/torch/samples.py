"""Which event rates a model is read with, and compared with its layers on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RANDOM_SAMPLES = 16
"""Event rates drawn between 0 and 1 on which the two must agree as well: calibration inputs may be
few, or dark at some places."""


_MOST_PRODUCTS, _FEWEST_SAMPLES = 2**34, 32
"""A model is read with as many inputs as this is a second's work, but so many in any case."""


def for_reading(
    inputs: NDArray[np.generic], shape: tuple[int, ...], products: int
) -> NDArray[np.float64]:
    """Inputs that tell how large values become, with those that the two are compared on.

    So nothing is clipped there.

    Args:
        inputs: (samples, ...).
        shape: of a sample.
        products: of weights and rates that each takes.
    """
    most = max(_MOST_PRODUCTS // max(products, 1), _FEWEST_SAMPLES)
    return with_random_samples(inputs, shape, most)


def with_random_samples(
    inputs: NDArray[np.generic] | None,
    shape: tuple[int, ...],
    most: int,
    random: int = RANDOM_SAMPLES,
) -> NDArray[np.float64]:
    """The inputs, evenly chosen where they are many, and then random ones.

    Args:
        inputs: (samples, ...); None: random ones only.
        shape: of a sample.
        most: so many inputs at most.
        random: so many of the same random ones.
    """
    samples = np.random.default_rng(0).random((random, *shape))
    if inputs is None:
        return samples
    given = inputs[:: -(-len(inputs) // most)].reshape(-1, *shape)
    return np.concatenate([given.astype(np.float64), samples])
