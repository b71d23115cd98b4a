"""Where executors put the states that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.rows import RowsFile, save_array
from lava_bccn.dynamics.fixed_point import STATE_BITS
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import OutputPathError
from lava_bccn.network.rate_network import RateNetwork

Progress = Callable[[int], None]
"""Called with the number of samples that have just been done."""


def dtype(network: RateNetwork, name: str) -> np.dtype[Any]:
    """The narrowest signed integers that hold every value of a state; float64 in floating point."""
    units = network.number_format
    if units is None:
        return np.dtype(np.float64)
    largest = {"event_rate": units.max_event, "burst_rate": units.max_burst}
    return np.min_scalar_type(-1 - largest.get(name, 2 ** (STATE_BITS - 1) - 1))


class Recording:
    """Arrays for the recorded states of every layer.

    Args:
        network: whose states.
        samples: how many.
        names: states to record of every layer; the output's event rate is always recorded.
        folder: an empty one, to keep them in as they come and not in memory, in files such as
            ``soma_1.npy``, each with what its integer 1 stands for, ``soma_1_unit.npy``.

    Raises:
        OutputPathError: a file cannot be written; then none is left.
    """

    def __init__(
        self,
        network: RateNetwork,
        samples: int,
        names: Iterable[str],
        folder: Path | None = None,
    ) -> None:
        self._network = network
        everywhere = set(names)
        chosen = [everywhere] * (len(network.layers) - 1)
        chosen.append((everywhere | {"event_rate"}) - {"apical"})
        self.arrays: list[dict[str, NDArray[Any] | RowsFile]] = []
        for index, (units, kept) in enumerate(zip(network.sizes[1:], chosen, strict=True)):
            shape = (samples, units)
            of_layer: dict[str, NDArray[Any] | RowsFile] = {}
            self.arrays.append(of_layer)
            for name in sorted(kept):
                if folder is None:
                    of_layer[name] = np.empty(shape, dtype(network, name))
                    continue
                file = folder / f"{name}_{index + 1}.npy"
                try:
                    of_layer[name] = RowsFile(file, shape, dtype(network, name))
                except OutputPathError:
                    self.abandon()
                    raise

    def store(self, chosen: slice, states: Iterable[LayerStates]) -> None:
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

    def states(self, done: int) -> tuple[LayerStates, ...]:
        """What was recorded of the first samples, one entry a layer; nothing more can be."""
        states = []
        for index, arrays in enumerate(self.arrays):
            states.append(
                LayerStates(**{name: _first(array, done) for name, array in arrays.items()})
            )
            for name, array in arrays.items():
                if isinstance(array, RowsFile):
                    unit = np.array(self._network.state_unit(name, index))
                    save_array(array.path.with_name(f"{array.path.stem}_unit.npy"), unit)
        return tuple(states)

    def abandon(self) -> None:
        """Leave no files."""
        for arrays in self.arrays:
            for array in arrays.values():
                if isinstance(array, RowsFile):
                    array.abandon()


def _first(array: NDArray[Any] | RowsFile, done: int) -> NDArray[Any]:
    return array.finish(done) if isinstance(array, RowsFile) else array[:done]
