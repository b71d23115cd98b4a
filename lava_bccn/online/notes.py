"""What a network that learned online notes of it, in its metadata."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from lava_bccn.backends.job import LearningSaturations
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.network import MappedNetwork
from lava_bccn.online.curve import Progression
from lava_bccn.records import record
from lava_bccn.settings import check, instance

_KEY = "learning"


@dataclass(frozen=True)
class Notes:
    """All that a run needs to go on, but the network.

    Attributes:
        config, lesson: fields of its ``LearningConfig`` and its ``Lesson``.
        dataset: name of what it learned.
        start: a digest of the network that it started from, and of the training set.
        learned: samples so far.
        saturations: see ``RunResult.learning_saturations``.
        saturated_potentials: of each layer.
        curve: from before the first sample.

    Raises:
        InvalidInputError: a curve that does not lead to ``learned``, or numbers of layers that
            differ.
    """

    config: dict[str, Any]
    lesson: dict[str, Any]
    dataset: str
    start: str
    learned: int
    saturations: LearningSaturations
    saturated_potentials: tuple[int, ...]
    curve: tuple[Progression, ...]

    def __post_init__(self) -> None:
        steps = [0, *(point.learned for point in self.curve)]
        if not self.curve or steps[-1] != self.learned or any(a > b for a, b in pairwise(steps)):
            raise InvalidInputError(
                f"{_KEY}.curve does not lead from 0 to the {self.learned} samples that were learned"
            )
        forms = {(len(each.class_accuracy), len(each.burst_prob)) for each in self.curve}
        layers = {len(self.saturations), len(self.saturated_potentials), *(n for _, n in forms)}
        if len(forms) != 1 or len(layers) != 1:
            raise InvalidInputError(f"{_KEY}.curve is of different numbers of classes or layers")

    def as_metadata(self) -> dict[str, Any]:
        """As JSON gives it back: lists for tuples, None for NaN; under the name of its key."""
        return {_KEY: plain(asdict(self))}


def stored_notes(network: MappedNetwork) -> Notes | None:
    """The notes of when a network last learned; None if it never did.

    Raises:
        InvalidInputError: no mapped network, or notes that are damaged; the message says where.
    """
    check("network", network, instance(MappedNetwork))
    stored = network.metadata.get(_KEY)
    if stored is None:
        return None
    notes = record(Notes, _with_nan(stored), _KEY)
    if len(notes.saturations) != len(network.layers):
        raise InvalidInputError(
            f"{_KEY} is of {len(notes.saturations)} layers, the network has {len(network.layers)}"
        )
    return notes


def stored_curve(network: MappedNetwork) -> tuple[Progression, ...]:
    """The learning curve of when a network last learned; empty if it never did.

    Raises:
        InvalidInputError: what it notes of that is damaged.
    """
    notes = stored_notes(network)
    return () if notes is None else notes.curve


def plain(value: Any) -> Any:
    """As JSON gives it back: lists for tuples, None for NaN."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _with_nan(stored: Any) -> Any:
    """Notes with NaN again in the shares of their curve that have none."""
    points = stored.get("curve") if isinstance(stored, dict) else None
    if not isinstance(points, list):
        return stored

    def share(value: Any) -> Any:
        if isinstance(value, list):
            return [share(each) for each in value]
        return math.nan if value is None else value

    names = ("accuracy", "class_accuracy")
    curve = [
        {name: share(v) if name in names else v for name, v in point.items()}
        if isinstance(point, dict)
        else point
        for point in points
    ]
    return {**stored, "curve": curve}
