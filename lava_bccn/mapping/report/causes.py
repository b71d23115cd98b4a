"""Which layer costs most in integers, and what would help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

from lava_bccn.dynamics.fixed_point import MAX_EVENT_BITS, MAX_WEIGHT_BITS
from lava_bccn.dynamics.relu import RELU
from lava_bccn.mapping.report.numbers import Outcome
from lava_bccn.mapping.report.pair import Pair
from lava_bccn.mapping.report.scores import Scores, kind_of, labels_of
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import FUNCTION, check
from lava_bccn.validation import event_rates


def layers_alone(
    reference: MappedNetwork,
    network: MappedNetwork,
    calibration: ArrayLike,
    inputs: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    equalise: bool = False,
    progress: Callable[[int], object] = lambda samples: None,
) -> list[Outcome]:
    """What each layer costs where it alone is in integers, with the event rates that it receives.

    Args:
        reference, network, calibration, inputs, labels, equalise, progress: of
            :func:`~lava_bccn.mapping.conversion_report`.

    Raises:
        InvalidInputError: as of that.
    """
    check("progress", progress, FUNCTION)
    pair = Pair.of(reference, network, calibration, equalise)
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


def remedies(network: MappedNetwork) -> list[dict[str, Any]]:
    """What may cost less than the integers of a network, each as arguments of ``quantise``."""
    units, found = network.number_format, []
    assert units is not None
    if units.weight_bits < MAX_WEIGHT_BITS:
        found.append({"weight_bits": MAX_WEIGHT_BITS})
    if units.event_bits < MAX_EVENT_BITS:
        found.append({"event_bits": MAX_EVENT_BITS})
    hidden = range(len(network.layers) - 1)
    rectified = any(network.activation_of(index) == RELU for index in hidden)
    return [*found, {"correct_bias": True}, *([{"equalise": True}] if rectified else [])]
