"""Data sets by name or path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from lava_bccn.datasets import cifar, digits, mnist, moving_digits
from lava_bccn.datasets.arrays import read_arrays
from lava_bccn.datasets.dataset import Dataset
from lava_bccn.datasets.downloads import fetch
from lava_bccn.datasets.events import check_frames, holds_recordings, read_recordings
from lava_bccn.datasets.folders import read_folder
from lava_bccn.datasets.places import default_data_dir
from lava_bccn.datasets.reading import Reading
from lava_bccn.datasets.splits import check_share
from lava_bccn.datasets.tables import read_table
from lava_bccn.errors import BurstCCNError, InvalidInputError, MissingDataError
from lava_bccn.registry import Registry


@dataclass(frozen=True)
class Source:
    """A data set that has a name.

    Attributes:
        name: by which it is chosen.
        summary: what it is, for help texts.
        read: reads it from the data folder.
        files: its files there; none where they are missing. None: it needs no files.
        fetch: brings them into the data folder; None: nothing does.
    """

    name: str
    summary: str
    read: Callable[[Path], Dataset]
    files: Callable[[Path], tuple[Path, ...]] | None = None
    fetch: Callable[[Path], None] | None = None


def _of_mnist(kind: mnist.Kind, summary: str) -> Source:
    return Source(
        kind.name,
        summary,
        partial(mnist.read, kind),
        partial(mnist.files_of, kind),
        partial(fetch, kind.name),
    )


DATA_SETS: Registry[Source] = Registry(
    "data set",
    (
        Source("digits", "8 x 8 digits of scikit-learn", lambda _: digits.read()),
        _of_mnist(mnist.MNIST, "28 x 28 digits"),
        _of_mnist(mnist.FASHION_MNIST, "28 x 28 pictures of clothes"),
        Source(
            "cifar10",
            "32 x 32 pictures of ten things",
            cifar.read,
            cifar.files_of,
            partial(fetch, "cifar10"),
        ),
        Source(
            "moving-digits",
            "digits before an event camera (extra events)",
            lambda _: moving_digits.read(),
        ),
    ),
)

_LONG = 300
"""Characters of a name that are repeated in an error."""

NAMES = DATA_SETS.names
"""Of the data sets that come with the package or are fetched."""

FILES: dict[str, Callable[[Path, Reading], Dataset]] = {
    ".npz": read_arrays,
    ".csv": read_table,
    ".tsv": read_table,
}
"""Readers of files, by their endings."""


def load(
    name: str | Path,
    data_dir: str | Path | None = None,
    *,
    download: bool = False,
    test_share: float | None = None,
    label: str | None = None,
    frames: int | None = None,
    like: Mapping[str, Any] | None = None,
) -> Dataset:
    """Load a data set by name, or from files of one's own by their path.

    What reading decides and would surprise is a ``DataWarning``: transparent pictures, grey among
    coloured ones, a test set that was held out, columns of one value.

    Args:
        name: one of ``DATA_SETS``; a folder of pictures, ``train/CLASS/*`` and ``test/CLASS/*`` or
            ``val/CLASS/*``, or ``CLASS/*`` alone; a ``.npz`` of ``inputs`` and ``labels``, and
            ``test_inputs`` and ``test_labels`` if there are some; a ``.csv`` table, which is scaled
            to [0, 1] by the training set; or a folder of recordings of event cameras (``events``).
        data_dir: where named data sets are; by default ``$LAVA_BCCN_DATA`` or ``data``.
        download: fetch what is missing into ``data_dir``.
        test_share: of files without a test set, the share of each class that is held out; 0.2.
        label: of a table, the name or number of the column of the labels; the last.
        frames: of recordings of events, into how many each is cut; 3.
        like: what a checkpoint or a network records of the data it was made with (``metadata``):
            scaling, classes and column of the labels are then as they were.

    Raises:
        InvalidInputError: no such data set, or one that cannot be used; names the file.
        MissingDataError: its files are not there; says where they were looked for.
        FileFormatError: a damaged file.
    """
    how = Reading() if like is None else Reading.recorded(like)
    if test_share is not None:
        how = replace(how, test_share=check_share(test_share))
    if label is not None:
        how = replace(how, label=label)
    if frames is not None:
        how = replace(how, frames=check_frames(frames))
    try:
        data = _load(str(name), data_dir, download, how)
    except OSError as error:
        if isinstance(error, BurstCCNError):
            raise
        what = str(error.filename or name)[:_LONG]
        raise InvalidInputError(f"{what} cannot be read ({error.strerror or error})") from error
    if test_share is not None and data.reading.test_share is None:
        raise InvalidInputError(f"{name} has a test set of its own; leave --test-share out")
    if label is not None and data.reading.label is None:
        raise InvalidInputError(f"{name} is no table; --label is for .csv files")
    if frames is not None and data.reading.frames != frames:
        raise InvalidInputError(f"{name} is no folder of recordings of events; leave --frames out")
    return data


def _load(name: str, data_dir: str | Path | None, download: bool, how: Reading) -> Dataset:
    if name in DATA_SETS:
        source = DATA_SETS[name]
        root = default_data_dir() if data_dir is None else Path(data_dir)
        if download and source.files and source.fetch and not source.files(root):
            source.fetch(root)
        return source.read(root)
    path = Path(name)
    read_file = FILES.get(path.suffix.lower())
    if name and path.is_dir():
        return (read_recordings if holds_recordings(path) else read_folder)(path, how)
    if read_file is not None and path.is_file():
        return read_file(path, how)
    if name and (read_file is not None or path.exists()):
        problem = "not there" if not path.exists() else f"none of {', '.join(FILES)}"
        raise MissingDataError(f"{path} is {problem}; expected a data set")
    raise InvalidInputError(
        f"there is no data set {name!r}; expected one of {', '.join(DATA_SETS)}, a folder with "
        f"train/CLASS/* and test/CLASS/* images, or a {' or '.join(FILES)} file"
    )


def place_of(name: str, root: Path) -> Path | None:
    """The folder that a named data set is in; None where it is missing or needs no files."""
    files = DATA_SETS[name].files
    try:
        found = () if files is None else files(root)
    except OSError:  # a folder that may not be looked into
        return None
    return found[0].parent if found else None
