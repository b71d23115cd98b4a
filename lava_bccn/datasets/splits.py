"""Training and test sets out of one."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.reading import Reading
from lava_bccn.errors import DataWarning, InvalidInputError
from lava_bccn.extras import require

TEST_SHARE = 0.2
"""Held out for testing where nothing else is said."""

_SEED = 0


def check_share(share: float) -> float:
    """A share that leaves something on both sides.

    Raises:
        InvalidInputError: it does not.
    """
    if not 0 < share < 1:
        raise InvalidInputError(
            f"the share of samples that is held out for testing (--test-share) must be between 0 "
            f"and 1, not {share!r}"
        )
    return share


def held_out(
    labels: NDArray[np.int64], share: float, class_names: tuple[str, ...], where: object
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Samples to train on and samples to test on, the same share of every class, always the same.

    Args:
        labels: (samples,) classes.
        share: of the test set, in (0, 1).
        class_names, where: what to call the classes and the data set in an error.

    Raises:
        InvalidInputError: a class of one sample, or shares that leave a side without some class.
    """
    require("sklearn.model_selection", "data", "holding out a test set")
    from sklearn.model_selection import train_test_split

    check_share(share)
    counts = np.bincount(labels, minlength=len(class_names))
    single = [class_names[label] for label in np.flatnonzero(counts == 1)]
    if single:
        raise InvalidInputError(
            f"class {single[0]!r} of {where} has a single sample ({len(single)} such classes), and "
            "testing needs one more; leave it out, give it another, or bring a test set of your "
            "own (of a table, is --label the right column?)"
        )
    try:
        train, test = train_test_split(
            np.arange(len(labels)), test_size=share, random_state=_SEED, stratify=labels
        )
    except ValueError as error:
        raise InvalidInputError(
            f"{share:g} of {len(labels)} samples of {where} cannot be held out with some of each "
            f"of {len(class_names)} classes on both sides ({error}); give another --test-share"
        ) from error
    return train, test


def representative(labels: NDArray[Any] | None, count: int | None) -> slice | NDArray[np.intp]:
    """Which ``count`` samples stand for all: the first, unless samples come class by class.

    Where labels never fall, or those of a class all follow each other, as in a folder of classes,
    the first would be of one class. There it is as many of a random order, always the same, so that
    fewer stand for all too.

    Args:
        labels: (samples,) classes; of none, or of values of more axes, the first are taken.
        count: of samples, 1 or more; None: all.

    Returns:
        An index into the samples.
    """
    size = 0 if labels is None else len(labels)
    if labels is None or count is None or count >= size or labels.ndim > 1:
        return slice(count)
    changes = np.count_nonzero(labels[1:] != labels[:-1])
    is_by_class = changes < len(np.unique(labels)) < size
    if not is_by_class and np.any(labels[1:] < labels[:-1]):
        return slice(count)
    return np.random.default_rng(_SEED).permutation(size)[:count]


def split(
    labels: NDArray[np.int64], how: Reading, class_names: tuple[str, ...], where: object
) -> tuple[NDArray[np.intp], NDArray[np.intp], Reading]:
    """:func:`held_out` of a data set without a test set; and the share, to be recorded.

    Args:
        labels: (samples,) classes.
        how: the share, if one is said.
        class_names, where: what to call the classes and the data set.

    Raises:
        InvalidInputError: see :func:`held_out`.
    """
    share = TEST_SHARE if how.test_share is None else how.test_share
    train, test = held_out(labels, share, class_names, where)
    if how.test_share is None:
        warnings.warn(
            f"{where} has no test set: {len(test)} of {len(labels)} samples, {share:.0%} of each "
            "class, are held out for it, always the same (--test-share)",
            DataWarning,
            stacklevel=2,
        )
    return train, test, Reading(test_share=share)
