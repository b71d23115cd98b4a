"""Entries of a typed list whose references are not counted: for the innermost loops.

An entry of a list, taken out of it, counts one reference more to each of its arrays, and later one
less, by instructions that wait for each other: for a tuple of 20 arrays as long as a step of 30
neurons takes. Who holds the list for the whole of a loop can do without.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import extending, types

from lava_bccn.sim.jit import jit

_intrinsic: Any = extending.intrinsic  # its types do not know that compiled code calls the result


class Borrowed(NamedTuple):
    """Entries of a list, for as long as that is held."""

    memory: Any
    """(length · bytes of an entry,): the entries as compiled code lays them out."""
    length: int
    items: Any
    """The list, which tells their type."""


@_intrinsic
def _bytes(typing_context: Any, items: Any) -> Any:
    """How many bytes an entry of a list has in memory."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        size = context.get_abi_sizeof(context.get_data_type(items.item_type))
        return context.get_constant(types.intp, size)

    return types.intp(items), code


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
def _get(typing_context: Any, memory: Any, index: Any, items: Any) -> Any:
    """An entry that lies in memory."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, (memory, arguments[0]), items.item_type, arguments[1])
        return context.unpack_value(builder, items.item_type, place)

    return items.item_type(memory, types.intp, items), code


@jit
def borrow(items: Any) -> Borrowed:
    """All entries of a typed list, in compiled code, which has to hold the list meanwhile."""
    memory = np.empty(len(items) * _bytes(items), np.uint8)
    for index in range(len(items)):
        _put(memory, index, items[index])
    return Borrowed(memory, len(items), items)


@extending.register_jitable
def entry(borrowed: Borrowed, index: int) -> Any:
    """One of the entries; only in functions that are :func:`~lava_bccn.sim.jit.vectorised`."""
    return _get(borrowed.memory, index, borrowed.items)
