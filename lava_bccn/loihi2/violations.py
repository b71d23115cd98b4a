"""Limits that a network breaks: which, by how much, and what would help."""

from __future__ import annotations

from dataclasses import dataclass

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
    "output_axons": "use smaller neighbouring layers",
    "synaptic_bytes": "use a smaller layer below or above, or engine 'direct', which has no tags",
    "memory_bytes": "use a smaller layer below or above, or engine 'direct', which has no tags",
    "chips": "use smaller layers, engine 'direct', which has no tags, or a larger system (--chips)",
}
"""The same of networks that learn by themselves, which need their feedback."""


@dataclass(frozen=True)
class Violation:
    """A limit that no partition of the network can respect.

    Attributes:
        limit: its name in :class:`~lava_bccn.loihi2.limits.Loihi2Limits`.
        layer: 1-based; None for the whole network.
        needed: what the network needs at least.
        allowed: the limit.
        learns: whether the network learns by itself.
    """

    limit: str
    layer: int | None
    needed: int
    allowed: int
    learns: bool = False

    @property
    def advice(self) -> str:
        """What would help."""
        advice = {**ADVICE, **LEARNING_ADVICE} if self.learns else ADVICE
        return advice[self.limit]

    def __str__(self) -> str:
        where = "the network" if self.layer is None else f"one unit of layer {self.layer}"
        return (
            f"{where} needs {self.needed:,} {self.limit.replace('_', ' ')}, "
            f"{self.needed - self.allowed:,} more than the {self.allowed:,} there are; "
            f"{self.advice}"
        )
