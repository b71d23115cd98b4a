"""Learning curves: how good a network is after a number of samples, and how its ensembles burst."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lava_bccn.backends.execution import run
from lava_bccn.datasets import Dataset
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.network import MappedNetwork
from lava_bccn.tables import table_beside, write_table

HISTOGRAM_BINS = 200
"""Of burst probabilities from 0 to 2 p_baseline."""

OBSERVED_SAMPLES = 500
"""Test samples whose burst probabilities are observed."""


@dataclass(frozen=True)
class Progression:
    """A point of the learning curve.

    Attributes:
        learned: samples learned.
        accuracy: while learning, since the point before, each sample tested before it was learned;
            NaN at the start.
        test_accuracy: with plasticity off.
        class_accuracy: the same for each class; NaN for one without test samples.
        limit: share of the weights W that are as large as they can be; 0 in floating point.
        burst_prob: how often each burst probability occurs on taught test samples, a list a layer.
    """

    learned: int
    accuracy: float
    test_accuracy: float
    class_accuracy: tuple[float, ...]
    limit: float
    burst_prob: tuple[tuple[int, ...], ...]

    @property
    def numbers(self) -> dict[str, float]:
        """All but the burst probabilities, by the names of the CSV."""
        names = ("learned", "accuracy", "test_accuracy", "limit")
        return {name: getattr(self, name) for name in names} | {
            f"test_accuracy_{label}": share for label, share in enumerate(self.class_accuracy)
        }


def observe(network: MappedNetwork, data: Dataset, learned: int, accuracy: float) -> Progression:
    """Test a network with plasticity off."""
    predictions = run(network, data.test_inputs).predictions
    correct = predictions == data.test_labels
    per_class = [
        float(correct[data.test_labels == label].mean())
        if (data.test_labels == label).any()
        else math.nan
        for label in range(network.output_size)
    ]
    inputs, labels = data.some_test(OBSERVED_SAMPLES)
    taught = run(network, inputs, np.eye(network.output_size)[labels], record=("burst_prob",))
    edges = np.linspace(0, 2 * network.p_baseline, HISTOGRAM_BINS + 1)
    counts = [
        np.histogram(taught.values("burst_prob", layer), edges)[0]
        for layer in range(len(network.layers))
    ]
    limit = 0.0
    if network.number_format is not None:
        largest = network.number_format.max_weight
        at_limit = sum(int((np.abs(layer.weight) == largest).sum()) for layer in network.layers)
        limit = at_limit / sum(layer.weight.size for layer in network.layers)
    return Progression(
        learned,
        accuracy,
        float(correct.mean()),
        tuple(per_class),
        limit,
        tuple(tuple(layer.tolist()) for layer in counts),
    )


def curve_path(checkpoint: str | Path) -> Path:
    """The CSV of the learning curve beside a checkpoint; see ``tables.table_beside``.

    Raises:
        InvalidInputError: the checkpoint is not named ``….safetensors``.
    """
    if Path(checkpoint).suffix != ".safetensors":
        raise InvalidInputError(
            f"{checkpoint} should be named ….safetensors, as {checkpoint}.safetensors; the "
            "learning curve goes beside it as .csv"
        )
    return table_beside(checkpoint, "learned")


def write_curve(checkpoint: str | Path, curve: Sequence[Progression]) -> None:
    """Write a curve as CSV beside its checkpoint.

    Raises:
        OutputPathError: it cannot be written there.
    """
    rows = [point.numbers for point in curve]
    write_table(table_beside(checkpoint, "learned", rows), rows)
