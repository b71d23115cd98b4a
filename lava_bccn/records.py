"""What files hold as JSON and arrays, checked against the dataclasses that it was written from."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError

Record = TypeVar("Record")

_SCALARS = {int: "an integer", float: "a number", bool: "true or false", str: "text"}


def record(kind: type[Record], value: object, name: str = "") -> Record:
    """A dataclass from a dictionary of its fields, which may hold dataclasses again.

    Numbers, text, tuples and dictionaries are checked against the annotations; arrays against their
    dtypes, to which they are widened, and none may hold NaN or infinity.

    Args:
        kind: the dataclass.
        value: its fields by name; those that have a default may be missing.
        name: what to call it in an error; none for that of a whole file.

    Raises:
        InvalidInputError: something is missing, unknown, or no such thing as its annotation says.
    """
    stored = _mapping(value, name or "its content")
    prefix, hints = name and f"{name}.", get_type_hints(kind)
    known = {each.name: each for each in fields(cast(Any, kind)) if each.init}
    for unknown in sorted(map(str, stored.keys() - known.keys())):
        raise InvalidInputError(f"there is no field {prefix}{unknown[:80]}")
    for field in known.values():
        is_optional = (field.default, field.default_factory) != (MISSING, MISSING)
        if field.name not in stored and not is_optional:
            raise InvalidInputError(f"{prefix}{field.name} is missing")
    return kind(**{each: typed(stored[each], hints[each], f"{prefix}{each}") for each in stored})


def typed(value: Any, hint: Any, name: str) -> Any:
    """A value as an annotation says: lists become tuples, integers numbers, dictionaries records.

    Raises:
        InvalidInputError: it is no such thing.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, UnionType):
        return _one_of(value, inner, name)
    if origin is Literal:
        if not any(value == each and type(value) is type(each) for each in inner):
            raise _unlike(name, f"one of {', '.join(map(repr, inner))}", value)
        return value
    if origin is NDArray:  # an alias of its own since NumPy 2.5
        return array(value, inner[0], name)
    if origin is np.ndarray:
        return array(value, get_args(inner[1])[0], name)
    if origin is tuple:
        return _tuple(value, inner, name)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        items = _mapping(value, name).items()
        return {typed(key, inner[0], name): typed(v, inner[1], f"{name}.{key}") for key, v in items}
    if is_dataclass(hint):
        return value if isinstance(value, cast(Any, hint)) else record(cast(Any, hint), value, name)
    accepted = (int, float) if hint is float else hint
    if not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool):
        raise _unlike(name, _SCALARS.get(hint, str(hint)), value)
    return float(value) if hint is float else value


def array(value: Any, dtype: Any, name: str) -> NDArray[Any]:
    """An array of finite numbers as a dtype; an abstract one, or Any, leaves it its own.

    Raises:
        InvalidInputError: it is none, or its numbers are of another kind, too large, or not finite.
    """
    is_abstract = dtype is Any or get_origin(dtype) is not None
    wanted = "iuf" if dtype is Any else "iu" if _is_integer(dtype) else "iuf"
    if not isinstance(value, np.ndarray) or value.dtype.kind not in wanted:
        what = "integers" if wanted == "iu" else "numbers"
        got = value.dtype if isinstance(value, np.ndarray) else value
        raise _unlike(name, f"an array of {what}", got)
    if value.dtype.kind == "f" and not np.isfinite(value).all():
        count = int((~np.isfinite(value)).sum())
        raise InvalidInputError(f"{name} has {count} values that are NaN or infinite")
    if is_abstract or value.dtype == dtype:
        return value
    if wanted == "iu" and value.size:
        limits = np.iinfo(dtype)
        if int(value.min()) < limits.min or int(value.max()) > limits.max:
            raise InvalidInputError(
                f"{name} has values from {value.min()} to {value.max()}; expected integers from "
                f"{limits.min} to {limits.max}"
            )
    return value.astype(dtype)


def _is_integer(dtype: Any) -> bool:
    return issubclass(get_origin(dtype) or dtype, np.integer)


def _one_of(value: Any, hints: tuple[Any, ...], name: str) -> Any:
    """The first of several annotations that fits; the complaint of the last where none does."""
    if value is None and NoneType in hints:
        return None
    *first, last = (each for each in hints if each is not NoneType)
    for hint in first:
        try:
            return typed(value, hint, name)
        except InvalidInputError:
            continue
    return typed(value, last, name)


def _tuple(value: Any, hints: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise _unlike(name, "a list", value)
    if hints[-1] is Ellipsis:
        hints = (hints[0],) * len(value)
    if len(value) != len(hints):
        raise _unlike(name, f"a list of {len(hints)}", value)
    return tuple(
        typed(each, hint, f"{name}.{index}")
        for index, (each, hint) in enumerate(zip(value, hints, strict=True))
    )


def _mapping(value: object, name: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise _unlike(name, "fields with names", value)
    return value


def _unlike(name: str, expected: str, value: object) -> InvalidInputError:
    got = repr(value)
    return InvalidInputError(f"{name} must be {expected}, not {got[:60]}{'…' * (len(got) > 60)}")


def stored_arrays(path: str | Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file of ``numpy.savez``, which does not compress.

    Raises:
        ValueError, OSError, zipfile.BadZipFile, …: it is none, or would unpack to more than it
            holds; see :func:`~lava_bccn.files.content_of`.
    """
    check_unpacked(path)
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def check_unpacked(path: str | Path) -> list[zipfile.ZipInfo]:
    """What is in an archive whose entries are not compressed.

    Raises:
        ValueError, OSError, zipfile.BadZipFile: it is none, or would unpack to more than it holds.
    """
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > Path(path).stat().st_size:
        raise ValueError("it would unpack to more than it holds")
    return entries
