"""Which options of feedback go together, in any layer that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from lava_bccn.dynamics.learning_rules import Presynaptic
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.regimes import BURST_REGIMES, EVENT_REGIMES, FeedbackRegime
from lava_bccn.registry import Registry
from lava_bccn.settings import check, integer, one_of


def check_learning(
    burst_regime: FeedbackRegime | None,
    event_regime: FeedbackRegime,
    learn_burst: bool,
    learn_event: bool,
) -> None:
    """Refuse what could not learn, since it follows something or has nothing to follow."""
    name = None if burst_regime is None else burst_regime.name
    if learn_burst and not (burst_regime and burst_regime.can_be_homeostatic):
        raise InvalidInputError(
            f"learn_feedback_burst needs feedback {_homeostatic(BURST_REGIMES)}, not "
            f"{name!r}: any other follows W"
        )
    if learn_event and not (burst_regime and event_regime.can_be_homeostatic):
        raise InvalidInputError(
            "learn_feedback_event needs feedback and feedback_event "
            f"{_homeostatic(EVENT_REGIMES)}, not {name!r} and {event_regime.name!r}"
        )
    if event_regime.follows == "updates" and (
        burst_regime is None or burst_regime.follows == "nothing"
    ):
        raise InvalidInputError(
            f"feedback_event {event_regime.name!r} gets the updates of Y, which with feedback "
            f"{name!r} has none; take feedback 'kolen_pollack'"
        )


def check_branches(branches: int, factor: Presynaptic, learns: Mapping[str, bool]) -> None:
    """Refuse branches, and what homeostatic synapses hear, where they would change nothing.

    Args:
        branches: into which the dendrites below are cut.
        factor: what a homeostatic Y takes of the layer.
        learns: whether ``"Y"`` and ``"Q"`` learn homeostatically.
    """
    check("branches", branches, integer(1))
    check("homeostatic_factor", factor, one_of(*get_args(Presynaptic)))
    if branches > 1 and not any(learns.values()):
        raise InvalidInputError(
            f"branches is {branches}, but neither Y nor Q learns homeostatically, for which alone "
            "branches count; set learn_feedback_burst or learn_feedback_event"
        )
    if factor == "burst_rate" and not learns["Y"]:
        raise InvalidInputError(
            "homeostatic_factor 'burst_rate' is of a Y that learns homeostatically; set "
            "learn_feedback_burst, or leave it at 'event_rate'"
        )


def _homeostatic(regimes: Registry[FeedbackRegime]) -> str:
    return " or ".join(repr(name) for name, each in regimes.items() if each.can_be_homeostatic)
