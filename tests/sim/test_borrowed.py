"""Entries of a typed list, borrowed by compiled loops."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from lava_bccn.sim.borrowed import borrow, entry
from lava_bccn.sim.jit import jit, vectorised


class Entry(NamedTuple):
    values: Any
    is_doubled: bool
    counted: Any
    scale: float


@vectorised
def _scaled(borrowed, number):
    item = entry(borrowed, number)
    for i in range(len(item.values)):
        item.values[i] *= item.scale * (1 + item.is_doubled)
        item.counted[0] += 1


@jit
def _scale_all(items):
    borrowed = borrow(items)
    for _ in range(3):
        for number in range(borrowed.length):
            _scaled(borrowed, number)


def test_borrowed_entries_are_those_of_the_list():
    entries = [
        Entry(np.arange(size, dtype=float), size % 2 == 0, np.zeros(1, np.int8), 0.5 + size)
        for size in range(5)
    ]
    _scale_all(numba.typed.List(entries))
    for size, item in enumerate(entries):
        factor = (0.5 + size) * (1 + (size % 2 == 0))
        np.testing.assert_allclose(item.values, np.arange(size) * factor**3)
        assert item.counted[0] == 3 * size
