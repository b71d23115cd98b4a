"""What a choice of feedback means, where it may not be what was meant."""

from __future__ import annotations

from typing import Protocol

from lava_bccn.cli.printing import warn
from lava_bccn.network.regimes import BURST_REGIMES, EVENT_REGIMES


class Sender(Protocol):
    """A layer, mapped or in PyTorch."""

    @property
    def feedback(self) -> str | None:
        """The regime of Y."""

    @property
    def feedback_event_regime(self) -> str:
        """The regime of Q."""

    @property
    def learn_feedback_burst(self) -> bool:
        """Homeostatic learning of Y."""

    @property
    def learn_feedback_event(self) -> bool:
        """Homeostatic learning of Q."""


def warn_of_fixed_q(layer: Sender) -> None:
    """Say so where Q cannot be p_baseline * Y, so that dendrites are never silent.

    Args:
        layer: the output, whose feedback is that of all.
    """
    regime = EVENT_REGIMES[layer.feedback_event_regime]
    if layer.feedback is None or layer.learn_feedback_event or regime.follows != "nothing":
        return
    if regime.name != "symmetric":
        why = f"Q is {regime.name} and does not learn"
    elif layer.learn_feedback_burst or BURST_REGIMES[layer.feedback].follows != "nothing":
        why = "Q stays as it starts while Y changes"
    else:
        return
    warn(
        f"{why}, so dendrites also get what is no error and hidden layers learn from that; add "
        "--learn-feedback-event, or leave out --feedback-event"
    )
