"""Recordings of event cameras, cut into frames of event rates by Tonic.

A recording is a stream of events (x, y, t, p): where, when, and whether it became brighter there or
darker. ``tonic.transforms.ToFrame`` cuts it into as many frames of equal time as are asked for and
counts the events of each polarity; counts over the largest of the recording are event rates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.dataset import Dataset
from lava_bccn.datasets.folders import read_folder
from lava_bccn.datasets.reading import Reading
from lava_bccn.errors import InvalidInputError
from lava_bccn.extras import require

FRAMES = 3
"""Into which a recording is cut where nobody says: N-MNIST has three saccades."""

EVENT = np.dtype([("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "<i2")])
"""Column, row, time and polarity (1: brighter, 0: darker) of an event; as Tonic has them."""

ENDINGS = (".bin", ".npy", ".npz")
"""Of files of recordings: N-MNIST's, structured arrays of ``EVENT``, and x, y, t, p as arrays."""

_MOST_PIXELS = 1 << 22


@dataclass(frozen=True)
class Binning:
    """How recordings become frames.

    Attributes:
        frames: that each is cut into.
        width, height: of the sensor.
    """

    frames: int
    width: int
    height: int

    def rates(self, recording: NDArray[Any]) -> NDArray[np.float32]:
        """Event rates of a recording, (2 * frames, height, width): darker and brighter in turn."""
        transforms = require("tonic.transforms", "events", "cutting events into frames")
        size = (self.width, self.height, 2)
        cut = transforms.ToFrame(sensor_size=size, n_time_bins=self.frames)
        counts = np.asarray(cut(recording), dtype=np.float32)
        counts /= max(float(counts.max()), 1.0)
        return counts.reshape(2 * self.frames, self.height, self.width)


def check_frames(frames: int) -> int:
    """A number of frames.

    Raises:
        InvalidInputError: it is none.
    """
    if type(frames) is not int or frames < 1:
        raise InvalidInputError(f"frames must be an integer of at least 1, not {frames!r}")
    return frames


def holds_recordings(root: Path) -> bool:
    """Whether the first file within a folder is one of events."""
    first = next((file for file in root.rglob("*") if _is_visible(file)), None)
    return first is not None and first.suffix.lower() in ENDINGS


def _is_visible(file: Path) -> bool:
    return file.is_file() and not file.name.startswith(".")


def read_recordings(root: Path, how: Reading) -> Dataset:
    """A folder of recordings, ``train/CLASS/*`` and ``test/CLASS/*``, or ``CLASS/*`` alone.

    Args:
        root: the folder, such as that in which Tonic keeps N-MNIST.
        how: frames and sensor, where they are known; the share that is held out.

    Raises:
        MissingExtraError: Tonic is not installed.
        MissingDataError, InvalidInputError: as of a folder of pictures; names the file.
    """
    known: list[Binning] = []

    def read(files: Sequence[Path]) -> tuple[NDArray[np.float32], list[int]]:
        recordings = [read_recording(file) for file in files]
        known.append(binning_of(recordings, how, root))
        return frames_of(recordings, known[0]), [*range(len(files))]

    data = read_folder(root, how, read, "recordings")
    return replace(data, reading=replace(data.reading, frames=known[0].frames, sensor=_size(known)))


def _size(known: list[Binning]) -> tuple[int, int]:
    return known[0].width, known[0].height


def binning_of(recordings: Iterable[NDArray[Any]], how: Reading, where: object) -> Binning:
    """As it is known, or else of a sensor that all events fit on.

    Raises:
        InvalidInputError: events beyond the sensor, or one that is too large to be true.
    """
    largest = [(int(each["x"].max()) + 1, int(each["y"].max()) + 1) for each in recordings]
    width, height = (max(sizes) for sizes in zip(*largest, strict=True))
    frames = FRAMES if how.frames is None else how.frames
    if how.sensor is not None:
        if width > how.sensor[0] or height > how.sensor[1]:
            raise InvalidInputError(
                f"events of {where} reach {width} x {height} pixels, beyond the "
                f"{how.sensor[0]} x {how.sensor[1]} that the network was made for"
            )
        width, height = how.sensor
    if frames * width * height > _MOST_PIXELS:
        raise InvalidInputError(
            f"{frames} frames of {width} x {height} pixels of {where} are too many; take fewer "
            "frames, or recordings of a smaller part of the sensor"
        )
    return Binning(frames, width, height)


def frames_of(recordings: Sequence[NDArray[Any]], binning: Binning) -> NDArray[np.float32]:
    """Event rates of recordings, (recordings, 2 * frames, height, width)."""
    return np.stack([binning.rates(each) for each in recordings])


def read_recording(path: Path) -> NDArray[Any]:
    """The events of a file in the order of time, as ``EVENT``.

    Raises:
        InvalidInputError: it holds none, or something else.
    """
    try:
        events = _events(path)
    except (ValueError, KeyError, OSError, EOFError, TypeError, IndexError) as error:
        raise InvalidInputError(
            f"{path} is no recording of events ({error}); expected a structured array of x, y, t, "
            "p (.npy), these as arrays (.npz), or a file of N-MNIST (.bin)"
        ) from error
    if not len(events) or min(events["x"].min(), events["y"].min()) < 0:
        what = "columns or rows below 0" if len(events) else "no events"
        raise InvalidInputError(f"{path} has {what}; leave it out")
    return events[np.argsort(events["t"], kind="stable")]


def _events(path: Path) -> NDArray[Any]:
    if path.suffix.lower() == ".bin":
        reader = require("tonic.io", "events", "reading N-MNIST's files")
        return as_events(reader.read_mnist_file(str(path), dtype=EVENT))
    with path.open("rb") as file:
        return as_events(np.load(file, allow_pickle=False))


def as_events(columns: Any) -> NDArray[Any]:
    """Columns x, y, t, p of whatever has them by name, as ``EVENT``."""
    events = np.empty(len(columns["x"]), dtype=EVENT)
    for name in ("x", "y", "t"):
        events[name] = columns[name]
    events["p"] = np.asarray(columns["p"]) > 0
    return events
