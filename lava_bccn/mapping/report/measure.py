"""Measuring what a network became in integers: layer by layer, and in its outputs."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.mapping.report.layers import LayerCounts
from lava_bccn.mapping.report.numbers import ConversionReport, Kind, Sample
from lava_bccn.mapping.report.pair import Pair
from lava_bccn.mapping.report.scores import Scores, kind_of, labels_of
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import FUNCTION, check
from lava_bccn.validation import event_rates

WORST_SAMPLES = 8

_Candidate = tuple[tuple[bool, float], Sample]
"""How much a sample has changed, and the sample."""


def conversion_report(
    reference: MappedNetwork,
    network: MappedNetwork,
    calibration: ArrayLike,
    inputs: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    equalise: bool = False,
    progress: Callable[[int], object] = lambda samples: None,
) -> ConversionReport:
    """Measure what a network became in integers.

    Args:
        reference: in floating point.
        network: what ``quantise`` made of it.
        calibration: event rates in [0, 1], (samples, ...), that it was calibrated on.
        inputs: event rates to measure on, (samples, ...); best others.
        labels: classes, (samples,); or targets in the units of the outputs, (samples, outputs).
        equalise: what ``quantise`` was told.
        progress: called with a number of samples whenever so many are done.

    Raises:
        InvalidInputError: networks that do not fit each other, or samples that do not fit them.
    """
    check("progress", progress, FUNCTION)
    pair = Pair.of(reference, network, calibration, equalise)
    samples = event_rates(inputs, network.input_shape)
    known = labels_of(labels, len(samples), network.output_size)
    kind = kind_of(network, known)
    layers = [LayerCounts(pair, index) for index in range(len(network.layers))]
    scores = Scores(kind), Scores(kind)
    worst: list[_Candidate] = []
    for part in pair.batches(len(samples)):
        exact, rounded = pair.exact(samples[part]), pair.integers(samples[part])
        for counts, state, other in zip(layers, exact, rounded, strict=True):
            counts.add(state, other)
        outputs = pair.outputs(exact[-1].event_rate), pair.integer_outputs(rounded[-1].event_rate)
        told = None if known is None else known[part]
        for score, given in zip(scores, outputs, strict=True):
            score.add(given, outputs[0], told)
        for row, pairs in enumerate(zip(*outputs, strict=True)):
            label = None if told is None else told[row]
            worst.append((_badness(*pairs, kind), _sample(part.start + row, label, *pairs)))
        worst = sorted(worst, key=itemgetter(0), reverse=True)[:WORST_SAMPLES]
        progress(part.stop - part.start)
    return ConversionReport(
        architecture=network.architecture,
        kind=kind,
        samples=len(samples),
        exact=scores[0].outcome(),
        integers=scores[1].outcome(),
        layers=tuple(counts.report() for counts in layers),
        worst=tuple(sample for _, sample in worst),
    )


def _badness(
    exact: NDArray[np.float64], integers: NDArray[np.float64], kind: Kind
) -> tuple[bool, float]:
    """What orders samples: whether the class has changed, then the largest difference."""
    changed = kind == "classes" and int(exact.argmax()) != int(integers.argmax())
    return changed, float(np.abs(exact - integers).max())


def _sample(
    index: int, label: Any, exact: NDArray[np.float64], integers: NDArray[np.float64]
) -> Sample:
    if label is not None:
        label = tuple(label.tolist()) if np.ndim(label) else int(label)
    return Sample(index, label, tuple(exact.tolist()), tuple(integers.tolist()))
