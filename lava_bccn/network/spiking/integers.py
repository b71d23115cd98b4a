"""Integer weights of spiking connections."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import MAX_WEIGHT_BITS
from lava_bccn.errors import InvalidInputError


def fitting_weights(weight: NDArray[Any], connection: str) -> NDArray[np.int8]:
    """Weights of a connection in fixed point, whatever integers hold them, in int8.

    Raises:
        InvalidInputError: they are none, or do not fit.
    """
    limit = 2 ** (MAX_WEIGHT_BITS - 1) - 1
    fits = weight.size == 0 or -limit <= int(weight.min()) <= int(weight.max()) <= limit
    if weight.dtype.kind not in "iu" or not fits:
        raise InvalidInputError(
            f"connection {connection!r} has weights that are not integers from -{limit} to "
            f"{limit}, as fixed point needs; see lava_bccn.mapping.spiking.quantise"
        )
    return weight.astype(np.int8)
