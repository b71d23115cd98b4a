"""How samples were made of a file, so that the next command makes them alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lava_bccn.datasets.scaling import Scaling
from lava_bccn.errors import FileFormatError


@dataclass(frozen=True)
class Reading:
    """Choices that were made, or are to be made, when a file is read; None leaves them open.

    Attributes:
        test_share: of a data set without a test set, the share of each class that is held out.
        label: of a table, the column of the labels.
        scaling: of a table, by which its columns come into [0, 1].
        frames: of recordings of events, into how many each is cut.
        sensor: of the same, its width and height.
        class_names: in the order of the output units, where they are known.
    """

    test_share: float | None = None
    label: str | None = None
    scaling: Scaling | None = None
    class_names: tuple[str, ...] = ()
    frames: int | None = None
    sensor: tuple[int, int] | None = None

    def notes(self) -> dict[str, Any]:
        """As a file records it, in plain data, beside the names of the classes."""
        notes: dict[str, Any] = {"test_share": self.test_share, "label": self.label}
        notes |= {"frames": self.frames, "sensor": self.sensor and list(self.sensor)}
        notes = {name: value for name, value in notes.items() if value is not None}
        return notes if self.scaling is None else {**notes, "scaling": self.scaling.notes()}

    @classmethod
    def recorded(cls, notes: Mapping[str, Any]) -> Reading:
        """Of what a file records of its data set: ``reading`` and ``class_names``.

        Raises:
            FileFormatError: it is damaged.
        """
        reading = notes.get("reading", {})
        names = notes.get("class_names", ())
        try:
            scaling, share = reading.get("scaling"), reading.get("test_share")
            label, frames = reading.get("label"), reading.get("frames")
            sensor = reading.get("sensor")
            return cls(
                None if share is None else float(share),
                None if label is None else str(label),
                None if scaling is None else Scaling.recorded(scaling),
                tuple(map(str, names)) if isinstance(names, Sequence) else (),
                None if frames is None else int(frames),
                None if sensor is None else (int(sensor[0]), int(sensor[1])),
            )
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise FileFormatError(
                f"what the file says of the reading of its data set is damaged ({error}); train "
                "or make the network again"
            ) from error
