"""Small fixed-point layers that several tests of mapped networks start from."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.mapping import MappedLayer, MappedNetwork

UNITS = FixedPointFormat()


def layer(units: int = 2, below: int = 3, **fields: Any) -> MappedLayer:
    """A layer whose weights are 1, except for what ``fields`` say."""
    content = {
        "weight": np.ones((units, below), dtype=np.int8),
        "bias": np.zeros(units, dtype=np.int32),
        **fields,
    }
    return MappedLayer(**content)


def fixed(*layers: MappedLayer) -> MappedNetwork:
    """The network of these layers."""
    return MappedNetwork(tuple(layers), "fixed", 0.5, UNITS)
