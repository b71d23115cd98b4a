"""Labels of any kind as numbers of classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError


def in_known_order(names: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Names of classes in the order of the output units that know them all, or as they are."""
    return tuple(known) if set(names) <= set(known) else tuple(names)


def check_several(names: Sequence[str], where: object) -> None:
    """Refuse what leaves nothing to tell apart.

    Raises:
        InvalidInputError: fewer than two classes.
    """
    if len(names) < 2:
        raise InvalidInputError(
            f"{where} has one class only ({', '.join(names)}); expected at least two"
        )


def numbered(
    labels: Sequence[NDArray[np.int64] | NDArray[np.str_]], known: Sequence[str], where: object
) -> tuple[list[NDArray[np.int64]], tuple[str, ...]]:
    """The class of every label, and the names of the classes.

    Args:
        labels: of the training set and, if there is one, of the test set: whole numbers or words,
            (samples,).
        known: names of classes in the order of the output units; empty: those of the training set,
            in their own order.
        where: what to call the data in an error.

    Raises:
        InvalidInputError: one class only, or one of the test set that the training set has not.
    """
    classes = np.unique(labels[0])
    names = in_known_order([str(each) for each in classes.tolist()], known)
    check_several(names, where)
    numbers = {name: number for number, name in enumerate(names)}
    found = []
    for part in labels:
        values, inverse = np.unique(part, return_inverse=True)
        words = [str(each) for each in values.tolist()]
        new = [word for word in words if word not in numbers]
        if new:
            raise InvalidInputError(
                f"the test set of {where} has the class {new[0]!r}, which its training set has "
                f"not ({', '.join(names[:10])})"
            )
        found.append(np.array([numbers[word] for word in words], np.int64)[inverse.reshape(-1)])
    return found, names
