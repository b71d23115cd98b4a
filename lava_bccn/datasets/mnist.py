"""MNIST and Fashion-MNIST, in the forms in which people have them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.archives import read_archive
from lava_bccn.datasets.arrays import NAMES as ARRAY_NAMES
from lava_bccn.datasets.dataset import Dataset
from lava_bccn.datasets.idx import read_idx
from lava_bccn.datasets.places import first_file, not_there
from lava_bccn.datasets.rows import read_rows
from lava_bccn.errors import FileFormatError, InvalidInputError, MissingDataError

PIXELS = 28

_ORIGINALS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class Kind:
    """What is kept in the files of MNIST.

    Attributes:
        name: of the data set.
        folders: in the data folder that it is looked for in, in order.
        stems: that the names of other files than the original four begin with.
        class_names: of the ten classes.
        test_start: labels of the first test images, by which the original is known.
    """

    name: str
    folders: tuple[str, ...]
    stems: tuple[str, ...]
    class_names: tuple[str, ...]
    test_start: tuple[int, ...]


_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

MNIST = Kind(
    "mnist",
    ("MNIST/raw", "MNIST", "mnist/raw", "mnist", "raw", "."),
    ("mnist",),
    tuple(f"{digit} - {word}" for digit, word in enumerate(_WORDS)),
    (7, 2, 1, 0, 4, 1, 4, 9, 5, 9),
)

FASHION_MNIST = Kind(
    "fashion-mnist",
    ("FashionMNIST/raw", "FashionMNIST", "fashion-mnist", "fashion_mnist", "raw", "."),
    ("fashion-mnist", "fashion_mnist"),
    (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    (9, 2, 1, 1, 6, 1, 4, 6, 5, 7),
)


def files_of(kind: Kind, root: Path) -> tuple[Path, ...]:
    """The four files of images and labels, or a ``.npz``, or two ``.csv``; none where missing."""
    for folder in (root / name for name in kind.folders):
        choices = [
            _originals(folder),
            [first_file(folder, [f"{stem}.npz" for stem in kind.stems])],
            [
                first_file(folder, [f"{stem}_{part}.csv" for stem in kind.stems])
                for part in ("train", "test")
            ],
        ]
        for files in choices:
            there = tuple(file for file in files if file is not None)
            if len(there) == len(files):
                return there
    return ()


def read(kind: Kind, root: Path) -> Dataset:
    """The data set, of images (1, 28, 28).

    Raises:
        MissingDataError: it is nowhere; says where it was looked for, and what is missing.
        FileFormatError: a damaged file; names it.
        InvalidInputError: the files of the other data set of this form.
    """
    files = files_of(kind, root)
    if not files:
        raise _missing(kind, root)
    read_files = {4: _of_originals, 1: _of_archive, 2: _of_tables}[len(files)]
    arrays = read_files(files)
    place = files[0].parent
    train, test = (_part(arrays[first], arrays[first + 1], place) for first in (0, 2))
    for other in (MNIST, FASHION_MNIST):
        if other is not kind and tuple(test[1][:10].tolist()) == other.test_start:
            raise InvalidInputError(
                f"what is in {place} is {other.name}, not {kind.name}; name it with "
                f"--dataset {other.name}"
            )
    return Dataset(kind.name, *train, *test, kind.class_names)


def _originals(folder: Path) -> list[Path | None]:
    """The original files that are in a folder, packed or not."""
    spellings = ((name, name.replace("-idx", ".idx")) for name in _ORIGINALS)
    return [
        first_file(folder, [f"{name}{packed}" for name in names for packed in ("", ".gz")])
        for names in spellings
    ]


def _missing(kind: Kind, root: Path) -> MissingDataError:
    for folder in (root / name for name in kind.folders):
        found = _originals(folder)
        absent = [name for name, file in zip(_ORIGINALS, found, strict=True) if file is None]
        if len(absent) < len(found):
            return MissingDataError(
                f"{kind.name} is not whole in {folder}: there is no {absent[0]} (or .gz) beside "
                "the others; put it there, or fetch all with --download"
            )
    stem = kind.stems[0]
    files = f"{_ORIGINALS[0]} and so on (.gz too), {stem}.npz, or {stem}_train.csv and _test.csv"
    return not_there(kind.name, root, files, kind.folders)


def _of_originals(files: tuple[Path, ...]) -> list[NDArray[Any]]:
    return [read_idx(file, axes) for file, axes in zip(files, (3, 1, 3, 1), strict=True)]


def _of_archive(files: tuple[Path, ...]) -> list[NDArray[Any]]:
    family, arrays = read_archive(files[0], ARRAY_NAMES)
    if family[2] not in arrays:
        raise InvalidInputError(f"{files[0]} has no {family[2]}; expected the test set too")
    return [arrays[name] for name in family]


def _of_tables(files: tuple[Path, ...]) -> list[NDArray[Any]]:
    """Of tables whose first column is the label."""
    arrays: list[NDArray[Any]] = []
    for file in files:
        table = read_rows(file, "1")
        images, labels = table.values, np.array(table.labels)
        if images.shape[1] != PIXELS**2 or images.min() < 0 or images.max() > 255:
            raise FileFormatError(
                f"{file} is no table of a label and {PIXELS**2} pixels from 0 to 255 a row"
            )
        if not np.char.isdecimal(labels).all():
            raise FileFormatError(f"{file} has labels that are no digits in its first column")
        arrays += [images.reshape(-1, PIXELS, PIXELS).astype(np.uint8), labels.astype(np.int64)]
    return arrays


def _part(
    images: NDArray[Any], labels: NDArray[Any], where: Path
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Event rates and classes of a part."""
    if images.dtype != np.uint8 or images.shape[1:] != (PIXELS, PIXELS) or len(images) == 0:
        raise FileFormatError(
            f"images in {where} are {images.dtype} of shape {images.shape}; expected bytes, "
            f"(samples, {PIXELS}, {PIXELS})"
        )
    if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
        raise FileFormatError(
            f"{where} has {len(images)} images and labels of shape {labels.shape}; expected a "
            "label an image"
        )
    if labels.min() < 0 or labels.max() > 9:
        raise FileFormatError(
            f"labels in {where} run from {labels.min()} to {labels.max()}; expected 0 to 9"
        )
    return np.divide(images[:, None], 255, dtype=np.float32), labels.astype(np.int64)
