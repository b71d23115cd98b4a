"""Threads of compiled code that wait for each other, many times in a millisecond.

A barrier counts who has arrived; the last one opens it. Threads look at it in a loop, for it opens
within microseconds, and now and then let others have their core, for these may be who is awaited.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import extending, types
from numpy.typing import NDArray

from lava_bccn.sim.jit import jit

LOOKS = 2000
"""At the barrier, some microseconds, before a thread lets others have its core."""

_ARRIVED, _OPENED, _THREADS = 0, 8, 16
"""Places in a barrier, each in a cache line of its own."""

_intrinsic: Any = extending.intrinsic  # its types do not know that compiled code calls the result


def barrier(threads: int) -> NDArray[np.int64]:
    """A meeting place for a number of threads."""
    made = np.zeros(_THREADS + 1, dtype=np.int64)
    made[_THREADS] = threads
    return made


def cancel(barrier: NDArray[np.int64]) -> None:
    """Let those go who wait at a barrier, or will, for one who is not to come."""
    barrier[_THREADS] = -1


@_intrinsic
def _add(typing_context: Any, places: Any, index: Any, value: Any) -> Any:
    """Add to one place at once; returns what was there, in the order of all threads."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(places)(context, builder, arguments[0]).data
        return builder.atomic_rmw(
            "add", builder.gep(data, [arguments[1]]), arguments[2], ordering="seq_cst"
        )

    return types.int64(places, types.intp, types.int64), code


@_intrinsic
def _read(typing_context: Any, places: Any, index: Any) -> Any:
    """What is in one place, in the order of all threads."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(places)(context, builder, arguments[0]).data
        return builder.load_atomic(builder.gep(data, [arguments[1]]), "seq_cst", 8)

    return types.int64(places, types.intp), code


if sys.platform == "win32":  # has no such call of this name; threads then just look on

    @jit
    def _let_others() -> None:
        pass

else:
    _yield = types.ExternalFunction("sched_yield", types.int32())

    @jit
    def _let_others() -> None:
        _yield()


@jit
def meet(barrier: Any) -> bool:
    """Wait until every thread has come here, and see what it has written before.

    Returns:
        Whether all have come: False if it was cancelled.
    """
    threads = _read(barrier, _THREADS)
    if threads == 1:
        return True
    opened = _read(barrier, _OPENED)
    if _add(barrier, _ARRIVED, 1) == threads - 1:
        _add(barrier, _ARRIVED, -threads)
        _add(barrier, _OPENED, 1)
        return True
    looks = 0
    while _read(barrier, _OPENED) == opened:
        if _read(barrier, _THREADS) < 0:
            return False
        looks += 1
        if looks % LOOKS == 0:
            _let_others()
    return True
