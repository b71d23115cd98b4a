"""The samples that commands work on: data sets, and arrays of the user's own."""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn import datasets
from lava_bccn.cli.printing import stderr, warn
from lava_bccn.errors import DataWarning, FileFormatError, InvalidInputError, OutputPathError
from lava_bccn.files import content_of, existing_file
from lava_bccn.mapping.report.scores import labels_of
from lava_bccn.network.rate_network import RateNetwork

Labels = NDArray[Any] | None
"""Classes, (samples,); or of outputs that are values, what they should be, (samples, outputs)."""


def load_dataset(
    options: argparse.Namespace, known: Mapping[str, Any] | None = None, *, quiet: bool = False
) -> datasets.Dataset:
    """The data set of the options, or else the one that a file says it was made with.

    Args:
        options: of the command.
        known: what the file says, by which other tables are scaled and labelled too.
        quiet: leave warnings to another process that reads it.
    """
    name = options.dataset or (known or {}).get("dataset")
    if not isinstance(name, str):
        instead = ", or give samples with --inputs" if _takes_inputs(options) else ""
        raise InvalidInputError(
            f"the file does not say its data set; name one with --dataset{instead}"
        )
    with (
        warnings.catch_warnings(record=True) as caught,
        stderr().status(f"reading {name}"),
    ):
        warnings.simplefilter("always", DataWarning)
        data = datasets.load(
            name,
            options.data_dir,
            download=options.download,
            test_share=options.test_share,
            label=options.label,
            frames=options.frames,
            like=known,
        )
    for each in caught:
        if issubclass(each.category, DataWarning):
            if not quiet:
                warn(str(each.message))
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    return datasets.without_test_set(data) if options.held_out else data


def load_dataset_for(options: argparse.Namespace, network: RateNetwork) -> datasets.Dataset:
    """The data set of the options, or else the one of the network, which must be of its size.

    Raises:
        InvalidInputError: the data set has other inputs or classes.
    """
    data = load_dataset(options, network.metadata)
    classes = len(data.class_names)
    fits = data.input_size == network.input_size
    if classes != network.output_size and not (_takes_inputs(options) and _is_of(network, options)):
        fits = False  # with outputs that are no classes its own data set is samples without labels
    if not fits:
        instead = ", or samples with --inputs" if _takes_inputs(options) else ""
        raise InvalidInputError(
            f"{data.name} has {data.input_size} inputs and {classes} classes, the network "
            f"{network.input_size} and {network.output_size}; name its own data set with "
            f"--dataset{instead}"
        )
    if classes == network.output_size:
        check_classes(data, network)
    return data


def samples_for(
    options: argparse.Namespace, network: RateNetwork
) -> tuple[NDArray[Any], Labels, tuple[str, ...]]:
    """The samples that a network is shown: those of ``--inputs``, or else test samples.

    Returns:
        Them, their labels, and the names of the classes where outputs stand for those.

    Raises:
        InvalidInputError: they do not fit the network or each other.
    """
    if options.inputs is None:
        if options.labels is not None:
            raise InvalidInputError(
                "--labels are those of --inputs; the labels of a data set come with it"
            )
        data = load_dataset_for(options, network)
        if len(data.class_names) != network.output_size:
            return data.test_inputs, None, ()
        return data.test_inputs, data.test_labels, data.class_names
    inputs = read_array(options.inputs, copy=False)
    known = tuple(map(str, network.metadata.get("class_names") or ()))
    names = known if len(known) == network.output_size else ()
    if options.labels is None:
        return inputs, None, names
    given = read_array(options.labels, least_axes=1)
    return inputs, labels_of(given, len(inputs), network.output_size), names


def _is_of(network: RateNetwork, options: argparse.Namespace) -> bool:
    """Whether the data set is the one that a network was made with."""
    known = network.metadata.get("dataset")
    return options.dataset is None or recorded_name(options.dataset) == known


def _takes_inputs(options: argparse.Namespace) -> bool:
    """Whether samples without labels would do instead of a data set."""
    needs_labels = getattr(options, "learn", False) or getattr(options, "teacher", False)
    return hasattr(options, "inputs") and not needs_labels


def check_apart(name: str | None, *outputs: Path) -> None:
    """Refuse outputs that would take the place of the data set, such as a log of its name.

    Raises:
        OutputPathError: one of them is the file that the data set is in.
    """
    for path in outputs:
        if name is not None and path.exists() and path.resolve() == Path(name).resolve():
            raise OutputPathError(
                f"{path} is the data set, and would be replaced by what is written beside "
                f"{outputs[0]}; give -o another name"
            )


def check_classes(data: datasets.Dataset, network: RateNetwork) -> None:
    """Say so where a network was made for classes of other names."""
    known, names = network.metadata.get("class_names"), data.class_names
    if known and list(known) != list(names):
        first = next((pair for pair in zip(known, names, strict=False) if pair[0] != pair[1]), None)
        which = "" if first is None else f" ({first[1]!r} is taken for {first[0]!r}, for one)"
        warn(f"{data.name} has other classes than the network was made for{which}")


def notes_of(name: str, data: datasets.Dataset) -> dict[str, Any]:
    """What a network's file records of a data set: its name (a path in full), form and reading."""
    return {
        "dataset": recorded_name(name),
        "class_names": list(data.class_names),
        "input_shape": list(data.train_inputs.shape[1:]),
        **reading_of(data),
    }


def reading_of(data: datasets.Dataset) -> dict[str, Any]:
    """What :func:`notes_of` says of how files were read, where that is not said by their name."""
    notes = data.reading.notes()
    return {"reading": notes} if notes else {}


def recorded_name(name: str) -> str:
    """A data set's name as a file should record it: a folder or file by its full path."""
    return name if name in datasets.DATA_SETS else str(Path(name).resolve())


def read_array(path: Path, least_axes: int = 2, *, copy: bool = True) -> NDArray[Any]:
    """An array of a .npy file.

    Args:
        path: of the file.
        least_axes: 2 of samples, 1 of their labels.
        copy: False: it stays in the file until it is looked at.

    Raises:
        MissingDataError: no such file.
        FileFormatError: not a .npy file.
    """
    with content_of(existing_file(path), "not a .npy file", "write it with numpy.save"):
        # Mapped, since that allocates nothing for a header that says more than the file holds.
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        is_array = isinstance(mapped, np.ndarray)
        array = (np.array(mapped) if copy else mapped) if is_array else np.zeros(0)
    if array.dtype.kind not in "biuf" or array.ndim < least_axes:
        what = f"an array {array.shape} of {array.dtype}" if is_array else "several arrays"
        raise FileFormatError(
            f"{path} holds {what}, it does not hold one array of samples; expected numbers of "
            f"shape (samples{', ...' if least_axes > 1 else ''}), written with numpy.save"
        )
    return array


def one_hot(labels: NDArray[np.integer[Any]], classes: int) -> NDArray[np.float64]:
    """The teacher of the labels, (samples, classes)."""
    return np.eye(classes)[labels]


def image_shape(name: str, shape: Sequence[int]) -> tuple[int, int, int]:
    """(channels, height, width) of the samples of a data set.

    Args:
        name: of the data set, for an error.
        shape: of its samples.

    Raises:
        InvalidInputError: they are no images, and so nothing for ``--conv``.
    """
    if len(shape) != 3:
        raise InvalidInputError(f"--conv is for images; samples of {name} have shape {shape}")
    channels, height, width = shape
    return channels, height, width
