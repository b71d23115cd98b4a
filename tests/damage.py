"""Ways to damage files of every kind that the package reads; ``tests/test_damaged_files.py``."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from safetensors.numpy import load, save

ODD_VALUES = (
    *(None, True, False, -1, 0, 1, 2, 7, 1.5, 0.25, 1e308, -1e308, 10**30, "x", "", "fixed"),
    *(float("nan"), float("inf"), [], {}, [1], [[]], {"x": 1}, [0, 0], [-1, 1], [2, 2, 2]),
)
DELETED = object()

ODD_ARRAYS = (
    np.zeros(0),
    np.zeros((2, 3)),
    np.full((2, 2), np.nan),
    np.array(1.0),
    np.array([1, 2], dtype=np.uint8),
    np.array([[2**63]], dtype=np.uint64),
    np.array([True]),
    np.arange(6, dtype=np.int32).reshape(1, 2, 3),
    np.full(4, np.inf, dtype=np.float16),
)


@st.composite
def bytes_damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Cut, or with some bytes flipped, put in or taken out."""
    cut = draw(st.integers(0, len(content) - 1))
    kind = draw(st.sampled_from(("cut", "flip", "insert", "drop", "zero")))
    if kind == "cut":
        return content[:cut]
    if kind == "insert":
        return content[:cut] + draw(st.binary(min_size=1, max_size=9)) + content[cut:]
    length = draw(st.integers(1, 9))
    if kind == "drop":
        return content[:cut] + content[cut + length :]
    if kind == "zero":
        return content[:cut] + bytes(length) + content[cut + length :]
    flipped = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, min(len(content), draw(st.sampled_from((40, 10**9)))) - 1))
        flipped[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(flipped)


@st.composite
def value_damaged(draw: st.DrawFn, value: Any) -> Any:
    """Nested data with something in it deleted or replaced."""
    changed = copy.deepcopy(value)
    for _ in range(draw(st.sampled_from((1, 1, 2)))):
        place = changed
        while True:
            keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                return changed
            key = draw(st.sampled_from(keys))
            inside = place[key]
            if not isinstance(inside, dict | list) or not inside or draw(st.integers(0, 7)) == 0:
                break
            place = inside
        if isinstance(inside, np.ndarray | torch.Tensor):
            new: Any = draw(_array_damaged(np.asarray(inside)))
            if isinstance(inside, torch.Tensor) and new is not DELETED:
                signed = {"u8": np.int64, "u4": np.int64, "u2": np.int32}
                new = torch.tensor(new.astype(signed.get(new.dtype.str[1:], new.dtype)))
        else:
            new = draw(st.sampled_from((DELETED, *ODD_VALUES)))
            new = new if new is DELETED else copy.deepcopy(new)
        if new is DELETED:
            del place[key]
        else:
            place[key] = new
    return changed


@st.composite
def _array_damaged(draw: st.DrawFn, array: np.ndarray) -> Any:
    kind = draw(st.sampled_from(("other", "delete", "dtype", "value", "shape")))
    if kind == "other":
        return draw(st.sampled_from(ODD_ARRAYS))
    if kind == "delete":
        return DELETED
    if array.dtype.kind not in "biuf":
        flat = array.reshape(-1)
        return draw(st.sampled_from((flat[:0], np.array("x", dtype=object), flat)))
    if kind == "dtype":
        with np.errstate(all="ignore"):
            dtypes = ("u1", "i1", "i2", "i8", "u8", "f2", "f4", "f8", "?")
            return array.astype(draw(st.sampled_from(dtypes)))
    if kind == "shape" or not array.size:
        return draw(st.sampled_from((array.reshape(-1), array[None], array.T, array[..., None])))
    changed = array.copy()
    values = (np.nan, np.inf, -np.inf, 1e300) if array.dtype.kind == "f" else (-128, 127, 0, 100)
    with np.errstate(all="ignore"):
        new = np.asarray(draw(st.sampled_from(values)))
        changed.reshape(-1)[draw(st.integers(0, array.size - 1))] = new.astype(array.dtype)
    return changed


Edit = Callable[[Any], Any]


def edit_safetensors(content: bytes, edit: Edit) -> bytes:
    """What its header says, and its tensors, edited together."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["lava_bccn"])
    changed = edit({"header": header, "tensors": load(content)})
    tensors = changed.get("tensors")
    tensors = tensors if isinstance(tensors, dict) else {}
    arrays = {name: np.ascontiguousarray(a) for name, a in tensors.items() if np.ndim(a)}
    return save(
        {name: a for name, a in arrays.items() if isinstance(a, np.ndarray)},
        {"lava_bccn": json.dumps(changed.get("header"))},
    )


def edit_torch(content: bytes, edit: Edit) -> bytes:
    """A file of ``torch.save``."""
    stream = io.BytesIO()
    torch.save(edit(torch.load(io.BytesIO(content), weights_only=True)), stream)
    return stream.getvalue()


def edit_npz(content: bytes, edit: Edit) -> bytes:
    """A file of ``numpy.savez``."""
    with np.load(io.BytesIO(content)) as file:
        changed = edit(dict(file))
    stream = io.BytesIO()
    np.savez(stream, **changed)
    return stream.getvalue()


def edit_json(content: bytes, edit: Edit) -> bytes:
    """JSON."""
    return json.dumps(edit(json.loads(content))).encode()


def edit_hdf5(content: bytes, edit: Edit) -> bytes:
    """HDF5, whose texts may be JSON."""
    import h5py

    def read(group: Any) -> dict[str, Any]:
        return {
            name: read(item) if isinstance(item, h5py.Group) else _value(item[()])
            for name, item in group.items()
        }

    def write(group: Any, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if isinstance(value, dict) and not name.startswith("lava_bccn"):
                write(group.create_group(name), value)
            elif isinstance(value, np.ndarray) and value.dtype == object:
                group.create_dataset(name, data=value, dtype=h5py.string_dtype())
            else:
                is_text = value is None or isinstance(value, dict | list | int)
                group[name] = json.dumps(value) if is_text else value

    with h5py.File(io.BytesIO(content)) as file:
        values = edit(read(file))
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        write(file, values)
    return stream.getvalue()


def _value(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value.decode()
