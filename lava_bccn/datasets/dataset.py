"""What every data set is read into."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.reading import Reading
from lava_bccn.datasets.splits import held_out, representative
from lava_bccn.errors import DataWarning, InvalidInputError

DIM = 0.1
"""Inputs that never exceed this use so little of [0, 1] that something must have been divided by
too much."""


@dataclass(frozen=True)
class Dataset:
    """Samples and labels, split into training and test.

    Attributes:
        name: of the data set.
        train_inputs, test_inputs: float32 event rates, (samples, channels, height, width) of
            images, (samples, values) of tables.
        train_labels, test_labels: int64 classes, (samples,).
        class_names: one for each class.
        reading: how they were made of a file, for the next time.
    """

    name: str
    train_inputs: NDArray[np.float32]
    train_labels: NDArray[np.int64]
    test_inputs: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    reading: Reading = Reading()

    @property
    def input_size(self) -> int:
        """Number of values of one sample."""
        return int(np.prod(self.train_inputs.shape[1:]))

    def some_training(self, count: int | None) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Training inputs and labels for all of them, as :func:`representative` chooses."""
        chosen = representative(self.train_labels, count)
        return self.train_inputs[chosen], self.train_labels[chosen]

    def some_test(self, count: int | None) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The same of test samples."""
        chosen = representative(self.test_labels, count)
        return self.test_inputs[chosen], self.test_labels[chosen]


HELD_OUT = 1 / 6
"""Share of the training samples that choices are made on: 10,000 of MNIST."""


def without_test_set(data: Dataset) -> Dataset:
    """The same with training samples in the place of the test set, to make choices on.

    They are the last ones, or, where those are not of every class, the same share of each.
    """
    labels, classes = data.train_labels, data.class_names
    parts = np.split(np.arange(len(labels)), [len(labels) - round(HELD_OUT * len(labels))])
    if len(np.unique(labels[parts[1]])) < len(classes):
        parts = list(held_out(labels, HELD_OUT, classes, data.name))
    train, test = parts
    return replace(
        data,
        train_inputs=data.train_inputs[train],
        train_labels=labels[train],
        test_inputs=data.train_inputs[test],
        test_labels=labels[test],
    )


def checked(data: Dataset, where: object) -> Dataset:
    """A data set of someone's own files, if a network can learn from it.

    Args:
        data: the data set.
        where: what to call it.

    Raises:
        InvalidInputError: no value a sample, a test set without samples, or inputs that are all the
            same.
    """
    if data.input_size == 0 or not len(data.test_labels):
        raise InvalidInputError(
            f"{where} has {data.input_size} values a sample and {len(data.test_labels)} test "
            "samples; expected at least one of each"
        )
    largest = float(data.train_inputs.max())
    if float(data.train_inputs.min()) == largest:
        raise InvalidInputError(
            f"all inputs of the training set of {where} are {largest:g}, so no two samples differ; "
            "expected some that do"
        )
    if 0 < largest < DIM:
        warnings.warn(
            f"no input of {where} exceeds {largest:.2g}, so events will be rare; is it scaled to "
            "[0, 1]?",
            DataWarning,
            stacklevel=2,
        )
    return data
