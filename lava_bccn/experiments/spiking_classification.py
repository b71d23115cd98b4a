"""Spiking classifiers: training, testing, checkpoints."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends import run
from lava_bccn.datasets import Dataset
from lava_bccn.experiments.side_by_side import side_by_side
from lava_bccn.experiments.spiking_classifier import (
    CURRENT_PER_UNIT,
    Classifier,
    ClassifierConfig,
    classifier,
    targets_hz,
)
from lava_bccn.experiments.spiking_cost import synaptic_operations, synaptic_updates
from lava_bccn.files import check_same_run, content_of, is_there, write_atomically
from lava_bccn.mapping.spiking import decode, input_currents, to_rate
from lava_bccn.metrics import accuracy
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.records import stored_arrays, typed
from lava_bccn.sim.spiking import SpikingSimulator
from lava_bccn.sim.spiking.result import SpikingResult

PART = 200
"""Images between two checkpoints."""


@dataclass(frozen=True)
class ClassifierResult:
    """What a run has learned.

    Attributes:
        config: of the run.
        test_accuracy: with the teacher off.
        rate_accuracy: on the same images of the network of event rates that it was mapped back to.
        online_accuracy: (epochs,) of what the outputs said while they learned.
        train_seconds, test_seconds: of simulation.
        spikes, operations, updates: of a test image: spikes, messages that reached a synapse, and
            of a training image synapses that learned.
        network: as it has learned.
        rate_network: that it stands for now.
    """

    config: ClassifierConfig
    test_accuracy: float
    rate_accuracy: float
    online_accuracy: NDArray[np.float64]
    train_seconds: float
    test_seconds: float
    spikes: float
    operations: float
    updates: float
    network: SpikingNetwork
    rate_network: MappedNetwork


HALVED_AT = (0.75, 0.9)
"""Shares of the training after which all rates are halved."""


def train(
    config: ClassifierConfig,
    data: Dataset,
    checkpoint: str | Path | None = None,
    on_part: Callable[[int, float], None] = lambda *_: None,
) -> ClassifierResult:
    """Show the training images one after the other, teacher and plasticity always on; then test.

    Args:
        config: of the run.
        data: images, shown as event rates.
        checkpoint: .npz written every ``PART`` images, from which a run goes on; None: none.
        on_part: called with the images done, and the share of the latest that was right.

    Raises:
        InvalidInputError: the checkpoint is of another run.
        FileFormatError: the checkpoint is damaged, or none.
    """
    made = classifier(config, data)
    simulator = SpikingSimulator(made.network, config.seed)
    parts, half = _parts(config, len(data.train_labels)), _half(config, made.network)
    path = None if checkpoint is None else Path(checkpoint)
    done = _Done()
    if path is not None and is_there(path):
        done = _resume(simulator, config, data, path)
        on_part(*done.told(parts))
    shifts = _rate_shifts(len(parts))
    for part, shift in list(zip(parts, shifts, strict=True))[len(done.right) :]:
        inputs, labels = data.train_inputs[part], data.train_labels[part]
        result = simulator.run(
            input_currents(made.network, inputs.reshape(len(part), -1)),
            targets=targets_hz(config, labels, len(data.class_names)),
            learn=True,
            rate_shift=shift,
            sample_steps=2 * half,
            interval_steps=half,
        )
        right = int((_said(result, config, len(part)) == labels).sum())
        done = done.after(right, result.seconds, synaptic_updates(result))
        if path is not None:
            _save(simulator, config, data, path, done)
        on_part(*done.told(parts))
    return _tested(made, simulator.learned(), config, data, done)


def images_shown(config: ClassifierConfig, data: Dataset) -> int:
    """In all epochs."""
    return sum(len(part) for part in _parts(config, len(data.train_labels)))


def train_side_by_side(
    runs: Sequence[tuple[ClassifierConfig, Path]],
    data: Dataset,
    workers: int | None = None,
    on_part: Callable[[ClassifierConfig, int, float], None] = lambda *_: None,
) -> list[ClassifierResult]:
    """Train every run; each goes on from its checkpoint.

    Args:
        runs: configuration and checkpoint of each.
        data: images, shown as event rates.
        workers: as for :func:`side_by_side`.
        on_part: called in this process with the run, the images it has shown and the share of the
            latest that was right.
    """
    jobs = [(config, path, data) for config, path in runs]
    return side_by_side(
        _train, jobs, workers, lambda job, images, right: on_part(job[0], images, right)
    )


def _train(
    job: tuple[ClassifierConfig, Path, Dataset], tell: Callable[..., None]
) -> ClassifierResult:
    config, path, data = job
    return train(config, data, path, tell)


class _Done(NamedTuple):
    """What a run has behind it."""

    right: tuple[int, ...] = ()
    """Images of each part that the outputs named rightly while they learned."""
    seconds: float = 0.0
    updates: float = 0.0

    def after(self, right: int, seconds: float, updates: float) -> _Done:
        """With another part."""
        return _Done((*self.right, right), self.seconds + seconds, self.updates + updates)

    def told(self, parts: Sequence[NDArray[np.int64]]) -> tuple[int, float]:
        """Images shown, and the share of the latest part that was right."""
        sizes = [len(part) for part in parts[: len(self.right)]]
        return sum(sizes), self.right[-1] / sizes[-1] if sizes else 0.0

    def by_epoch(
        self, parts: Sequence[NDArray[np.int64]], config: ClassifierConfig
    ) -> NDArray[np.float64]:
        """Share of the images that was right, (epochs,)."""
        sizes = np.array([len(part) for part in parts], dtype=np.float64)
        shape = (config.epochs, -1) if config.epochs else (0, 1)
        return np.array(self.right).reshape(shape).sum(1) / sizes.reshape(shape).sum(1)


def _parts(config: ClassifierConfig, images: int) -> list[NDArray[np.int64]]:
    """Which images are shown, in the order of all epochs."""
    parts: list[NDArray[np.int64]] = []
    for epoch in range(config.epochs):
        order = np.random.default_rng((config.seed, epoch)).permutation(images)
        order = order[: config.samples]
        parts += [order[first : first + PART] for first in range(0, len(order), PART)]
    return parts


def _rate_shifts(parts: int) -> list[int]:
    """How often rates have been halved, for each part."""
    return [sum(part >= share * parts for share in HALVED_AT) for part in range(parts)]


def _half(config: ClassifierConfig, network: SpikingNetwork) -> int:
    """Steps of half an example, which are counted together."""
    return network.units.steps(config.example_ms / 2)


def _said(result: SpikingResult, config: ClassifierConfig, images: int) -> NDArray[np.int64]:
    """The classes that the outputs name, by their events in the second half of each example."""
    rates = decode(result, images, skip=1)
    said: NDArray[np.int64] = rates.reshape(images, -1, config.neurons).mean(2).argmax(1)
    return said


def _tested(
    made: Classifier,
    learned: SpikingNetwork,
    config: ClassifierConfig,
    data: Dataset,
    done: _Done,
) -> ClassifierResult:
    inputs, labels = data.test_inputs, data.test_labels
    simulator, half = SpikingSimulator(learned, config.seed), _half(config, learned)
    said: list[NDArray[np.int64]] = []
    spikes = operations = seconds = 0.0
    for first in range(0, len(labels), PART):
        some = inputs[first : first + PART]
        currents = input_currents(learned, some.reshape(len(some), -1))
        result = simulator.run(currents, sample_steps=2 * half, interval_steps=half)
        said.append(_said(result, config, len(some)))
        spikes += float(result.counts[:, :, 0].sum())
        operations += float(synaptic_operations(result).sum())
        seconds += result.seconds
    parts = _parts(config, len(data.train_labels))
    rate_network = to_rate(
        learned, made.rate_network, made.start, current_per_unit=CURRENT_PER_UNIT
    )
    states = run(rate_network, inputs, record=("event_rate",))
    return ClassifierResult(
        config,
        test_accuracy=float(np.mean(np.concatenate(said) == labels)),
        rate_accuracy=accuracy(states.values("event_rate", len(rate_network.layers) - 1), labels),
        online_accuracy=done.by_epoch(parts, config),
        train_seconds=done.seconds,
        test_seconds=seconds,
        spikes=spikes / len(labels),
        operations=operations / len(labels),
        updates=done.updates / max(1, sum(len(part) for part in parts)),
        network=learned,
        rate_network=rate_network,
    )


def _save(
    simulator: SpikingSimulator,
    config: ClassifierConfig,
    data: Dataset,
    path: Path,
    done: _Done,
) -> None:
    notes: dict[str, Any] = {
        "config": json.dumps(_identity(config, data)),
        "right": np.array(done.right, dtype=np.int64),
        "spent": np.array([done.seconds, done.updates]),
    }
    notes |= simulator.arrays()
    write_atomically(path, lambda file: np.savez(file, **notes))


def _resume(
    simulator: SpikingSimulator, config: ClassifierConfig, data: Dataset, path: Path
) -> _Done:
    advice = "delete it, or name another folder"
    with content_of(path, "no checkpoint of bccn spikes", advice):
        stored = stored_arrays(path)
        there = typed(json.loads(str(stored["config"])), dict[str, Any], "config")
        check_same_run(path, there, _identity(config, data))
        parts = _parts(config, len(data.train_labels))
        right, spent = stored["right"], stored["spent"]
        if right.dtype != np.int64 or right.ndim != 1 or not len(right) <= len(parts):
            raise ValueError("it does not say how many images were right")
        if spent.dtype != np.float64 or spent.shape != (2,) or not (spent >= 0).all():
            raise ValueError("it does not say what was spent")
        shown = sum(len(part) for part in parts[: len(right)])
        steps = 2 * _half(config, simulator.network)
        if stored["step"] != shown * steps:
            raise ValueError("it has not learned for as long as it says")
        simulator.restore(stored)
        return _Done(tuple(right.tolist()), *spent.tolist())


def _identity(config: ClassifierConfig, data: Dataset) -> dict[str, Any]:
    """What must be the same for a run to go on."""
    shape = (len(data.train_labels), data.input_size, len(data.class_names))
    described: dict[str, Any] = json.loads(json.dumps({**asdict(config), "data": shape}))
    return described
