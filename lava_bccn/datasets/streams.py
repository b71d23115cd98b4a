"""A folder of pictures that stay there: each is read, and cut to one size, when it is shown."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.classes import check_several
from lava_bccn.datasets.cropping import central_box, cut, random_box, upright_colours
from lava_bccn.datasets.folders import classes_of, files_of, parts_of
from lava_bccn.errors import DataWarning, InvalidInputError, MissingDataError
from lava_bccn.extras import require

COLOURS = 3


@dataclass(frozen=True, eq=False)
class Pictures:
    """Picture files and their classes.

    Attributes:
        root: folder that they are in.
        names: of the files in it, as bytes, (samples,): a million of them take 40 MB.
        labels: number of the class of each, (samples,).
        size: height and width of what is shown.
        resize: length of the shorter side of a picture out of whose middle that is cut.
        least_area: share of a picture that a random crop shows at least.
    """

    root: Path
    names: NDArray[np.bytes_]
    labels: NDArray[np.int64]
    size: int
    resize: int
    least_area: float

    def __len__(self) -> int:
        return len(self.names)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of every picture."""
        return COLOURS, self.size, self.size

    def part(self, chosen: Sequence[int] | NDArray[np.integer]) -> Pictures:
        """Some of them."""
        return replace(self, names=self.names[chosen], labels=self.labels[chosen])

    def path(self, index: int) -> Path:
        """The file of one of them."""
        return self.root / os.fsdecode(self.names[index])

    def read(self, index: int) -> NDArray[np.uint8]:
        """The middle of a picture, ``shape``, as it is shown in a test.

        Raises:
            InvalidInputError: it cannot be read; names the file.
        """
        image = upright_colours(self.path(index))
        return cut(image, central_box(*image.size, self.size / self.resize), self.size)

    def read_at_random(
        self, index: int, generator: np.random.Generator, *, flip: bool
    ) -> NDArray[np.uint8]:
        """A random piece of a picture, ``shape``, as it is shown in training.

        Args:
            index: of the picture.
            generator: that the piece is drawn from.
            flip: mirror it with probability ½.

        Raises:
            InvalidInputError: it cannot be read; names the file.
        """
        image = upright_colours(self.path(index))
        shown = cut(image, random_box(*image.size, self.least_area, generator), self.size)
        is_mirrored = flip and generator.random() < 0.5
        return np.ascontiguousarray(shown[:, :, ::-1]) if is_mirrored else shown


@dataclass(frozen=True, eq=False)
class PictureFolder:
    """A folder of pictures with a training and a test set.

    Attributes:
        name: of the folder.
        training, test: its pictures.
        class_names: in the order of the labels.
    """

    name: str
    training: Pictures
    test: Pictures
    class_names: tuple[str, ...]


def stream(
    folder: str | Path, *, size: int = 224, resize: int | None = None, least_area: float = 0.08
) -> PictureFolder:
    """Look for the pictures of a folder, ``train/CLASS/*`` and ``val/CLASS/*``, and read none.

    They may differ in size and not fit into memory together: ImageNet as torchvision lays it out.

    Args:
        folder: as for :func:`~lava_bccn.datasets.load`, with a test set.
        size: height and width of what is shown of each.
        resize: length of the shorter side of a picture for a test, out of whose middle a square of
            ``size`` is cut; ``size * 8 / 7`` (256 for 224) where nothing is said.
        least_area: share of a picture that a random crop for training shows at least.

    Raises:
        InvalidInputError: sizes that are none, or classes that the two sets do not share.
        MissingDataError: no such folder, no test set, or a class without pictures.
    """
    root = Path(folder)
    resize = _checked_sizes(size, resize, least_area)
    if not root.is_dir():
        raise MissingDataError(f"{root} is no folder; expected train/CLASS/* and val/CLASS/* in it")
    training, test = parts_of(root)
    if test is None:
        raise MissingDataError(
            f"{root} has no test set; streaming needs train/CLASS/* and val/CLASS/* in it"
        )
    names = classes_of(training)
    if names != classes_of(test):
        only = sorted({*names} ^ {*classes_of(test)})
        raise InvalidInputError(
            f"train and test in {root} have different classes: {only} are in one of them only"
        )
    check_several(names, root)
    taught, tested = (_listed(part, names, size, resize, least_area) for part in (training, test))
    return PictureFolder(root.resolve().name, taught, tested, names)


def _checked_sizes(size: int, resize: int | None, least_area: float) -> int:
    if resize is None and isinstance(size, int):
        resize = round(size * 8 / 7)
    for name, value in (("size", size), ("resize", resize)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InvalidInputError(f"{name} must be an integer of at least 1, not {value!r}")
    assert resize is not None
    if resize < size:
        raise InvalidInputError(
            f"resize must be at least size, for squares of {size} are cut out of it; got {resize}"
        )
    if isinstance(least_area, bool) or not isinstance(least_area, int | float):
        raise InvalidInputError(f"least_area must be in (0, 1], not {least_area!r}")
    if not 0 < least_area <= 1:
        raise InvalidInputError(f"least_area must be in (0, 1], not {least_area!r}")
    return resize


def _listed(
    part: Path, classes: Sequence[str], size: int, resize: int, least_area: float
) -> Pictures:
    """The pictures of all class folders, by the ends of their names."""
    require("PIL.Image", "data", "reading pictures")
    from PIL import Image

    endings = tuple(Image.registered_extensions())
    names: list[bytes] = []
    labels: list[int] = []
    others: list[Path] = []
    for label, name in enumerate(classes):
        files = list(files_of(part / name))
        chosen = [file for file in files if file.suffix.lower() in endings]
        if not chosen:
            raise MissingDataError(f"{part / name} has no pictures; expected some of every class")
        others += [file for file in files if file.suffix.lower() not in endings]
        names += [os.fsencode(file.relative_to(part)) for file in chosen]
        labels += [label] * len(chosen)
    if others:
        warnings.warn(
            f"{len(others)} files in {part} are no pictures by their names and are left out; the "
            f"first: {others[0]}",
            DataWarning,
            stacklevel=3,
        )
    return Pictures(part, np.array(names), np.array(labels), size, resize, least_area)
