"""Integer activations as functions of tensors, on any device."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.fixed_point import STATE_BITS


class Staircase(torch.nn.Module):
    """Event rates of integer somatic potentials, read off the one integer function once.

    It takes for granted that event rates never fall as potentials rise, as those of all
    activations; so the smallest potential of each event rate says all.

    Args:
        ensembles: of a layer of integers.
        event_unit: the event rate of the integer 1.
    """

    table: Tensor | None

    def __init__(self, ensembles: Ensembles, event_unit: float) -> None:
        super().__init__()
        edges, self._lowest = _edges(ensembles)
        self._unit = event_unit
        steps = np.diff(edges)
        is_line = len(edges) > 0 and (not len(steps) or (steps == steps[0]).all())
        width = int(steps[0]) if is_line and len(steps) else 1
        self._is_line = is_line and _is_power(width)
        # The largest power of two of which all edges are multiples: nothing happens in between.
        self._width = width if self._is_line else int(np.gcd.reduce(edges & -edges, initial=0)) or 1
        self._start = int(edges[0]) if len(edges) else 0
        self._stairs = len(edges)
        table = None
        if not self._is_line:
            stairs = np.zeros((int(np.ptp(edges)) if len(edges) else 0) // self._width + 2)
            np.add.at(stairs, (edges - self._start) // self._width + 1, 1)
            rates = (self._lowest + stairs.cumsum()) * event_unit
            table = torch.from_numpy(rates).float()
        self.register_buffer("table", table, persistent=False)

    def forward(self, soma: Tensor) -> Tensor:
        """Event rates of potentials that are integers, in the tensor's floating dtype."""
        stair = ((soma - self._start) / self._width).floor_() + 1
        if self.table is None:
            return (stair.clamp_(0, self._stairs) + self._lowest) * self._unit
        return self.table[stair.clamp_(0, len(self.table) - 1).long()].to(soma.dtype)


def _edges(ensembles: Ensembles) -> tuple[NDArray[np.int64], int]:
    """The smallest potential of every event rate but the lowest; and that rate."""
    limit = 1 << (STATE_BITS - 1)
    lowest, highest = ensembles.event_rate(np.array([-limit, limit - 1], dtype=np.int64))
    wanted = np.arange(lowest + 1, highest + 1)
    below: NDArray[np.int64] = np.full(len(wanted), -limit)
    reached: NDArray[np.int64] = np.full(len(wanted), limit - 1)
    for _ in range(STATE_BITS):  # halves what is left between the two
        middle = (below + reached) // 2
        is_reached = ensembles.event_rate(middle) >= wanted
        below, reached = np.where(is_reached, below, middle), np.where(is_reached, middle, reached)
    return reached.astype(np.int64), int(lowest)


def _is_power(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0
