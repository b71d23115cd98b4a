"""Which layer costs most in integers, and what would help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from numpy.typing import ArrayLike

from lava_bccn.dynamics.fixed_point import MAX_EVENT_BITS, MAX_WEIGHT_BITS, FixedPointFormat
from lava_bccn.errors import MappingError
from lava_bccn.mapping.quantise import quantise
from lava_bccn.mapping.report.numbers import Outcome
from lava_bccn.mapping.report.pair import Pair
from lava_bccn.mapping.report.scores import Scores, kind_of, labels_of
from lava_bccn.network.network import MappedNetwork
from lava_bccn.validation import event_rates


def layers_alone(
    reference: MappedNetwork,
    network: MappedNetwork,
    calibration: ArrayLike,
    inputs: ArrayLike,
    labels: ArrayLike | None = None,
    progress: Callable[[int], object] = lambda samples: None,
) -> list[Outcome]:
    """What each layer costs where it alone is in integers, with the event rates that it receives.

    Args:
        reference, network, calibration, inputs, labels, progress: of
            :func:`~lava_bccn.mapping.conversion_report`.

    Raises:
        InvalidInputError: as of that.
    """
    pair = Pair.of(reference, network, calibration)
    samples = event_rates(inputs, network.input_shape)
    known = labels_of(labels, len(samples), network.output_size)
    scores = [Scores(kind_of(network, known)) for _ in network.layers]
    for part in pair.batches(len(samples)):
        exact = pair.exact(samples[part])
        outputs = pair.outputs(exact[-1].event_rate)
        for index, score in enumerate(scores):
            given = pair.alone(index, samples[part], exact)
            score.add(given, outputs, None if known is None else known[part])
        progress(part.stop - part.start)
    return [score.outcome() for score in scores]


def remedies(units: FixedPointFormat) -> list[dict[str, int | bool]]:
    """What may cost less than integers of these units, each as arguments of ``quantise``."""
    found: list[dict[str, int | bool]] = []
    if units.weight_bits < MAX_WEIGHT_BITS:
        found.append({"weight_bits": MAX_WEIGHT_BITS})
    if units.event_bits < MAX_EVENT_BITS:
        found.append({"event_bits": MAX_EVENT_BITS})
    return found
