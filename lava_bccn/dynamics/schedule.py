"""When and how fast a connection learns: powers of two that halve, and decay that follows them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

DECAY_PERIOD_BITS = 6
"""Weights decay once in 2^this samples, by as many times the decay of one sample."""


@dataclass(frozen=True)
class Schedule:
    """Learning rate and decay of one connection, counted in samples learned.

    Attributes:
        rate: n of the learning rate 2^−n at the start.
        halve_at: numbers of samples after which it halves, ascending.
        decay: a sample takes away 2^−(n + decay) of a weight, with the n of the time, so that decay
            slows down with learning; None for no decay.
    """

    rate: int
    halve_at: tuple[int, ...] = ()
    decay: int | None = None

    def rate_at(self, sample: int) -> int:
        """n when sample ``sample`` (from 0) is learned."""
        return self.rate + bisect_right(self.halve_at, sample)

    def decay_places(self, sample: int) -> int:
        """Places by which a decaying weight is shifted, if it were to decay after ``sample``."""
        assert self.decay is not None
        return self.rate_at(sample) + self.decay - DECAY_PERIOD_BITS

    def decay_at(self, sample: int) -> int | None:
        """Places by which a weight is shifted to decay after ``sample``; None if it does not."""
        if self.decay is None or (sample + 1) % (1 << DECAY_PERIOD_BITS) != 0:
            return None
        return self.decay_places(sample)
