"""What has been learned so far, and how a checkpoint holds it: in the network's own metadata."""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.job import LearningSaturations, added
from lava_bccn.backends.result import RunResult
from lava_bccn.datasets import Dataset
from lava_bccn.dynamics.engine import ARITHMETICS
from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.files import check_same_run
from lava_bccn.headers import MAPPED_NETWORK
from lava_bccn.network.engine_state import EngineState
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.storage import load
from lava_bccn.online.curve import Progression, observe
from lava_bccn.online.lesson import Lesson
from lava_bccn.online.notes import Notes, plain, stored_notes
from lava_bccn.settings import check, instance


@dataclass(frozen=True, repr=False)
class Learned:
    """What came of learning.

    Attributes:
        network: as it is now; its ``metadata["learning"]`` holds the rest for a resumed run.
        curve: from before the first sample to after the last.
        saturations: see ``RunResult.learning_saturations``.
        saturated_potentials: of each layer, see ``RunResult.saturations``.
        seconds: spent learning in this run, without tests and checkpoints.
        unchanged: True if this run learned samples and changed nothing.
    """

    network: MappedNetwork
    curve: tuple[Progression, ...]
    saturations: LearningSaturations
    saturated_potentials: NDArray[np.int64]
    seconds: float
    unchanged: bool

    def __repr__(self) -> str:
        """What has learned how much, and what it came to."""
        network, _, _ = repr(self.network).partition("\n")
        before, now = (point.test_accuracy for point in (self.curve[0], self.curve[-1]))
        return (
            f"{type(self).__name__} of {network}\n"
            f"  {self.learned} samples learned, {self.seconds:.3g} s in this run\n"
            f"  test accuracy {before:.2%} before, {now:.2%} now"
        )

    @property
    def learned(self) -> int:
        """Samples learned so far."""
        return self.curve[-1].learned

    def after(
        self,
        result: RunResult,
        data: Dataset,
        chosen: NDArray[np.intp],
        run_id: dict[str, Any],
    ) -> Learned:
        """What has been learned with a further part, whose network has the notes to go on from."""
        correct = float(np.mean(result.predictions == data.train_labels[chosen]))
        curve = (*self.curve, observe(result.network, data, result.learned, correct))
        saturations = added(self.saturations, result.learning_saturations or ())
        potentials = self.saturated_potentials + result.saturations
        notes = Notes(
            **run_id,
            learned=result.learned,
            saturations=saturations,
            saturated_potentials=tuple(potentials.tolist()),
            curve=curve,
        )
        metadata = {**self.network.metadata, **notes.as_metadata()}
        network = replace(result.network, metadata=metadata)
        seconds = self.seconds + result.seconds
        return Learned(network, curve, saturations, potentials, seconds, unchanged=False)


def at_start(network: MappedNetwork, data: Dataset) -> Learned:
    """Before the first sample."""
    return Learned(
        network,
        (observe(network, data, 0, math.nan),),
        tuple({} for _ in network.layers),
        np.zeros(len(network.layers), dtype=np.int64),
        seconds=0.0,
        unchanged=True,
    )


def stored(run_id: dict[str, Any], path: str | Path, total: int) -> Learned:
    """What a checkpoint of the same run, of so many samples in all, holds.

    Raises:
        InvalidInputError: it is of another run.
        FileFormatError: it is damaged.
    """
    network = load(path)
    notes = MAPPED_NETWORK.built(path, lambda: stored_notes(network))
    if notes is None:
        raise InvalidInputError(
            f"{path} is a network that has not learned online; there is nothing to resume, so "
            "name another file"
        )
    before = {name: plain(asdict(LearningConfig()))[name] for name in ("rule", "engine")}
    there, here = (
        {
            f"{group} {name}": value
            for group, settings in groups.items()
            for name, value in _flat(settings).items()
        }
        for groups in (  # what learned before there were rules says nothing of them
            {"config": before | notes.config, "lesson": notes.lesson},
            {name: plain(run_id[name]) for name in ("config", "lesson")},
        )
    )
    others = []
    if notes.dataset != run_id["dataset"]:
        others.append(f"it learned {notes.dataset}")
    elif notes.start != run_id["start"]:
        others.append("it started from another network, or the data have changed")
    check_same_run(path, there, here, others)
    if notes.learned > total:
        raise FileFormatError(
            f"{path} is a damaged {MAPPED_NETWORK.noun}: it has learned {notes.learned} samples of "
            f"a run of {total}"
        )
    potentials = np.array(notes.saturated_potentials, dtype=np.int64)
    return Learned(network, notes.curve, notes.saturations, potentials, 0.0, unchanged=True)


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Settings in settings by names such as ``engine.half``."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if name == "arithmetic":
            flat[f"{prefix}{name}"] = next(
                (known for known, each in ARITHMETICS.items() if asdict(each) == value), value
            )
        elif isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def same_synapses(first: MappedNetwork, second: MappedNetwork) -> bool:
    """Whether all weights and biases of two networks of one form, and tags, are the same.

    Raises:
        InvalidInputError: one is no mapped network.
    """
    for name, each in (("first", first), ("second", second)):
        check(name, each, instance(MappedNetwork))
    return len(first.layers) == len(second.layers) and all(
        all(map(np.array_equal, a.arrays.values(), b.arrays.values()))
        and _same_engine(a.engine, b.engine)
        for a, b in zip(first.layers, second.layers, strict=True)
    )


def _same_engine(first: EngineState | None, second: EngineState | None) -> bool:
    """Whether two layers have the same in the engine, which at first has nothing of its own."""
    if first is None or second is None:
        return all(each is None or not each.tag.any() for each in (first, second))
    arrays = first.arrays.values(), second.arrays.values()
    return len(arrays[0]) == len(arrays[1]) and all(map(np.array_equal, *arrays))


def _arrays(layer: MappedLayer) -> dict[str, NDArray[Any]]:
    """All that learning may change."""
    engine = {} if layer.engine is None else layer.engine.arrays
    return layer.arrays | {f"engine.{name}": array for name, array in engine.items()}


def run_identity(
    network: MappedNetwork, data: Dataset, config: LearningConfig, lesson: Lesson
) -> dict[str, Any]:
    """What must be the same for a run to go on."""
    return {
        "config": asdict(config),
        "lesson": asdict(lesson),
        "dataset": data.name,
        "start": _digest(network, data),
    }


def _digest(network: MappedNetwork, data: Dataset) -> str:
    """Tells a start, and what is shown, from any other."""
    digest = hashlib.sha256()
    for layer in network.layers:
        for array in _arrays(layer).values():
            digest.update(np.ascontiguousarray(array).tobytes())
    for array in (data.train_inputs, data.train_labels):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
