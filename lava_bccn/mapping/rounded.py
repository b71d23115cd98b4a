"""What rounding does to the weights of a layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.mapping.exponents import largest_magnitudes, parts
from lava_bccn.mapping.integers import sent_down
from lava_bccn.network.layer import MappedLayer


def share_kept(
    original: Sequence[NDArray[np.floating[Any]]], rounded: Sequence[NDArray[np.integer[Any]]]
) -> float:
    """Share of the numbers other than 0 that are not 0 as integers."""
    had = sum(int(np.count_nonzero(matrix)) for matrix in original)
    has = sum(int(np.count_nonzero(matrix)) for matrix in rounded)
    return has / had if had else 1.0


def weight_error_of(original: MappedLayer, layer: MappedLayer) -> float:
    """Root mean square of what rounding W changed, relative to that of W."""
    exact, unit = original.weight, 2.0**layer.weight_exponent
    # In units of the largest, whose square may be beyond any float.
    largest = float(largest_magnitudes(exact).max()) or 1.0
    errors, values = 0.0, 0.0
    for rows in parts(exact):
        errors += float(np.square((exact[rows] - layer.weight[rows] * unit) / largest).sum())
        values += float(np.square(exact[rows] / largest, dtype=np.float64).sum())
    return math.sqrt(errors) / (math.sqrt(values) or math.sqrt(exact.size))


def clipped_in(original: MappedLayer, layer: MappedLayer, units: FixedPointFormat) -> int:
    """How many entries of W, Y and Q are beyond the largest weight."""
    pairs = [(original.weight, layer.weight_exponent)]
    pairs += [(values, layer.feedback_exponent) for values in sent_down(original, units)]
    return sum(clipped_of(each, 2.0**exponent, units.max_weight) for each, exponent in pairs)


def clipped_of(values: NDArray[np.floating[Any]], unit: float, max_weight: int) -> int:
    """How many numbers are beyond the largest weight, in this unit."""
    return sum(
        int((np.rint(np.abs(values[rows]) / unit) > max_weight).sum()) for rows in parts(values)
    )
