"""Lessons: which samples are shown, in which order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.settings import FLAG, SEED, check_fields, integer, number, tuple_of

MAX_EPOCHS = 2**31
"""Of a lesson: its samples can be counted in 64 bits."""


@dataclass(frozen=True)
class Lesson:
    """Which samples are shown, in which order; the same lesson is the same order everywhere.

    Attributes:
        epochs: passes through the training set, each in an order of its own.
        samples: samples a pass; None for all there are.
        classes: only these are taught; None for all.
        replay: share of a pass that comes from the other classes instead, in [0, 1).
        recruit: wake the output units of ``classes`` that never fire; else they are an error.
        teacher: False leaves the teacher off, for Y and Q to learn without one.
        seed: of the order, 0 or more.
    """

    epochs: int = 1
    samples: int | None = None
    classes: tuple[int, ...] | None = None
    replay: float = 0.0
    recruit: bool = False
    teacher: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(
            self,
            epochs=integer(1, MAX_EPOCHS),
            samples=integer(1).or_none(),
            classes=tuple_of(integer(0)).or_none(),
            replay=number("[0, 1)"),
            recruit=FLAG,
            teacher=FLAG,
            seed=SEED,
        )
        if self.recruit and self.classes is None:
            raise InvalidInputError("recruit needs the classes whose units are to be woken")
        if self.replay > 0 and self.classes is None:
            raise InvalidInputError(
                f"replay ({self.replay!r}) needs classes whose lesson it goes with; got no classes"
            )

    def epoch_size(self, labels: NDArray[np.integer[Any]]) -> int:
        """Samples of one pass through a training set with these labels.

        Raises:
            InvalidInputError: a class that does not occur.
        """
        missing = sorted(set(self.classes or ()) - set(np.unique(labels).tolist()))
        if missing:
            raise InvalidInputError(f"the training set has no samples of class {missing}")
        if self.samples is not None:
            return self.samples
        taught = len(labels) if self.classes is None else int(self._taught(labels).sum())
        return math.floor(taught / (1 - self.replay))

    def order(self, labels: NDArray[np.integer[Any]], epoch: int) -> NDArray[np.intp]:
        """Indices of the samples of one pass.

        Raises:
            InvalidInputError: a class that does not occur, or fewer samples than asked for.
        """
        size = self.epoch_size(labels)
        random = np.random.default_rng([self.seed, epoch])
        if self.classes is None:
            return self._some(random, np.arange(len(labels)), size, "training samples")
        replayed = round(size * self.replay)
        taught = self._taught(labels)
        order = np.concatenate(
            [
                self._some(random, np.flatnonzero(taught), size - replayed, "samples to teach"),
                self._some(random, np.flatnonzero(~taught), replayed, "samples to replay"),
            ]
        )
        return random.permutation(order)

    def _taught(self, labels: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        return np.isin(labels, self.classes or ())

    @staticmethod
    def _some(
        random: np.random.Generator, pool: NDArray[np.intp], count: int, what: str
    ) -> NDArray[np.intp]:
        if count > len(pool):
            raise InvalidInputError(f"asked for {count} {what}, and there are {len(pool)}")
        return random.permutation(pool)[:count]
