"""Columns of a table, in whatever units, as event rates in [0, 1]."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import DataWarning, InvalidInputError

MANY = 0.01
"""Share of values out of range that is worth a warning; a few are, in any test set."""

_SHOWN = 3


@dataclass(frozen=True)
class Scaling:
    """What is 0 and what is 1 of every column.

    Attributes:
        columns: their names.
        lowest, highest: of each column in the training set; where they are the same, all is 0.
    """

    columns: tuple[str, ...]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]

    def __post_init__(self) -> None:
        limits = np.array([self.lowest, self.highest], dtype=np.float64)
        is_whole = limits.shape == (2, len(self.columns)) and len(self.columns) > 0
        if not is_whole or not np.isfinite(limits).all() or (limits[0] > limits[1]).any():
            raise ValueError("a scaling needs a lowest and a highest number of every column")

    @classmethod
    def of(cls, columns: Sequence[str], values: NDArray[np.float64]) -> Scaling:
        """That of a training set, (samples, columns) of finite numbers."""
        lowest, highest = values.min(0), values.max(0)
        constant = [name for name, same in zip(columns, lowest == highest, strict=True) if same]
        if constant:
            others = f" and {len(constant) - _SHOWN} more" if len(constant) > _SHOWN else ""
            warnings.warn(
                f"the same in all of the training set, so 0: {', '.join(constant[:_SHOWN])}{others}"
                f" ({len(constant)} of {len(columns)} columns)",
                DataWarning,
                stacklevel=2,
            )
        return cls(tuple(columns), tuple(lowest.tolist()), tuple(highest.tolist()))

    def apply(self, columns: Sequence[str], values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Event rates; what lies beyond the training set's range is 0 or 1.

        Raises:
            InvalidInputError: other columns.
        """
        if tuple(columns) != self.columns:
            raise InvalidInputError(
                f"the table has the columns {_listed(columns)}, and it was scaled and trained on "
                f"{_listed(self.columns)}; give it the same columns in the same order"
            )
        lowest, highest = np.array(self.lowest), np.array(self.highest)
        # Halves, so that not even the largest numbers overflow.
        span = highest / 2 - lowest / 2
        above = values.clip(lowest, highest) / 2 - lowest / 2
        beyond = float(((values < lowest) | (values > highest)).mean())
        if beyond > MANY:
            warnings.warn(
                f"{beyond:.1%} of the values lie outside the range of the training set and are "
                "taken for its ends; is the table in the same units?",
                DataWarning,
                stacklevel=2,
            )
        return (above / np.where(span > 0, span, 1)).astype(np.float32)

    def notes(self) -> dict[str, Any]:
        """As a file records it, in plain data."""
        return {name: list(value) for name, value in vars(self).items()}

    @classmethod
    def recorded(cls, notes: Mapping[str, Any]) -> Scaling:
        """Of what :meth:`notes` gave.

        Raises:
            KeyError, TypeError, ValueError: it is damaged.
        """
        numbers = (tuple(map(float, notes[name])) for name in ("lowest", "highest"))
        return cls(tuple(map(str, notes["columns"])), *numbers)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown}, ... ({len(names)})" if len(names) > _SHOWN else shown
