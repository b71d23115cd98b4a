"""The state that a network settles to when a sample is held, computed at once for a batch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import check, instance
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.propagation import Deliveries, propagate

Settle = Callable[[NDArray[Any], NDArray[Any] | None], tuple[list[LayerStates], NDArray[np.int64]]]
"""Inputs and targets of a batch into its states, and how many potentials saturated."""

WORTH_COMPILING = 4_000_000
"""States of ensembles after which compiled code has paid: reading it takes half a second, and what
it saves of each is a tenth of a microsecond."""

_COMPILED = "lava_bccn.sim.batch"


def check_stimulus(
    network: MappedNetwork, inputs: NDArray[Any], targets: NDArray[Any] | None = None
) -> None:
    """Refuse inputs and targets that are not in a network's own units, or do not fit it.

    Raises:
        InvalidInputError: says what they should be.
    """
    check("network", network, instance(MappedNetwork))
    kinds = "f" if network.number_format is None else "iu"
    given = [("inputs", inputs, network.input_size)]
    if targets is not None:
        given.append(("targets", targets, network.output_size))
    for name, array, size in given:
        is_array = isinstance(array, np.ndarray) and array.dtype.kind in kinds and array.ndim == 2
        if not is_array or array.shape[1] != size:
            raise InvalidInputError(
                f"{name} must be an array (samples, {size}) in the network's own units, as its "
                f"quantise_{name} makes of numbers in [0, 1]"
            )


def settle(
    network: MappedNetwork,
    inputs: NDArray[Any],
    targets: NDArray[Any] | None = None,
    connections: Deliveries | None = None,
) -> tuple[list[LayerStates], NDArray[np.int64]]:
    """What Lava reaches after ``presentation_steps`` steps.

    Args:
        network: any mapped network.
        inputs: (samples, inputs), in the network's own units (``quantise_inputs``).
        targets: (samples, outputs) likewise; None leaves the teacher off.
        connections: the network's matrices, prepared once for many calls.

    Returns:
        As :func:`~lava_bccn.sim.propagation.propagate`, in the network's own units.

    Raises:
        InvalidInputError: inputs or targets that are not in these units, or do not fit the network.
    """
    check_stimulus(network, inputs, targets)
    return propagate(
        network.all_ensembles(),
        connections or Connections(network, is_reused=False),
        inputs,
        network.no_teacher if targets is None else targets,
    )


def settler(
    layers: Sequence[Ensembles],
    connections: Connections,
    samples: int,
    largest_batch: int,
    *,
    bursts: bool = True,
) -> Settle:
    """:func:`settle` for many batches of one run: compiled where that pays, to the same bits.

    Args:
        layers: the equations of each layer of a network.
        connections: its matrices.
        samples: of all batches.
        largest_batch: samples of one.
        bursts: False: only somatic potentials, event rates and saturations are wanted.

    Returns:
        Unchecked ``settle``, whose states may lie in arrays that hold until its next call.
    """
    is_integer = all(each.precision == "fixed" and _compiles(each) for each in layers)
    units = [len(bias) for bias in connections.bias]
    no_teacher = np.full((1, units[-1]), NO_TEACHER).astype(connections.bias[-1].dtype)

    def plain(inputs: NDArray[Any], targets: NDArray[Any] | None) -> Any:
        return propagate(layers, connections, inputs, no_teacher if targets is None else targets)

    if not (is_integer and _pays(samples * sum(units))):
        return plain
    from numba.core.errors import NumbaError

    from lava_bccn.sim.batch import Batch

    batch = Batch(layers, connections, min(samples, largest_batch))
    compiles = True

    def compiled(inputs: NDArray[Any], targets: NDArray[Any] | None) -> Any:
        nonlocal compiles
        if compiles:
            try:
                given = no_teacher if targets is None else targets
                return batch.settle(inputs, given, bursts=bursts)
            except NumbaError:  # of an activation that takes nothing but arrays
                compiles = False
        return plain(inputs, targets)

    return compiled


def _compiles(layer: Ensembles) -> bool:
    """Whether there is a compiled form of a layer's equations for batches."""
    kind = layer.activation
    return kind.deviation is None and kind.taught_deviation is None and kind.is_elementwise


class _Plain:
    """What was done here without compiled code."""

    states = 0


def is_compiled() -> bool:
    """Whether compiled code has been read."""
    return _COMPILED in sys.modules


def _pays(states: int) -> bool:
    """Whether so many states more are worth reading compiled code, if it has not been."""
    if _COMPILED not in sys.modules:
        _Plain.states += states
    return _COMPILED in sys.modules or _Plain.states >= WORTH_COMPILING
