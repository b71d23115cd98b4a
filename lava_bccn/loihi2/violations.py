"""Limits that a network breaks: which, by how much, and what would help."""

from __future__ import annotations

from dataclasses import dataclass

from lava_bccn.loihi2.form import Form

ADVICE = {
    "neurons": "use fewer units",
    "input_axons": "use a smaller layer below or above, or convolutions with smaller kernels",
    "output_axons": "use smaller neighbouring layers, or map without feedback",
    "synaptic_bytes": "use a smaller layer below or above, or map without feedback",
    "memory_bytes": "use a smaller layer below or above, or map without feedback",
    "chips": "use smaller layers, map without feedback, or name a larger system with --chips",
}
"""What would help, by the limit."""

LEARNING_ADVICE = {
    **ADVICE,
    "output_axons": "use smaller neighbouring layers",
    "synaptic_bytes": "use a smaller layer below or above",
    "memory_bytes": "use a smaller layer below or above",
    "chips": "use smaller layers, or name a larger system with --chips",
}
"""The same of networks that learn by themselves, which need their feedback."""

WITHOUT_TAGS = "; engine 'direct' has no tags and takes less than half of this memory"
"""What would help besides where synapses have tags and there is too little memory."""


def advice_for(limit: str, form: Form) -> str:
    """What would help a network in this form that breaks a limit."""
    if not form.learns:
        return ADVICE[limit]
    memory = form.tag_bits and limit in ("synaptic_bytes", "memory_bytes", "chips")
    return LEARNING_ADVICE[limit] + (WITHOUT_TAGS if memory else "")


@dataclass(frozen=True)
class Violation:
    """A limit that no partition of the network can respect.

    Attributes:
        limit: its name in :class:`~lava_bccn.loihi2.limits.Loihi2Limits`.
        layer: 1-based; None for the whole network.
        needed: what the network needs at least.
        allowed: the limit.
        advice: what would help.
    """

    limit: str
    layer: int | None
    needed: int
    allowed: int
    advice: str

    def __str__(self) -> str:
        where = "the network" if self.layer is None else f"one unit of layer {self.layer}"
        return (
            f"{where} needs {self.needed:,} {self.limit.replace('_', ' ')}, "
            f"{self.needed - self.allowed:,} more than the {self.allowed:,} there are; "
            f"{self.advice}"
        )
