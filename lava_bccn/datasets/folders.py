"""Folders of pictures: ``train/CLASS/*`` and ``test/CLASS/*``, or ``CLASS/*`` alone."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.classes import check_several, in_known_order
from lava_bccn.datasets.dataset import Dataset, checked
from lava_bccn.datasets.reading import Reading
from lava_bccn.datasets.splits import split
from lava_bccn.datasets.stacking import stack
from lava_bccn.errors import DataWarning, InvalidInputError, MissingDataError

_TRAINING = ("train", "training")
_TESTING = ("test", "testing", "val", "valid", "validation")
"""Names of the parts, in any case; the first that is there counts."""

_OF_THE_SYSTEM = ("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx")
"""What operating systems leave in folders, beside names that begin with a dot."""

_EXPECTED = (
    "expected train/CLASS/* with test/CLASS/* (or val/CLASS/*), or CLASS/* alone, of which a share "
    "is held out for testing"
)


Read = Callable[[Sequence[Path]], tuple[NDArray[np.float32], Sequence[int]]]
"""The samples of files as one array, and the numbers of the files that are in it."""


def read_folder(root: Path, how: Reading, read: Read = stack, what: str = "pictures") -> Dataset:
    """A folder of pictures of one size; see :func:`stack`.

    Args:
        root: the folder.
        how: the share that is held out where there is no test set, and the order of classes.
        read: what makes samples of files that are no pictures.
        what: to call those in an error.

    Raises:
        MissingDataError: no class folders, or one without pictures.
        InvalidInputError: pictures that cannot be read or differ in size, or parts that do not go
            together; names the file.
    """
    training, test = parts_of(root)
    parts = [training] if test is None else [training, test]
    classes = [classes_of(part) for part in parts]
    if classes[0] != classes[-1]:
        raise InvalidInputError(
            f"train and test in {root} have different classes: "
            f"{sorted({*classes[0]} ^ {*classes[1]})} are in one of them only"
        )
    names = in_known_order(classes[0], how.class_names)
    check_several(names, root)
    found = [
        (file, names.index(name), part is test)
        for part in parts
        for name in classes[0]
        for file in files_of(part / name)
    ]
    inputs, chosen = read([file for file, _, _ in found])
    labels = np.array([found[index][1] for index in chosen], dtype=np.int64)
    is_test = np.array([found[index][2] for index in chosen], dtype=bool)
    for part in parts:
        present = {int(label) for label in labels[is_test == (part is test)]}
        for name in classes[0]:
            if names.index(name) not in present:
                raise MissingDataError(f"{part / name} has no {what}; {_EXPECTED}")
    if test is None:
        train, held, how = split(labels, how, names, root)
    else:
        train, held, how = np.flatnonzero(~is_test), np.flatnonzero(is_test), Reading()
    # Slices where the parts lie one after the other, as they may be large.
    of_train = slice(len(train)) if test is not None else train
    of_test = slice(len(train), None) if test is not None else held
    return checked(
        Dataset(
            root.resolve().name,
            inputs[of_train],
            labels[train],
            inputs[of_test],
            labels[held],
            names,
            how,
        ),
        root,
    )


def parts_of(root: Path) -> tuple[Path, Path | None]:
    """The folders of training and test classes; None: there is one folder for both."""
    folders = {path.name.casefold(): path for path in _visible(root) if path.is_dir()}
    training = [folders[name] for name in _TRAINING if name in folders]
    testing = [folders[name] for name in _TESTING if name in folders]
    if not training and not testing:
        return root, None
    if not training:
        raise MissingDataError(f"{root} has {testing[0].name}/ and no train/; {_EXPECTED}")
    for path in (*training[1:], *testing[1:]):
        used = ", ".join(f"{each.name}/" for each in (training[0], *testing[:1]))
        warnings.warn(f"{path} is left out; used are {used}", DataWarning, stacklevel=2)
    return training[0], testing[0] if testing else None


def classes_of(folder: Path) -> tuple[str, ...]:
    """Names of the class folders; files beside them are of no class."""
    visible = _visible(folder)
    classes = tuple(path.name for path in visible if path.is_dir())
    if not classes:
        raise MissingDataError(f"{folder} has no class folders; {_EXPECTED}")
    stray = [path for path in visible if not path.is_dir()]
    if stray:
        warnings.warn(
            f"{len(stray)} files are in no class folder and are left out; the first: {stray[0]}",
            DataWarning,
            stacklevel=2,
        )
    return classes


def files_of(folder: Path) -> Iterator[Path]:
    """All files of a class, of folders within it too, in the order of torchvision."""
    walked: set[Path] = set()
    found = []
    for place, folders, names in os.walk(folder, followlinks=True, onerror=_fail):
        real = Path(place).resolve()
        if real in walked:
            raise InvalidInputError(f"links lead to {real} twice, so {place} would be read again")
        walked.add(real)
        folders[:] = [name for name in folders if not _is_hidden(name)]
        found.append((place, [name for name in names if not _is_hidden(name)]))
    for place, names in sorted(found):
        yield from (Path(place) / name for name in sorted(names))


def _fail(error: OSError) -> None:
    raise error  # os.walk would pass over folders that cannot be read


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not _is_hidden(path.name))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _OF_THE_SYSTEM
