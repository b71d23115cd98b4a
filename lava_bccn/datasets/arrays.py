"""Labelled arrays of a ``.npz`` file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.archives import read_archive
from lava_bccn.datasets.classes import in_known_order, numbered
from lava_bccn.datasets.dataset import Dataset, checked
from lava_bccn.datasets.reading import Reading
from lava_bccn.datasets.splits import split
from lava_bccn.errors import InvalidInputError

NAMES = (
    ("inputs", "labels", "test_inputs", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),  # of Keras
    ("train_images", "train_labels", "test_images", "test_labels"),  # of MedMNIST
)
"""Names of the arrays, and names under which other tools write them."""

CLASS_NAMES = "class_names"

_LARGEST = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}


def read_arrays(path: Path, how: Reading) -> Dataset:
    """The data set of a ``.npz``: ``inputs`` and ``labels``, and ``test_inputs`` and
    ``test_labels`` if there is a test set; ``class_names`` if labels from 0 have names.

    Args:
        path: of the file. See :func:`event_rates` and :func:`words_of` for what the arrays may be.
        how: the share that is held out where there is no test set, and the order of classes.

    Raises:
        FileFormatError: no ``.npz``, damaged, of pickled objects, or larger than the file can hold.
        InvalidInputError: arrays that are missing or do not fit; names them.
    """
    family, arrays = read_archive(path, NAMES, (CLASS_NAMES,))
    _, labels_name, _, test_labels_name = family
    class_names = _class_names(arrays, path)
    inputs, *tests = event_rates(
        {f"{name} of {path}": arrays[name] for name in family[::2] if name in arrays}
    )
    words = [words_of(arrays[labels_name], class_names, len(inputs), f"{labels_name} of {path}")]
    known = in_known_order(class_names, how.class_names) if class_names else how.class_names
    if not tests:
        (labels,), names = numbered(words, known, path)
        train, test, how = split(labels, how, names, path)
        parts = inputs[train], labels[train], inputs[test], labels[test]
        return checked(Dataset(path.name, *parts, names, how), path)
    if tests[0].shape[1:] != inputs.shape[1:]:
        raise InvalidInputError(
            f"samples of {path} have shape {inputs.shape[1:]} in {family[0]} and "
            f"{tests[0].shape[1:]} in {family[2]}; expected the same"
        )
    where = f"{test_labels_name} of {path}"
    words.append(words_of(arrays[test_labels_name], class_names, len(tests[0]), where))
    (labels, test_labels), names = numbered(words, known, path)
    return checked(Dataset(path.name, inputs, labels, tests[0], test_labels, names), path)


def event_rates(arrays: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
    """Inputs as event rates, (samples, values) or (samples, channels, height, width).

    Args:
        arrays: by what to call them in an error: (samples, values), or images (samples, height,
            width), (samples, channels, height, width) or (samples, height, width, channels) with
            1, 3 or 4 channels. Floating point is in [0, 1]; uint8 is divided by 255 and uint16 by
            65535, but where all of it is 0 and 1.

    Raises:
        InvalidInputError: another shape, another type, or values that are no event rates.
    """
    for where, array in arrays.items():
        if array.ndim not in (2, 3, 4) or array.size == 0:
            raise InvalidInputError(
                f"{where} have shape {array.shape}; expected (samples, values), or images "
                "(samples, height, width) or (samples, channels, height, width), none of them 0"
            )
        if array.dtype.kind not in "biuf":
            raise InvalidInputError(
                f"{where} have the type {array.dtype}; expected numbers in [0, 1]"
            )
    is_binary = all(array.dtype.kind == "f" or _is_rate(array) for array in arrays.values())
    return [_images(_rates(array, where, is_binary)) for where, array in arrays.items()]


def _is_rate(array: NDArray[Any]) -> bool:
    return bool(array.min() >= 0 and array.max() <= 1)  # NaN is not


def _rates(array: NDArray[Any], where: str, is_binary: bool) -> NDArray[np.float32]:
    is_float = array.dtype.kind == "f"
    largest = _LARGEST.get(array.dtype.newbyteorder("="))
    if (is_float and _is_rate(array)) or (is_binary and not is_float):
        largest = 1
    if largest is None:
        raise InvalidInputError(
            f"{where} are {array.dtype} from {array.min():g} to {array.max():g}; expected event "
            "rates in [0, 1] (or uint8, divided by 255, or uint16, by 65535); scale them first"
        )
    return np.divide(array, largest, dtype=np.float32, casting="same_kind")


def _images(rates: NDArray[np.float32]) -> NDArray[np.float32]:
    """With the channels of images before height and width."""
    if rates.ndim == 3:
        return rates[:, None]
    if rates.ndim == 4 and rates.shape[1] not in (1, 3) and rates.shape[3] in (1, 3, 4):
        return np.ascontiguousarray(rates.transpose(0, 3, 1, 2))
    return rates


def words_of(
    array: NDArray[Any], class_names: tuple[str, ...], samples: int, where: str
) -> NDArray[np.int64] | NDArray[np.str_]:
    """Labels as whole numbers or words, (samples,).

    Args:
        array: whole numbers, bool or words, (samples,) or (samples, 1).
        class_names: of the classes from 0; empty: the labels are their names.
        samples: that they belong to.
        where: what to call it in an error.

    Raises:
        InvalidInputError: another shape or type, or labels that have no name.
    """
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (samples,):
        advice = "; of one-hot rows, array.argmax(1)" if array.ndim == 2 else ""
        raise InvalidInputError(
            f"{where} have shape {array.shape}; expected ({samples},), one for each input{advice}"
        )
    kind = array.dtype.kind
    if kind not in "biuUS":
        advice = "; if they are classes, array.astype(int)" if kind == "f" else ""
        raise InvalidInputError(
            f"{where} have the type {array.dtype}; expected whole numbers or words{advice}"
        )
    if kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if not class_names:
        return array if array.dtype.kind == "U" else array.astype(np.int64)
    if kind in "US" or array.min() < 0 or int(array.max()) >= len(class_names):
        raise InvalidInputError(
            f"{where} must be numbers from 0 to {len(class_names) - 1}, the classes of "
            f"{CLASS_NAMES}; got {array.min()} to {array.max()}"
        )
    return np.array(class_names)[array.astype(np.int64)]


def _class_names(arrays: dict[str, NDArray[Any]], path: Path) -> tuple[str, ...]:
    names = arrays.get(CLASS_NAMES)
    if names is None:
        return ()
    if names.ndim != 1 or names.dtype.kind != "U" or len({*names.tolist()}) < len(names):
        raise InvalidInputError(
            f"{CLASS_NAMES} of {path} must be different words, (classes,), not {names.dtype} of "
            f"shape {names.shape}"
        )
    return tuple(names.tolist())
