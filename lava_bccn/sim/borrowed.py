"""Entries of a typed list whose references are not counted: for the innermost loops.

An entry of a list, taken out of it, counts one reference more to each of its arrays, and later one
less, by instructions that wait for each other: for a tuple of 20 arrays as long as a step of 30
neurons takes. Who holds the list for the whole of a loop can do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import extending, types
from numpy.typing import NDArray

from lava_bccn.sim.jit import jit, kept

_intrinsic: Any = extending.intrinsic  # its types do not know that compiled code calls the result


class Borrowed(NamedTuple):
    """Entries of a list, for as long as that is held."""

    memory: Any
    """(length · bytes of an entry,): the entries as compiled code lays them out."""
    length: int
    items: Any
    """The list, or one of them, which tells their type."""


def _type_of(items: Any) -> Any:
    """The type of entries of a list, or of an entry."""
    return getattr(items, "item_type", items)


@_intrinsic
def _bytes(typing_context: Any, items: Any) -> Any:
    """How many bytes an entry of a list, or an entry, has in memory."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        size = context.get_abi_sizeof(context.get_data_type(_type_of(items)))
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
        place = _place(context, builder, (memory, arguments[0]), _type_of(items), arguments[1])
        return context.unpack_value(builder, _type_of(items), place)

    return _type_of(items)(memory, types.intp, items), code


@jit
def borrow(items: Any) -> Borrowed:
    """All entries of a typed list, in compiled code, which has to hold the list meanwhile."""
    memory = np.empty(len(items) * _bytes(items), np.uint8)
    for index in range(len(items)):
        _put(memory, index, items[index])
    return Borrowed(memory, len(items), items)


def _lay(memory: Any, index: int, item: Any) -> int:
    """Lay an entry into memory, if there is any; how many bytes it takes."""
    if len(memory) > 0:
        _put(memory, index, item)
    return _bytes(item)


_kept_lay = kept(_lay)


def laid_out(items: Sequence[Any]) -> NDArray[np.uint8]:
    """Entries of one type as ``Borrowed.memory``, which holds for as long as they are held.

    A typed list, of which :func:`borrow` makes the same, takes seconds to compile in every process.
    """
    assert len({numba.typeof(item) for item in items}) == 1
    size = _kept_lay(np.empty(0, np.uint8), 0, items[0])
    memory = np.empty(len(items) * size, np.uint8)
    for index, item in enumerate(items):
        _kept_lay(memory, index, item)
    return memory


@extending.register_jitable
def entry(borrowed: Borrowed, index: int) -> Any:
    """One of the entries; only in functions that are :func:`~lava_bccn.sim.jit.vectorised`."""
    return _get(borrowed.memory, index, borrowed.items)
