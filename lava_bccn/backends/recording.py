"""Where executors put the states that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import STATE_BITS
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.network.network import MappedNetwork

Progress = Callable[[int], None]
"""Called with the number of samples that have just been done."""


def dtype(network: MappedNetwork, name: str) -> np.dtype[Any]:
    """The narrowest that holds every value of a state, signed so that differences are what they
    say; float64 in floating point."""
    units = network.number_format
    if units is None:
        return np.dtype(np.float64)
    largest = {"event_rate": units.max_event, "burst_rate": units.max_burst}
    return np.promote_types(np.min_scalar_type(largest.get(name, 2 ** (STATE_BITS - 1))), np.int8)


class Recording:
    """Arrays for the recorded states of every layer.

    Args:
        network: whose states.
        samples: how many.
        names: states to record of every layer; the output's event rate is always recorded.
    """

    def __init__(self, network: MappedNetwork, samples: int, names: Iterable[str]) -> None:
        everywhere = set(names)
        chosen = [everywhere] * (len(network.layers) - 1)
        chosen.append((everywhere | {"event_rate"}) - {"apical"})
        self.arrays: list[dict[str, NDArray[Any]]] = [
            {name: np.empty((samples, layer.units), dtype(network, name)) for name in sorted(kept)}
            for layer, kept in zip(network.layers, chosen, strict=True)
        ]

    def store(self, chosen: slice | int, states: Iterable[LayerStates]) -> None:
        """Keep what is recorded of some samples' states."""
        for arrays, state in zip(self.arrays, states, strict=True):
            for name, array in arrays.items():
                array[chosen] = getattr(state, name)

    @property
    def needs_bursts(self) -> bool:
        """True if more than somatic potentials and event rates is recorded."""
        return any(arrays.keys() - {"soma", "event_rate"} for arrays in self.arrays)

    @property
    def needs_states(self) -> bool:
        """True if more than the output's event rate is recorded."""
        return any(self.arrays[:-1]) or len(self.arrays[-1]) > 1

    def store_output(self, chosen: slice, event_rate: NDArray[Any]) -> None:
        """Keep the output's event rates of some samples."""
        self.arrays[-1]["event_rate"][chosen] = event_rate

    def states(self) -> tuple[LayerStates, ...]:
        """What was recorded, one entry a layer."""
        return tuple(LayerStates(**arrays) for arrays in self.arrays)
