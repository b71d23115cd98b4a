"""Settled states of many samples, compiled: the bits of ``sim.settled``, for integer networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.sim.compiled.batch import kernels_of, taught
from lava_bccn.sim.connections import Connections


class Batch:
    """Arrays for the states of so many samples, in which one batch after the other settles.

    Rates stay in float32, which holds them exactly, from one product to the next; sums become
    potentials and rates in one compiled pass. What is prepared of a network and shared by many
    batches and threads is in ``layers`` and ``connections``; the arrays are one thread's.

    Args:
        layers: the equations of each layer, in integers and without time constants.
        connections: the network's matrices.
        samples: most in a batch.
    """

    def __init__(self, layers: Sequence[Ensembles], connections: Connections, samples: int) -> None:
        self._connections = connections
        self._constants = [each.constants for each in layers]
        self._kernels = [kernels_of(each.activation) for each in layers]
        units = [len(bias) for bias in connections.bias]
        self._states = [_states(samples, count) for count in units]
        self._deviations = [np.empty((samples, count), np.float32) for count in units]

    def settle(
        self, inputs: NDArray[Any], targets: NDArray[Any], *, bursts: bool = True
    ) -> tuple[list[LayerStates], NDArray[np.int64]]:
        """As :func:`~lava_bccn.sim.propagation.propagate`, in arrays that hold until the next call.

        Args:
            inputs, targets: as of that.
            bursts: False: only somatic potentials and event rates are wanted. Bursts are then left
                out where no dendrite has a potential, which could saturate.

        Returns:
            States in int32, but event rates in float32; how many potentials saturated.
        """
        count = len(inputs)
        room = len(self._states[0].soma)
        if count > room:  # compiled code would write beyond the arrays
            raise ValueError(f"a batch of {count} samples, where there is room for {room}")
        states = [_first(each, count) for each in self._states]
        saturations = np.zeros(len(states), dtype=np.int64)
        below, largest = np.asarray(inputs, dtype=np.float32), None
        for index, state in enumerate(states):
            sums = self._connections.forward(index, below, largest)
            bias, constants = self._connections.bias[index], self._constants[index]
            below, largest = state.event_rate, constants.event_one
            up = self._kernels[index].up
            saturations[index] = up(sums, bias, constants, state.soma, below)
        if bursts or not self._connections.is_balanced or (targets >= 0).any():
            self._bursts_down(states, targets, saturations)
            return states, saturations
        return [LayerStates(each.soma, each.event_rate) for each in states], saturations

    def _bursts_down(
        self, states: list[LayerStates], targets: NDArray[Any], saturations: NDArray[np.int64]
    ) -> None:
        top, count = states[-1], len(states[-1].event_rate)
        deviations = [each[:count] for each in self._deviations]
        given = np.empty(top.event_rate.shape, np.int64)  # in C order, of one teacher too
        given[:] = targets
        bursts = (top.burst_prob, top.burst_rate, deviations[-1])
        taught(given, top.event_rate, self._constants[-1], *bursts)
        states[-1] = replace(top, apical=None)
        for index in reversed(range(len(states) - 1)):
            above, state = states[index + 1], states[index]
            sums = self._connections.down(index + 1, deviations[index + 1], above.event_rate)
            saturations[index] += self._kernels[index].down(
                *_of_one_type(*sums),
                state.event_rate,
                self._constants[index],
                state.apical,
                state.burst_prob,
                state.burst_rate,
                deviations[index],
            )


def _states(samples: int, units: int) -> LayerStates:
    def empty(dtype: type[np.generic]) -> NDArray[Any]:
        return np.empty((samples, units), dtype)

    others = (empty(np.int32) for _ in range(3))
    return LayerStates(empty(np.int32), empty(np.float32), *others)


def _first(state: LayerStates, count: int) -> LayerStates:
    if len(state.event_rate) == count:
        return state
    return LayerStates(**{name: array[:count] for name, array in vars(state).items()})


def _of_one_type(*sums: NDArray[Any]) -> list[NDArray[Any]]:
    """The sums in the wider of their types, so that fewer combinations are compiled."""
    dtype = np.result_type(*sums)
    return [each.astype(dtype, copy=False) for each in sums]
