"""CIFAR-10, from its files for Python or its binary ones."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.dataset import Dataset
from lava_bccn.datasets.places import not_there
from lava_bccn.errors import FileFormatError, MissingDataError

CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

FOLDERS = ("cifar-10-batches-py", "cifar-10-batches-bin", "CIFAR10", "cifar10", ".")
_WITHIN = ("", "cifar-10-batches-py", "cifar-10-batches-bin")

_IMAGE = (3, 32, 32)
_VALUES = 3 * 32 * 32

_BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")

_ARRAYS = {
    "_reconstruct": np.empty(0).__reduce__()[0],
    "ndarray": np.ndarray,
    "dtype": np.dtype,
    "encode": lambda text, _: text.encode("latin1"),  # in which pickles of old hold bytes
}
"""All that a batch for Python needs to be unpickled; nothing else is called."""


def files_of(root: Path) -> tuple[Path, ...]:
    """The five training batches and the test batch; none: they are not there."""
    for folder in FOLDERS:
        for within in _WITHIN:
            for ending in ("", ".bin"):
                files = tuple(root / folder / within / f"{name}{ending}" for name in _BATCHES)
                if all(file.is_file() for file in files):
                    return files
    return ()


def read(root: Path) -> Dataset:
    """The data set, of images (3, 32, 32).

    Raises:
        MissingDataError: it is nowhere; says where it was looked for.
        FileFormatError: a damaged batch, or one of more than arrays; names it.
    """
    files = files_of(root)
    if not files:
        raise _missing(root)
    batches = [_of_bytes(file) if file.suffix == ".bin" else _of_pickle(file) for file in files]
    train, test = (_part(part) for part in (batches[:-1], batches[-1:]))
    return Dataset("cifar10", *train, *test, CLASS_NAMES)


def _part(
    batches: list[tuple[NDArray[np.uint8], NDArray[Any]]],
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Event rates and classes of some batches."""
    images = np.concatenate([images for images, _ in batches])
    labels = np.concatenate([labels for _, labels in batches])
    rates = np.divide(images, 255, dtype=np.float32)
    return rates.reshape(-1, *_IMAGE), labels.astype(np.int64)


def _missing(root: Path) -> MissingDataError:
    packed = sorted(root.glob("cifar-10-*.tar.gz"))
    if packed:
        return MissingDataError(
            f"cifar10 is packed in {packed[0]}; unpack it there: tar -xzf {packed[0]} -C {root}"
        )
    return not_there("cifar10", root, "data_batch_1 to 5 and test_batch (or .bin)", FOLDERS)


def _of_bytes(file: Path) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    size = file.stat().st_size
    if size % (1 + _VALUES) or not size:
        raise FileFormatError(
            f"{file} has {size:,} bytes; expected {1 + _VALUES:,} an image; it is truncated"
        )
    rows = np.fromfile(file, np.uint8).reshape(-1, 1 + _VALUES)
    return _checked(file, rows[:, 1:], rows[:, 0])


def _of_pickle(file: Path) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    with file.open("rb") as content:
        try:
            batch = _Unpickler(content, encoding="latin1").load()
            return _checked(file, np.asarray(batch["data"]), np.asarray(batch["labels"]))
        except FileFormatError:
            raise
        except Exception as error:  # unpickling fails in many ways on damaged files
            raise FileFormatError(
                f"{file} is no batch of CIFAR-10, or damaged ({error})"
            ) from error


class _Unpickler(pickle.Unpickler):
    """Of arrays, and of nothing that could run."""

    def find_class(self, module: str, name: str) -> Any:
        """Of ``Unpickler``."""
        if module.split(".")[0] in ("numpy", "_codecs") and name in _ARRAYS:
            return _ARRAYS[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not of an array, so it is not loaded")


def _checked(
    file: Path, images: NDArray[Any], labels: NDArray[Any]
) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    is_whole = images.dtype == np.uint8 and images.shape == (len(labels), _VALUES) and len(labels)
    if not is_whole or labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > 9:
        raise FileFormatError(
            f"{file} is no batch of CIFAR-10: images {images.dtype} {images.shape}, labels "
            f"{labels.dtype} {labels.shape}; expected bytes (samples, {_VALUES}) and 0 to 9"
        )
    return images, labels
