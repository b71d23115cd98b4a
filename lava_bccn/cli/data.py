"""The samples that commands work on: data sets, and arrays of the user's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn import datasets
from lava_bccn.cli.printing import stderr
from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.files import content_of, existing_file
from lava_bccn.network.network import MappedNetwork


def load_dataset(options: argparse.Namespace, known: str | None = None) -> datasets.Dataset:
    """The data set of the options, or else the one that a file says it was made with."""
    name = options.dataset or known
    if not isinstance(name, str):
        raise InvalidInputError("the file does not say its data set; name one with --dataset")
    with stderr().status(f"reading {name}"):
        return datasets.load(name, options.data_dir, download=options.download)


def load_dataset_for(options: argparse.Namespace, network: MappedNetwork) -> datasets.Dataset:
    """The data set of the options, or else the one of the network, which must be of its size.

    Raises:
        InvalidInputError: the data set has other inputs or classes.
    """
    data = load_dataset(options, network.metadata.get("dataset"))
    classes = len(data.class_names)
    if (data.input_size, classes) != (network.input_size, network.output_size):
        instead = ", or samples with --inputs" if hasattr(options, "inputs") else ""
        raise InvalidInputError(
            f"{data.name} has {data.input_size} inputs and {classes} classes, the network "
            f"{network.input_size} and {network.output_size}; name its own data set with "
            f"--dataset{instead}"
        )
    return data


def notes_of(name: str, data: datasets.Dataset) -> dict[str, Any]:
    """What a network's file records of a data set: its name (a folder's full path) and its form."""
    return {
        "dataset": recorded_name(name),
        "class_names": list(data.class_names),
        "input_shape": list(data.train_inputs.shape[1:]),
    }


def recorded_name(name: str) -> str:
    """A data set's name as a file should record it: a folder by its full path."""
    return name if name in datasets.NAMES else str(Path(name).resolve())


def read_array(path: Path) -> NDArray[Any]:
    """An array of a .npy file.

    Raises:
        MissingDataError: no such file.
        FileFormatError: not a .npy file.
    """
    with content_of(existing_file(path), "not a .npy file", "write it with numpy.save"):
        # Mapped, since that allocates nothing for a header that says more than the file holds.
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        is_array = isinstance(mapped, np.ndarray)
        array = np.array(mapped) if is_array else np.zeros(0)
    if array.dtype.kind not in "biuf" or array.ndim < 2:
        what = f"an array {array.shape} of {array.dtype}" if is_array else "several arrays"
        raise FileFormatError(
            f"{path} holds {what}, it does not hold one array of samples; expected numbers of "
            "shape (samples, ...), written with numpy.save"
        )
    return array


def one_hot(labels: NDArray[np.integer[Any]], classes: int) -> NDArray[np.float64]:
    """The teacher of the labels, (samples, classes)."""
    return np.eye(classes)[labels]
