"""Matching a Process's equations with the arithmetic of the model that Lava selected for it."""

from __future__ import annotations

from typing import Protocol, TypeVar

from lava_bccn.dynamics.ensembles import Precision
from lava_bccn.errors import InvalidInputError


class _HasPrecision(Protocol):
    @property
    def precision(self) -> Precision: ...


Equations = TypeVar("Equations", bound=_HasPrecision)

PRECISION_TAGS: dict[Precision, str] = {"float": "floating_pt", "fixed": "fixed_pt"}
"""Tag of the ProcessModels of each precision."""


def checked(equations: Equations, wanted: Precision, model: object) -> Equations:
    """``equations``, if they are in the arithmetic of the model.

    Raises:
        InvalidInputError: names the tag to select instead.
    """
    check_precision(equations.precision, wanted, model)
    return equations


def check_precision(given: Precision, wanted: Precision, model: object) -> None:
    """Check that a Process's constants are in the arithmetic of the model.

    Raises:
        InvalidInputError: names the tag to select instead.
    """
    if given != wanted:
        raise InvalidInputError(
            f"{type(model).__name__} calculates in {wanted} precision, but the Process was made "
            f"for {given}; run it with Loihi2SimCfg(select_tag={PRECISION_TAGS[given]!r})"
        )
