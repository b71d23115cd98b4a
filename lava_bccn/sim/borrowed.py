"""Tuples of arrays for compiled loops, whose references these do not count.

An entry of a typed list, taken out of it, counts one reference more to each of its arrays, and
later one less, by instructions that wait for each other: for a tuple of 20 arrays as long as a step
of 30 neurons takes. Who holds the tuples for the whole of a loop can do without; and a typed list
takes seconds to compile in every process.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import extending, types

from lava_bccn.sim.jit import kept

_intrinsic: Any = extending.intrinsic  # its types do not know that compiled code calls the result


class Borrowed(NamedTuple):
    """Entries of one type, for as long as they are held."""

    memory: Any
    """(length · bytes of an entry,): the entries as compiled code lays them out."""
    length: int
    kind: Any
    """An entry, which tells their type."""

    def __reduce__(self) -> Any:
        """Refuse to be copied: where the arrays are in memory would not be true of the copy."""
        raise TypeError("borrowed entries cannot be copied; borrow them anew")


@_intrinsic
def _bytes(typing_context: Any, item: Any) -> Any:
    """How many bytes an entry has in memory."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        size = context.get_abi_sizeof(context.get_data_type(item))
        return context.get_constant(types.intp, size)

    return types.intp(item), code


def _place(context: Any, builder: Any, memory: Any, item_type: Any, index: Any) -> Any:
    """A pointer to an entry."""
    data = context.make_array(memory[0])(context, builder, memory[1]).data
    pointer = context.get_data_type(item_type).as_pointer()
    return builder.gep(builder.bitcast(data, pointer), [index])


@_intrinsic
def _put(typing_context: Any, memory: Any, index: Any, item: Any) -> Any:
    """Lay an entry into memory."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, (memory, arguments[0]), item, arguments[1])
        context.pack_value(builder, item, arguments[2], place)
        return context.get_dummy_value()

    return types.none(memory, types.intp, item), code


@_intrinsic
def _get(typing_context: Any, memory: Any, index: Any, kind: Any) -> Any:
    """An entry that lies in memory."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, (memory, arguments[0]), kind, arguments[1])
        return context.unpack_value(builder, kind, place)

    return kind(memory, types.intp, kind), code


def _lay(memory: Any, index: int, item: Any) -> int:
    """Lay an entry into memory, if there is any; how many bytes it takes."""
    if len(memory) > 0:
        _put(memory, index, item)
    return _bytes(item)


@cache
def laying(kind: Any) -> Any:
    """``_lay``, compiled, for entries of a class, and kept apart from that for others.

    What is kept names its types, and no process could read it that lacks the module of one.
    """
    return kept(_lay, kind=kind)


def borrow(items: Sequence[Any], kind: Any = None) -> Borrowed:
    """Lay entries of one type out for compiled code, which can read them while they are held.

    Args:
        items: the entries.
        kind: an entry of their type, for when there is none.
    """
    kind = items[0] if kind is None else kind
    if {numba.typeof(item) for item in items} - {numba.typeof(kind)}:
        raise TypeError("entries of several types cannot be borrowed together")
    its_class: Any = type(kind)
    lay = laying(its_class)
    size = lay(np.empty(0, np.uint8), 0, kind)
    memory = np.empty(len(items) * size, np.uint8)
    for index, item in enumerate(items):
        lay(memory, index, item)
    return Borrowed(memory, len(items), kind)


@extending.register_jitable
def entry(borrowed: Borrowed, index: int) -> Any:
    """One of the entries; only in functions that are :func:`~lava_bccn.sim.jit.vectorised`."""
    return _get(borrowed.memory, index, borrowed.kind)
