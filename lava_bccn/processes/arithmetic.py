"""Matching a Process's equations with the arithmetic of the model that Lava selected for it."""

from __future__ import annotations

from typing import TypeVar

from lava_bccn.dynamics.ensembles import (
    FloatEnsembles,
    HardFloatEnsembles,
    HardIntegerEnsembles,
    IntegerEnsembles,
)
from lava_bccn.dynamics.synapses import FloatSynapses, IntegerSynapses
from lava_bccn.errors import InvalidInputError

Equations = TypeVar("Equations")

PRECISION_TAGS = {"float": "floating_pt", "fixed": "fixed_pt"}
"""Tag of the ProcessModels of each precision."""

TAGS: dict[type, str] = {
    FloatEnsembles: "floating_pt",
    IntegerEnsembles: "fixed_pt",
    HardFloatEnsembles: "floating_pt",
    HardIntegerEnsembles: "fixed_pt",
    FloatSynapses: "floating_pt",
    IntegerSynapses: "fixed_pt",
}
"""Tag of the ProcessModels that calculate with these equations."""


def checked(equations: Equations, wanted: type[Equations], model: object) -> Equations:
    """``equations``, if they are in the arithmetic of the model.

    Raises:
        InvalidInputError: names the tag to select instead.
    """
    if not isinstance(equations, wanted):
        raise InvalidInputError(
            f"{type(model).__name__} calculates with {wanted.__name__}, but the Process was given "
            f"{type(equations).__name__}; run it with "
            f"Loihi2SimCfg(select_tag={TAGS.get(type(equations), 'floating_pt')!r})"
        )
    return equations


def check_precision(given: str, wanted: str, model: object) -> None:
    """Check that a Process's constants are in the arithmetic of the model.

    Raises:
        InvalidInputError: names the tag to select instead.
    """
    if given != wanted:
        raise InvalidInputError(
            f"{type(model).__name__} calculates in {wanted} precision, but the Process was made "
            f"for {given}; run it with Loihi2SimCfg(select_tag={PRECISION_TAGS[given]!r})"
        )
