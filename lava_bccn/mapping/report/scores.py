"""Outputs beside those in floating point, batch by batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.report.numbers import Kind, Outcome
from lava_bccn.network.network import MappedNetwork
from lava_bccn.validation import class_labels, finite, plain_array

Labels = NDArray[np.int64] | NDArray[np.float64] | None
"""Classes, (samples,); or targets, (samples, outputs)."""


def labels_of(labels: ArrayLike | None, samples: int, outputs: int) -> Labels:
    """Labels, if they fit: classes, or what the outputs should be in any shape.

    Of a single output, which has no classes, a number a sample is what it should be.

    Raises:
        InvalidInputError: they are neither classes nor targets, or of other samples.
    """
    if labels is None:
        return None
    array = plain_array(labels, "labels")
    size = array.size // len(array) if len(array) else 0
    if len(array) == samples and size == outputs and (array.ndim > 1 or outputs == 1):
        return finite(array, "labels").astype(np.float64).reshape(samples, outputs)
    if array.ndim == 1 and array.dtype.kind in "iu":
        return class_labels(array, samples, outputs)
    raise InvalidInputError(
        f"labels have shape {array.shape} and dtype {array.dtype}; expected ({samples},) integers, "
        f"the class of each sample, or ({samples}, {outputs}) numbers, what its outputs should be"
    )


def kind_of(network: MappedNetwork, labels: Labels) -> Kind:
    """Whether a sample's largest output counts, or all of them."""
    if labels is not None:
        return "classes" if labels.ndim == 1 else "values"
    are_values = network.output is not None and network.output.kind == "values"
    return "values" if are_values or network.output_size == 1 else "classes"


class Spread:
    """Mean square deviation of numbers from their unit's mean, and from what they should be."""

    def __init__(self) -> None:
        self._count = 0
        self._squares = 0.0
        self._first: NDArray[np.float64] | None = None
        self._sums: list[NDArray[np.float64]] = []

    def add(self, exact: NDArray[np.float64], given: NDArray[np.float64]) -> None:
        """Samples, (samples, units)."""
        if self._first is None:  # near the mean, so that their squares hold the digits that matter
            self._first = exact[0].copy()
            self._sums = [np.zeros(exact.shape[1]), np.zeros(exact.shape[1])]
        from_first = exact - self._first
        self._sums[0] += from_first.sum(axis=0)
        self._sums[1] += np.square(from_first).sum(axis=0)
        self._squares += float(np.square(given - exact).sum())
        self._count += len(exact)

    @property
    def error(self) -> float:
        """Root mean square difference."""
        return float(np.sqrt(self._squares / (self._count * len(self._sums[0]))))

    @property
    def spread(self) -> float:
        """Root mean square deviation of the exact numbers from each unit's mean."""
        mean, square = (each / self._count for each in self._sums)
        return float(np.sqrt(np.maximum(square - mean * mean, 0).mean()))


class Scores:
    """The :class:`Outcome` of samples.

    Args:
        kind: of the outputs.
    """

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._samples = 0
        self._right: int | None = None
        self._same = 0
        self._distance: float | None = None
        self._spread = Spread()

    def add(self, given: NDArray[np.float64], exact: NDArray[np.float64], labels: Labels) -> None:
        """Outputs, (samples, outputs), of the network and in floating point."""
        self._samples += len(given)
        self._spread.add(exact, given)
        classes = given.argmax(axis=1)
        self._same += int((classes == exact.argmax(axis=1)).sum())
        if labels is not None and labels.ndim == 1:
            self._right = (self._right or 0) + int((classes == labels).sum())
        elif labels is not None:
            self._distance = (self._distance or 0) + float(np.square(given - labels).mean(1).sum())

    def outcome(self) -> Outcome:
        """Of all samples."""
        error, spread = self._spread.error, self._spread.spread
        return Outcome(
            accuracy=None if self._right is None else self._right / self._samples,
            agreement=self._same / self._samples if self._kind == "classes" else None,
            error=error,
            loss=error / (spread or 1.0),
            distance=None
            if self._distance is None
            else float(np.sqrt(self._distance / self._samples)),
        )
