"""Tuples of arrays, borrowed by compiled loops."""

from __future__ import annotations

import copy
import pickle
from typing import Any, NamedTuple

import numpy as np
import pytest

from lava_bccn.sim.borrowed import borrow, entry, laying
from lava_bccn.sim.jit import jit, vectorised
from lava_bccn.sim.spiking.compiled import PopulationArrays


class Entry(NamedTuple):
    values: Any
    is_doubled: bool
    counted: Any
    scale: float


def _entries(count):
    return [
        Entry(np.arange(size, dtype=float), size % 2 == 0, np.zeros(1, np.int8), 0.5 + size)
        for size in range(count)
    ]


@vectorised
def _scaled(borrowed, number):
    item = entry(borrowed, number)
    for i in range(len(item.values)):
        item.values[i] *= item.scale * (1 + item.is_doubled)
        item.counted[0] += 1


@jit
def _scale_all(borrowed):
    for _ in range(3):
        for number in range(borrowed.length):
            _scaled(borrowed, number)


def test_borrowed_entries_are_those_that_are_held():
    entries = _entries(5)
    _scale_all(borrow(entries))
    for size, item in enumerate(entries):
        factor = (0.5 + size) * (1 + (size % 2 == 0))
        np.testing.assert_allclose(item.values, np.arange(size) * factor**3)
        assert item.counted[0] == 3 * size


def test_kinds_are_kept_apart():
    """A process reads what is kept of the kinds that it knows, whoever has borrowed others."""
    own, other = laying(Entry), laying(PopulationArrays)
    assert own.py_func.__qualname__ != other.py_func.__qualname__


def test_there_may_be_none_of_a_kind():
    (kind,) = _entries(1)
    borrowed = borrow([], kind)
    _scale_all(borrowed)
    assert (borrowed.length, kind.counted[0]) == (0, 0)


def test_entries_of_several_types_are_not_borrowed():
    one, other = _entries(2)
    with pytest.raises(TypeError, match="several types"):
        borrow([one, other._replace(scale=1)])


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_where_arrays_are_is_not_copied(copied):
    with pytest.raises(TypeError, match="borrow them anew"):
        copied(borrow(_entries(1)))
