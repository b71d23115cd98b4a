"""Networks that have learned nothing yet, with room in their weights to learn on the chip."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.quantise import check_ranges, exponent_of_range, quantise
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork, Precision
from lava_bccn.validation import event_rates

HIDDEN_RANGE, OUTPUT_RANGE = 0.5, 1.0
"""How large weights may become. The smaller the range, the finer the steps, and the noise of
stochastic rounding with them; ``bccn run --learn`` reports how many weights reach the end."""

GAIN = 0.5
"""Of the Xavier-normal start: small, so that the units start in the middle of their range, where
they learn from every error."""

MAX_GAIN = 1000.0

RANDOM_FEEDBACK_STD = 2.0
"""Standard deviation of a fixed random Y: large, so that hidden layers keep up with the output."""


def new_network(
    sizes: Sequence[int],
    inputs: ArrayLike,
    *,
    feedback: str = "kolen_pollack",
    feedback_event: str = "tied",
    learn_feedback_burst: bool = False,
    learn_feedback_event: bool = False,
    feedback_std: float | None = None,
    gain: float = GAIN,
    weight_range: Sequence[float] | None = None,
    precision: Precision = "fixed",
    p_baseline: float = 0.5,
    weight_bits: int = 8,
    event_bits: int = 8,
    burst_extra_bits: int = 4,
    seed: int = 0,
    metadata: Mapping[str, Any] | None = None,
    activation: str = "sigmoid",
) -> MappedNetwork:
    """A network with Xavier-normal weights, to learn online.

    Args:
        sizes: units of each layer from the input to the output, for example ``(784, 500, 10)``.
        inputs: (samples, ...) event rates in [0, 1] to calibrate the scales of states on.
        feedback: regime of Y: ``"random"``, ``"symmetric"``, ``"tied"`` or ``"kolen_pollack"``.
        feedback_event: regime of Q: ``"tied"``, ``"symmetric"`` or ``"random"``.
        learn_feedback_burst, learn_feedback_event: homeostatic learning of Y and Q.
        feedback_std: of a Y that starts random, in units of weights; by default that of W for
            ``"kolen_pollack"``, else ``RANDOM_FEEDBACK_STD``. A random Q has p^b times that.
        gain: of the Xavier-normal start of W.
        weight_range: how large the weights of each layer may become.
        precision: ``"fixed"`` or ``"float"``.
        p_baseline, weight_bits, event_bits, burst_extra_bits: see ``from_torch``.
        seed: of the weights.
        metadata: kept with the network.
        activation: ``"sigmoid"``, or ``"hard_sigmoid"`` for the hardware form.

    Raises:
        InvalidInputError: sizes, regimes or inputs that do not fit.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise InvalidInputError(f"sizes need at least an input and an output size, not {sizes!r}")
    if feedback not in ("random", "symmetric", "tied", "kolen_pollack"):
        raise InvalidInputError(
            "feedback must be 'random', 'symmetric', 'tied' or 'kolen_pollack' for the hidden "
            f"layers to learn, not {feedback!r}"
        )
    if feedback_event not in ("tied", "symmetric", "random"):
        raise InvalidInputError(
            f"feedback_event must be 'tied', 'symmetric' or 'random', not {feedback_event!r}"
        )
    if learn_feedback_event and feedback_event == "tied":
        raise InvalidInputError("a tied Q follows Y: learning needs it 'symmetric' or 'random'")
    if learn_feedback_burst and feedback not in ("random", "symmetric"):
        raise InvalidInputError(f"a {feedback!r} Y follows W: it cannot learn by another rule")
    std_is_valid = feedback_std is None or 0 <= feedback_std < math.inf
    if seed < 0 or not 0 < gain <= MAX_GAIN or not std_is_valid:
        raise InvalidInputError(
            f"expected a seed of 0 or more, a gain up to {MAX_GAIN:g} and a feedback_std of 0 or "
            f"more, not {seed!r}, {gain!r} and {feedback_std!r}"
        )
    random = np.random.default_rng(seed)
    layers = []
    for index, (below, units) in enumerate(pairwise(sizes)):
        std_of_weight = gain * math.sqrt(2 / (below + units))
        weight = random.normal(0, std_of_weight, (units, below))
        fields: dict[str, Any] = {}
        if index > 0:
            std = std_of_weight if feedback == "kolen_pollack" else RANDOM_FEEDBACK_STD
            std = std if feedback_std is None else feedback_std
            starts_random = feedback in ("random", "kolen_pollack")
            burst = random.normal(0, std, weight.shape) if starts_random else weight.copy()
            event = p_baseline * burst
            if feedback_event == "random":
                spread = std if starts_random else std_of_weight
                event = random.normal(0, p_baseline * spread, weight.shape)
            fields = {
                "feedback": feedback,
                "feedback_event_regime": feedback_event,
                "feedback_burst": burst,
                "feedback_event": event,
                "learn_feedback_burst": learn_feedback_burst,
                "learn_feedback_event": learn_feedback_event,
            }
        layers.append(MappedLayer(weight=weight, bias=np.zeros(units), **fields))
    ranges = weight_range or (*(HIDDEN_RANGE,) * (len(layers) - 1), OUTPUT_RANGE)
    check_ranges(ranges, len(layers))
    if precision == "fixed":
        layers = [
            _dithered(layer, exponent_of_range(largest, weight_bits), p_baseline, random)
            for layer, largest in zip(layers, ranges, strict=True)
        ]
    network = MappedNetwork(
        tuple(layers), "float", p_baseline, metadata=metadata or {}, activation=activation
    )
    if precision == "float":
        return network
    return quantise(
        network,
        event_rates(inputs, network.input_size, "calibration inputs"),
        weight_bits=weight_bits,
        event_bits=event_bits,
        burst_extra_bits=burst_extra_bits,
        weight_range=ranges,
    )


def _dithered(
    layer: MappedLayer, exponent: int, p_baseline: float, random: np.random.Generator
) -> MappedLayer:
    """A layer whose small weights survive rounding to multiples of 2^exponent, on average.

    To the nearest, a start smaller than half a step would be all zeros, and would never learn.
    """

    def dithered(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values + 2.0**exponent * (random.random(values.shape) - 0.5)

    weight = dithered(layer.weight)
    if layer.feedback not in ("symmetric", "tied", "kolen_pollack"):
        return replace(layer, weight=weight)
    burst = weight
    if layer.feedback == "kolen_pollack":
        assert layer.feedback_burst is not None
        burst = dithered(layer.feedback_burst)
    if layer.feedback_event_regime == "random":
        return replace(layer, weight=weight, feedback_burst=burst)
    return replace(layer, weight=weight, feedback_burst=burst, feedback_event=p_baseline * burst)
