"""The feedback regimes: where Y and Q start, and what they follow.

A regime relates a matrix to its *reference*: for the burst feedback Y that is the W of the same
layer, for the event feedback Q it is p^b Y.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from lava_bccn.dynamics.rate import Array
from lava_bccn.errors import InvalidInputError
from lava_bccn.registry import Registry

Start = Callable[[Array, Callable[[], Array]], Array]
"""The first matrix, of the reference and a function that draws a random one of its shape. NumPy
arrays and PyTorch tensors; it may return the reference itself."""

Follows = Literal["nothing", "updates", "reference"]


@dataclass(frozen=True)
class FeedbackRegime:
    """One way for Y or Q to be related to its reference.

    Attributes:
        name: by which it is chosen.
        summary: one line for help texts.
        start: the matrix at the start.
        follows: ``"nothing"``: it stays, or learns by the homeostatic rule where asked to.
            ``"updates"``: it gets the reference's own updates (Kolen–Pollack). ``"reference"``: it
            is the reference at all times, an idealisation that no synapse can compute.
        shares_scale: its integers are in the units of the reference's. What follows must be.

    Raises:
        InvalidInputError: it follows on another scale, with which it could not round alike.
    """

    name: str
    summary: str
    start: Start
    follows: Follows = "nothing"
    shares_scale: bool = False

    def __post_init__(self) -> None:
        if self.follows != "nothing" and not self.shares_scale:
            raise InvalidInputError(
                f"regime {self.name!r} follows its reference, so it needs shares_scale=True"
            )

    @property
    def can_be_homeostatic(self) -> bool:
        """Whether a matrix of this regime may learn by the homeostatic rule."""
        return self.follows == "nothing"


def _random(reference: Array, random: Callable[[], Array]) -> Array:
    return random()


def _reference(reference: Array, random: Callable[[], Array]) -> Array:
    return reference


BURST_REGIMES: Registry[FeedbackRegime] = Registry(
    "feedback",
    (
        FeedbackRegime("random", "fixed and random (feedback alignment)", _random),
        FeedbackRegime("symmetric", "starts as W", _reference, shares_scale=True),
        FeedbackRegime(
            "tied",
            "always W (the idealised limit, not local)",
            _reference,
            follows="reference",
            shares_scale=True,
        ),
        FeedbackRegime(
            "kolen_pollack",
            "starts random, gets W's own updates",
            _random,
            follows="updates",
            shares_scale=True,
        ),
    ),
)
"""Regimes of the burst feedback Y, by name."""

EVENT_REGIMES: Registry[FeedbackRegime] = Registry(
    "feedback_event",
    (
        FeedbackRegime(
            "tied",
            "always p_baseline * Y",
            _reference,
            follows="reference",
            shares_scale=True,
        ),
        FeedbackRegime("symmetric", "starts as p_baseline * Y", _reference, shares_scale=True),
        FeedbackRegime("random", "starts random", _random, shares_scale=True),
        FeedbackRegime(
            "kolen_pollack",
            "starts random, gets p_baseline times Y's updates",
            _random,
            follows="updates",
            shares_scale=True,
        ),
    ),
)
"""Regimes of the event feedback Q, by name. Q is always stored on Y's scale, in units of p^b."""
