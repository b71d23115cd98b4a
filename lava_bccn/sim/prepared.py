"""Networks prepared once for many passes, and kept so for as long as they live."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import local
from typing import Any
from weakref import WeakKeyDictionary

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.settled import Settle, is_compiled, settler


@dataclass(frozen=True)
class Prepared:
    """What a pass through a network needs; many threads may share it.

    Attributes:
        ensembles: the equations of each layer.
        connections: its matrices, in what their products calculate in.
    """

    ensembles: tuple[Ensembles, ...]
    connections: Connections
    _of_thread: local = field(default_factory=local, repr=False)

    def settler(self, samples: int, largest_batch: int, *, bursts: bool = True) -> Settle:
        """As :func:`~lava_bccn.sim.settled.settler`; for one sample at a time what it takes is kept
        too, in each thread."""
        args = (self.ensembles, self.connections, samples, largest_batch)
        if largest_batch > 1 or not is_compiled():
            return settler(*args, bursts=bursts)
        kept: dict[Any, Settle] = vars(self._of_thread)
        if bursts not in kept:
            kept[bursts] = settler(*args, bursts=bursts)
        return kept[bursts]


_kept: WeakKeyDictionary[MappedNetwork, Prepared] = WeakKeyDictionary()


def prepared(network: MappedNetwork) -> Prepared:
    """A network, prepared; the same object at every call, until the network is gone.

    Networks never change. One that could, for what unpickles or copies its arrays makes them
    writeable, is prepared anew; and so is one whose activation was registered anew.
    """
    kept = _kept.get(network)
    if kept is not None and _is_current(kept, network):
        return kept
    fresh = Prepared(
        ensembles=tuple(network.all_ensembles()),
        connections=Connections(network),
    )
    arrays = (array for layer in network.layers for array in layer.arrays.values())
    if not any(array.flags.writeable for array in arrays):
        _kept[network] = fresh
    return fresh


def _is_current(kept: Prepared, network: MappedNetwork) -> bool:
    return all(
        ensembles.activation is network.activation_of(index)
        for index, ensembles in enumerate(kept.ensembles)
    )
