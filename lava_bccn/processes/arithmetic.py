"""Matching a Process's equations with the arithmetic of the model that Lava selected for it."""

from __future__ import annotations

from lava_bccn.dynamics.ensembles import Ensembles, FloatEnsembles, IntegerEnsembles
from lava_bccn.errors import InvalidInputError

TAGS: dict[type, str] = {FloatEnsembles: "floating_pt", IntegerEnsembles: "fixed_pt"}
"""Tag of the ProcessModels that calculate with these equations."""


def checked(ensembles: Ensembles, wanted: type[Ensembles], model: object) -> Ensembles:
    """``ensembles``, if they are in the arithmetic of the model.

    Raises:
        InvalidInputError: names the tag to select instead.
    """
    if not isinstance(ensembles, wanted):
        raise InvalidInputError(
            f"{type(model).__name__} calculates with {wanted.__name__}, but the Process was given "
            f"{type(ensembles).__name__}; run it with "
            f"Loihi2SimCfg(select_tag={TAGS.get(type(ensembles), 'floating_pt')!r})"
        )
    return ensembles
