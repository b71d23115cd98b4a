"""Samples in a network's own units, made of event rates when they are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.network.rate_network import RateNetwork


class Quantised:
    """What ``network.quantise_inputs(rates)`` is, of the part that is asked for.

    It indexes as that array does, and NumPy takes it for one; so event rates that a file holds
    (``numpy.load`` with ``mmap_mode``) are never in memory all at once.

    Args:
        network: whose units they are in.
        rates: event rates in [0, 1], (samples, inputs).
    """

    def __init__(self, network: RateNetwork, rates: NDArray[np.floating[Any]]) -> None:
        self._network, self._rates = network, rates
        self.shape: tuple[int, ...] = rates.shape
        self.ndim: int = rates.ndim
        self.dtype: np.dtype[Any] = np.dtype(network.compute_dtype)

    def __len__(self) -> int:
        return len(self._rates)

    def __getitem__(self, chosen: Any) -> NDArray[Any]:
        return self._network.quantise_inputs(self._rates[chosen])

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[index] for index in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:], dtype=dtype)
