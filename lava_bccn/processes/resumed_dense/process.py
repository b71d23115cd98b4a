"""Synapses of the learning engine that go on where others have stopped."""

from __future__ import annotations

from typing import Any

from lava.proc.dense.process import LearningDense


class ResumedDense(LearningDense):
    """A ``LearningDense`` that has learned before.

    Lava starts its random number and its count of epochs anew with each run, and drops the last bit
    of all weights; on the CPU this does not. A chip, which keeps all that, has no need of it.

    Args:
        epochs: that it has learned before.
        connection: arguments of ``LearningDense``.
    """

    def __init__(self, *, epochs: int, **connection: Any) -> None:
        super().__init__(epochs=epochs, **connection)
