"""Networks prepared once for many passes, and kept so for as long as they live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.network.network import MappedNetwork
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.propagation import propagate


@dataclass(frozen=True)
class Prepared:
    """What a pass through a network needs; many threads may share it.

    Attributes:
        ensembles: the equations of each layer.
        connections: its matrices, in what their products calculate in.
        no_teacher: targets, (1, outputs), that leave the teacher off.
    """

    ensembles: tuple[Ensembles, ...]
    connections: Connections
    no_teacher: NDArray[Any]

    def settle(
        self, inputs: NDArray[Any], targets: NDArray[Any] | None = None
    ) -> tuple[list[LayerStates], NDArray[np.int64]]:
        """What the network settles to; as :func:`~lava_bccn.sim.settled.settle`, unchecked.

        Args:
            inputs: (samples, inputs), in the network's own units.
            targets: (samples, outputs) likewise; None leaves the teacher off.
        """
        taught = self.no_teacher if targets is None else targets
        return propagate(self.ensembles, self.connections, inputs, taught)


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
        no_teacher=network.no_teacher,
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
