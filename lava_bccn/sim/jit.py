"""Compiling equations with numba, and keeping what was compiled between runs."""

from __future__ import annotations

import hashlib
import inspect
import logging
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numba
from numba import types
from numba.extending import overload, register_jitable

from lava_bccn.dynamics import arithmetic, fixed_point, integer_plasticity, stochastic_rounding

_log = logging.getLogger(__name__)

_registered: set[Any] = set()
_folders: set[str] = set()

_ONLY_COMPILED: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Options of what only compiled code calls: without the entries for other callers, which take a
while to compile."""


def jit(function: Any) -> Any:
    """Compile a function with the loop that calls it (which alone is kept between runs)."""
    return numba.njit(nogil=True)(_told_apart(function))


def inlined(function: Any) -> Any:
    """The same, for what is called so often that a call itself takes time."""
    return numba.njit(nogil=True, forceinline=True)(_told_apart(function))


def vectorised(function: Any) -> Any:
    """The same as :func:`jit`, for loops that are to become vectors, which only loops call.

    They become part of what calls them: a call would hand over every array that a tuple holds.
    A division by zero does not end them with an error, but gives what IEEE 754 says. Arrays that
    they are given are not counted as references (by instructions that wait for each other), so they
    can make none of their own. Python cannot call them, which saves a third of the compiling.
    """
    options: dict[str, Any] = {
        "forceinline": True,
        "error_model": "numpy",
        **_ONLY_COMPILED,
        "_nrt": False,
    }
    return numba.njit(nogil=True, **options)(_told_apart(function))


def _told_apart(function: Any, parts: Iterable[Any] | None = None) -> Any:
    """The function, with a name that no other has: one closure may be made of other parts.

    Compiled code that was kept brings its functions along, and of two that have a name the linker
    takes either. By default the parts are those that a closure closes over.
    """
    if parts is None:
        parts = [cell.cell_contents for cell in function.__closure__ or ()]
    names = [_name_of(getattr(part, "py_func", part)) for part in parts]
    if names:
        digest = hashlib.sha256(" ".join(names).encode()).hexdigest()
        function.__qualname__ = f"{function.__qualname__}_{digest[:12]}"
    return function


def _name_of(part: Any) -> str:
    name = getattr(part, "__qualname__", None)
    return repr(part) if name is None else f"{part.__module__}.{name}"


def register(functions: Iterable[Any]) -> None:
    """Let compiled code call equations as they stand, with single numbers.

    Of those with two forms (``arithmetic.either``) the static type of an argument decides.
    """
    for function in functions:
        if function in _registered:
            continue
        _registered.add(function)
        if hasattr(function, "forms"):
            _register_choice(function)
        else:
            register_jitable(**_ONLY_COMPILED)(function)


def _register_choice(function: Any) -> None:
    integer, floating, decided_by = function.forms
    register((integer, floating))

    def choose(*arguments: Any) -> Any:
        is_real = isinstance(arguments[decided_by], types.Float)
        return floating if is_real else integer

    overload(function, strict=False, jit_options=_ONLY_COMPILED)(choose)


def functions_in(*modules: ModuleType) -> list[Any]:
    """All functions that modules define, those of two forms included."""
    return [
        value
        for module in modules
        for value in vars(module).values()
        if hasattr(value, "forms")
        or (inspect.isfunction(value) and value.__module__ == module.__name__)
    ]


def fingerprint(modules: Iterable[ModuleType]) -> str:
    """Changes with the source of this module, and of any of the modules."""
    sources = map(inspect.getsource, (sys.modules[__name__], *modules))
    return hashlib.sha256("".join(sources).encode()).hexdigest()


def module_of(function: Any) -> ModuleType | None:
    """The module with a function's source; None where no file has it, as in a notebook."""
    module = inspect.getmodule(function)
    return module if Path(getattr(module, "__file__", None) or "").is_file() else None


def kept(function: Callable[..., Any], *, keep: bool = True, **names: Any) -> Any:
    """A loop, kept compiled between runs for as long as none of its parts changes.

    Numba notices changes of the loop's own file by itself; those of others it gets to know from
    their :func:`fingerprint`, which has to be a variable of the function's closure.

    Args:
        function: the loop.
        keep: False for a loop whose parts have no source to tell them apart by.
        names: compiled functions that it calls by these global names.
    """
    bound = FunctionType(
        function.__code__,
        {**function.__globals__, **names},
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    bound.__qualname__ = function.__qualname__
    _told_apart(bound, names.values())
    try:
        compiled = numba.njit(cache=keep, nogil=True)(bound)
    except RuntimeError:  # no folder to keep it in
        _tell_that_nothing_is_kept()
        return numba.njit(nogil=True)(bound)
    if keep:
        _folders.add(str(compiled.stats.cache_path))
    return compiled


def cache_folders() -> list[str]:
    """Where the loops that this process has used are kept: with the package, or by user."""
    return sorted(_folders)


@cache
def _tell_that_nothing_is_kept() -> None:
    """Once a process."""
    _log.warning(
        "there is no folder that compiled code can be kept in, so every process compiles anew; "
        "name one that can be written in NUMBA_CACHE_DIR"
    )


def entries(arrays: tuple[Any, ...], index: int) -> tuple[Any, ...]:
    """Entry ``index`` of each array of a tuple; also in compiled code, whatever their types."""
    return tuple(array[index] for array in arrays)


def store(arrays: tuple[Any, ...], index: int, values: tuple[Any, ...]) -> None:
    """Set entry ``index`` of each array of a tuple; also in compiled code."""
    for array, value in zip(arrays, values, strict=True):
        array[index] = value


@overload(entries)
def _entries(arrays: Any, index: Any) -> Any:
    def last(arrays: Any, index: Any) -> Any:
        return (arrays[0][index],)

    def first(arrays: Any, index: Any) -> Any:
        # Compiled code adds tuples; it has no unpacking of them.
        return (arrays[0][index],) + entries(arrays[1:], index)  # noqa: RUF005

    return last if len(arrays) == 1 else first


@overload(store)
def _store(arrays: Any, index: Any, values: Any) -> Any:
    def last(arrays: Any, index: Any, values: Any) -> None:
        arrays[0][index] = values[0]

    def first(arrays: Any, index: Any, values: Any) -> None:
        arrays[0][index] = values[0]
        store(arrays[1:], index, values[1:])

    return last if len(arrays) == 1 else first


INTEGERS = (arithmetic, fixed_point, integer_plasticity, stochastic_rounding)
"""Modules of which every compiled loop uses something."""

register(functions_in(*INTEGERS))
