"""Labelled images as event rates in [0, 1].

``digits`` comes with scikit-learn. ``mnist``, ``fashion-mnist`` and ``cifar10`` are read by
torchvision from a data folder, and fetched only on request. Any folder with ``train/CLASS/*`` and
``test/CLASS/*`` images of one size is a data set too.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError, MissingDataError

DATA_DIR_VARIABLE = "LAVA_BCCN_DATA"
"""Environment variable that names the data folder where no ``data_dir`` is given."""

TORCHVISION_NAMES = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "cifar10": "CIFAR10"}
NAMES = ("digits", *TORCHVISION_NAMES)

_DIGITS_TEST_SHARE = 0.2
_DIGITS_SPLIT_SEED = 0


@dataclass(frozen=True)
class Dataset:
    """Images and labels, split into training and test.

    Attributes:
        name: of the data set.
        train_inputs, test_inputs: float32 event rates, (samples, channels, height, width).
        train_labels, test_labels: int64 classes, (samples,).
        class_names: one for each class.
    """

    name: str
    train_inputs: NDArray[np.float32]
    train_labels: NDArray[np.int64]
    test_inputs: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    class_names: tuple[str, ...]

    @property
    def input_size(self) -> int:
        """Number of values of one image."""
        return int(np.prod(self.train_inputs.shape[1:]))


def default_data_dir() -> Path:
    """Where data are looked for if no ``data_dir`` is given: ``$LAVA_BCCN_DATA`` or ``data``."""
    return Path(os.environ.get(DATA_DIR_VARIABLE, "data"))


def load(name: str, data_dir: str | Path | None = None, *, download: bool = False) -> Dataset:
    """Load a data set by name, or an image folder by its path.

    Args:
        name: one of ``NAMES`` or a folder with ``train`` and ``test`` in it.
        data_dir: where torchvision finds its files; by default ``$LAVA_BCCN_DATA`` or ``data``.
        download: let torchvision fetch what is missing into ``data_dir``.

    Raises:
        InvalidInputError: no such data set, or images of different sizes.
        MissingDataError: its files are not there.
    """
    if name == "digits":
        return _digits()
    if name in TORCHVISION_NAMES:
        root = default_data_dir() if data_dir is None else Path(data_dir)
        return _torchvision(name, root, download)
    if Path(name).is_dir():
        return _image_folder(Path(name))
    raise InvalidInputError(
        f"there is no data set {name!r}; expected one of {', '.join(NAMES)} or a folder with "
        "train/CLASS/* and test/CLASS/* images"
    )


def _digits() -> Dataset:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    inputs = (digits.images[:, None] / 16).astype(np.float32)
    train, test = train_test_split(
        np.arange(len(inputs)),
        test_size=_DIGITS_TEST_SHARE,
        random_state=_DIGITS_SPLIT_SEED,
        stratify=digits.target,
    )
    labels = digits.target.astype(np.int64)
    names = tuple(str(digit) for digit in range(10))
    return Dataset("digits", inputs[train], labels[train], inputs[test], labels[test], names)


def _torchvision(name: str, root: Path, download: bool) -> Dataset:
    import torchvision

    data_set = getattr(torchvision.datasets, TORCHVISION_NAMES[name])
    parts = []
    try:
        if download:
            root.mkdir(parents=True, exist_ok=True)
        for is_train in (True, False):
            parts.append(data_set(str(root), train=is_train, download=download))
    except (RuntimeError, OSError, AssertionError, ValueError) as error:
        advice = (
            "the download failed; is there a network?"
            if download
            else f"pass --data-dir, set {DATA_DIR_VARIABLE}, or fetch it with --download"
        )
        raise MissingDataError(f"{name} is not in {root}, or damaged there; {advice}") from error

    def inputs_and_labels(part: Any) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        images = np.asarray(part.data, dtype=np.float32) / 255
        images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(images), np.asarray(part.targets, dtype=np.int64)

    class_names = tuple(str(label) for label in parts[0].classes)
    return Dataset(name, *inputs_and_labels(parts[0]), *inputs_and_labels(parts[1]), class_names)


def _image_folder(root: Path) -> Dataset:
    import torchvision

    parts, classes = [], []
    for part in ("train", "test"):
        try:
            folder = torchvision.datasets.ImageFolder(str(root / part))
        except FileNotFoundError as error:
            raise MissingDataError(
                f"{root} is no image folder ({error}); expected train/CLASS/* and test/CLASS/*"
            ) from error
        classes.append(tuple(folder.classes))
        images, labels = [], []
        for index, (file, label) in enumerate(folder.samples):
            try:
                image = folder[index][0]
            except OSError as error:  # Pillow's error for what is no image
                raise InvalidInputError(f"{file} cannot be read as an image ({error})") from error
            images.append(np.asarray(image, dtype=np.float32).transpose(2, 0, 1) / 255)
            labels.append(label)
            if images[-1].shape != images[0].shape:
                raise InvalidInputError(
                    f"images in {root / part} differ in size ({images[0].shape[1:]} and "
                    f"{images[-1].shape[1:]}); resize them to one size first"
                )
        parts += [np.stack(images), np.asarray(labels, dtype=np.int64)]
    if classes[0] != classes[1]:
        raise InvalidInputError(
            f"train and test in {root} have different classes: "
            f"{sorted(set(classes[0]) ^ set(classes[1]))} are in one of them only"
        )
    return Dataset(root.name, parts[0], parts[1], parts[2], parts[3], classes[0])
