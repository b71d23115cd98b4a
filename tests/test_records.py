"""What a file holds is what the dataclass says, or an error that names the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.records import check_unpacked, record, stored_arrays


@dataclass(frozen=True)
class Inner:
    count: int
    share: float = 0.5


@dataclass(frozen=True)
class Outer:
    name: str
    kind: Literal["a", "b"]
    inner: Inner
    many: tuple[Inner, ...] = ()
    pair: tuple[int, int] = (1, 2)
    maybe: Inner | None = None
    flag: bool = False
    notes: Mapping[str, Any] = field(default_factory=dict)
    bytes: NDArray[np.int8] | None = None
    numbers: NDArray[Any] | None = None
    steps: int | NDArray[np.integer[Any]] = 1


WHOLE = {"name": "x", "kind": "a", "inner": {"count": 1}}


def made(**changes: Any) -> Outer:
    return record(Outer, {**WHOLE, **changes})


@given(
    st.builds(
        Outer,
        st.text(),
        st.sampled_from(["a", "b"]),
        st.builds(Inner, st.integers(), st.floats(allow_nan=False)),
        st.lists(st.builds(Inner, st.integers(), st.floats(allow_nan=False))).map(tuple),
        st.tuples(st.integers(), st.integers()),
        st.none() | st.builds(Inner, st.integers()),
        st.booleans(),
        st.dictionaries(st.text(), st.none() | st.integers()),
    )
)
def test_what_was_written_comes_back(value):
    assert record(Outer, asdict(value)) == value


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": 1}, "name must be text, not 1"),
        ({"kind": "c"}, "kind must be one of 'a', 'b', not 'c'"),
        ({"inner": None}, "inner must be fields with names, not None"),
        ({"inner": {}}, "inner.count is missing"),
        ({"inner": {"count": True}}, "inner.count must be an integer, not True"),
        ({"inner": {"count": 1.0}}, "inner.count must be an integer, not 1.0"),
        ({"inner": {"count": 1, "share": "x"}}, "inner.share must be a number, not 'x'"),
        ({"many": [{"count": 1}, {"count": []}]}, r"many\.1\.count must be an integer"),
        ({"many": {}}, "many must be a list"),
        ({"pair": [1]}, r"pair must be a list of 2, not \[1\]"),
        ({"maybe": 3}, "maybe must be fields with names, not 3"),
        ({"flag": 1}, "flag must be true or false, not 1"),
        ({"notes": []}, "notes must be fields with names"),
        ({"other": 1}, "there is no field other"),
        ({"bytes": [1]}, "bytes must be an array of integers"),
        ({"bytes": np.ones(2)}, "bytes must be an array of integers, not dtype"),
        ({"bytes": np.array([128])}, "bytes has values from 128 to 128; expected .* -128 to 127"),
        ({"numbers": np.array([1.0, np.nan])}, "numbers has 1 values that are NaN or infinite"),
        ({"numbers": np.array([True])}, "numbers must be an array of numbers"),
        ({"numbers": np.array([1j])}, "numbers must be an array of numbers"),
        ({"steps": np.ones(2)}, "steps must be an array of integers"),
        ({"name": 10**100}, r"name must be text, not 1000*…"),
    ],
)
def test_what_is_no_such_thing_is_named(changes, message):
    with pytest.raises(InvalidInputError, match=f"^{message}"):
        made(**changes)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint64, np.int64])
def test_integers_are_widened_or_narrowed_to_what_they_are_of(dtype):
    array = made(bytes=np.array([0, 1, 127], dtype=dtype)).bytes
    assert array.dtype == np.int8 and array.tolist() == [0, 1, 127]
    assert made(numbers=np.array([1], dtype=dtype)).numbers.dtype == dtype


def test_archives_are_not_unpacked_to_more_than_they_hold(tmp_path):
    arrays = {"a": np.zeros(10**6), "b": np.arange(3)}
    np.savez(tmp_path / "plain.npz", **arrays)
    assert stored_arrays(tmp_path / "plain.npz").keys() == arrays.keys()
    np.savez_compressed(tmp_path / "bomb.npz", **arrays)
    with pytest.raises(ValueError, match="unpack to more than it holds"):
        check_unpacked(tmp_path / "bomb.npz")
