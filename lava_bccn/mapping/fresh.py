"""Networks that have learned nothing yet, with room in their weights to learn on the chip."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.dynamics.activations import ACTIVATIONS, learning_activations
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import MAX_WEIGHT_BITS
from lava_bccn.dynamics.learning_rules import Presynaptic
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.exponents import exponent_of_range
from lava_bccn.mapping.quantise import check_ranges, format_of, quantise_and_report
from lava_bccn.mapping.rounding import warn_of_rounding
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork, Precision
from lava_bccn.network.options import check_branches, check_learning
from lava_bccn.network.regimes import BURST_REGIMES, EVENT_REGIMES
from lava_bccn.nn.model_options import ConvolutionSpec
from lava_bccn.settings import (
    FLAG,
    NOT_NEGATIVE,
    SEED,
    check,
    instance,
    integer,
    layer_sizes,
    number,
    one_of,
    tuple_of,
)
from lava_bccn.validation import event_rates, plain_array

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
    readout_activation: str | None = None,
    convolutions: Sequence[ConvolutionSpec] = (),
    branches: int = 1,
    homeostatic_factor: Presynaptic = "event_rate",
) -> MappedNetwork:
    """A network with Xavier-normal weights, to learn online.

    Args:
        sizes: units of each layer from the input to the output, for example ``(784, 500, 10)``;
            where there are convolutions, of the input and of those that are none.
        inputs: (samples, ...) event rates in [0, 1] to calibrate the scales of states on.
        feedback: regime of Y, a name in ``network.regimes.BURST_REGIMES``.
        feedback_event: regime of Q, a name in ``network.regimes.EVENT_REGIMES``.
        learn_feedback_burst, learn_feedback_event: homeostatic learning of Y and Q.
        feedback_std: of a Y that starts random, in units of weights; by default that of W where Y
            gets W's updates, else ``RANDOM_FEEDBACK_STD``. A random Q has p^b times that.
        gain: of the Xavier-normal start of W.
        weight_range: how large the weights of each layer may become.
        precision: ``"fixed"`` or ``"float"``.
        p_baseline, weight_bits, event_bits, burst_extra_bits: see ``from_torch``.
        seed: of the weights.
        metadata: kept with the network.
        activation: a name in ``dynamics.activations.ACTIVATIONS``.
        readout_activation: another of the output, ``"softmax"``; None: the same.
        convolutions: layers between the input and the others; ``inputs`` are then images,
            (samples, channels, height, width).
        branches, homeostatic_factor: of layers that send feedback, see ``MappedLayer``; kernels
            have one branch, and of a layer of fewer units each sends to one of its own.

    Raises:
        InvalidInputError: sizes, regimes, activations, convolutions or inputs that do not fit.

    Warns:
        RoundingWarning: most weights are 0 in steps as coarse as the weight_range makes them.
    """
    sizes = layer_sizes(sizes)
    check("precision", precision, one_of("fixed", "float"))
    weight_bits = check("weight_bits", weight_bits, integer(2, MAX_WEIGHT_BITS))
    p_baseline = check("p_baseline", p_baseline, number("(0, 0.5]"))
    feedback_std = check("feedback_std", feedback_std, NOT_NEGATIVE.or_none())
    gain = check("gain", gain, number(f"(0, {MAX_GAIN:g}]"))
    check("metadata", metadata, instance(Mapping).or_none())
    random = np.random.default_rng(check("seed", seed, SEED))
    readout = activation if readout_activation is None else readout_activation
    _check_activations(activation, readout)
    burst_regime, event_regime = BURST_REGIMES[feedback], EVENT_REGIMES[feedback_event]
    check("learn_feedback_burst", learn_feedback_burst, FLAG)
    check("learn_feedback_event", learn_feedback_event, FLAG)
    check_learning(burst_regime, event_regime, learn_feedback_burst, learn_feedback_event)
    learns = {"Y": learn_feedback_burst, "Q": learn_feedback_event}
    check_branches(branches, homeostatic_factor, learns)
    layers = []
    for index, (shape, geometry) in enumerate(_shapes(sizes, inputs, convolutions)):
        receptive = math.prod(shape[2:])
        std_of_weight = gain * math.sqrt(2 / (receptive * (shape[0] + shape[1])))
        weight = random.normal(0, std_of_weight, shape)
        fields: dict[str, Any] = {}
        if index > 0:
            std = std_of_weight if burst_regime.follows == "updates" else RANDOM_FEEDBACK_STD
            std = std if feedback_std is None else feedback_std
            draw = partial(random.normal, 0, std, weight.shape)
            burst = burst_regime.start(weight, draw)
            spread = p_baseline * (std_of_weight if burst is weight else std)
            draw = partial(random.normal, 0, spread, weight.shape)
            event = event_regime.start(p_baseline * burst, draw)
            fields = {
                "feedback": feedback,
                "feedback_event_regime": feedback_event,
                "feedback_burst": burst,
                "feedback_event": event,
                "learn_feedback_burst": learn_feedback_burst,
                "learn_feedback_event": learn_feedback_event,
                "branches": 1 if geometry else min(branches, shape[0]),
                "homeostatic_factor": homeostatic_factor,
            }
        units = MappedLayer(weight=weight, bias=np.zeros(0), geometry=geometry).units
        fields |= {"bias": np.zeros(units), "geometry": geometry}
        layers.append(MappedLayer(weight=weight, **fields))
    defaults = (*(HIDDEN_RANGE,) * (len(layers) - 1), OUTPUT_RANGE)
    ranges = check_ranges(defaults if weight_range is None else weight_range, len(layers))
    if precision == "fixed":
        layers = [
            _dithered(layer, exponent_of_range(largest, weight_bits), p_baseline, random)
            for layer, largest in zip(layers, ranges, strict=True)
        ]
    if readout != activation:
        layers[-1] = replace(layers[-1], activation=readout)
    network = MappedNetwork(
        tuple(layers),
        "float",
        p_baseline,
        metadata=metadata or {},
        activation=activation,
        activity_shift=float(ACTIVATIONS[readout].is_readout),
    )
    if precision == "float":
        return network
    integers = format_of(p_baseline, weight_bits, event_bits, burst_extra_bits)
    rates = event_rates(inputs, network.input_shape, "calibration inputs")
    quantised, report = quantise_and_report(network, rates, integers, ranges)
    warn_of_rounding(report, integers, is_trained=False)
    return quantised


def _check_activations(hidden: str, readout: str) -> None:
    """That layers of these can learn, each in its place.

    Raises:
        InvalidInputError: they cannot.
    """
    for activation in (hidden, readout):
        if not ACTIVATIONS[activation].learns:
            raise InvalidInputError(
                f"a network that starts from nothing has to learn, and one with activation "
                f"{activation!r} infers only; expected one of {learning_activations().names}"
            )
    if ACTIVATIONS[hidden].is_readout:
        raise InvalidInputError(
            f"activation {hidden!r} is for the readout; give it as readout_activation"
        )
    if ACTIVATIONS[readout].gate is not None:
        raise InvalidInputError(
            f"activation {readout!r} is for hidden layers; give the readout another, with "
            "readout_activation='softmax'"
        )
    if readout != hidden and not ACTIVATIONS[readout].is_readout:
        raise InvalidInputError(
            f"readout_activation is {readout!r}, and all layers that learn online have one "
            f"activation, here {hidden!r}, but for a softmax readout; take 'softmax', or leave it "
            "out"
        )


def _shapes(
    sizes: tuple[int, ...], inputs: ArrayLike, convolutions: Sequence[ConvolutionSpec]
) -> list[tuple[tuple[int, ...], ConvolutionGeometry | None]]:
    """The shape of each layer's W, and how it lies on the images below where it is a kernel."""
    specs = check("convolutions", convolutions, tuple_of(instance(ConvolutionSpec)))
    shapes: list[tuple[tuple[int, ...], ConvolutionGeometry | None]] = []
    image = plain_array(inputs, "calibration inputs").shape[1:]
    if specs and (len(image) != 3 or math.prod(image) != sizes[0]):
        raise InvalidInputError(
            f"convolutions take images, (samples, channels, height, width) of {sizes[0]} numbers a "
            f"sample, not calibration inputs of shape {np.shape(inputs)}"
        )
    for spec in specs:
        channels, height, width = image
        kernel = (spec.channels, channels, spec.kernel_size, spec.kernel_size)
        geometry = ConvolutionGeometry(
            (channels, height, width), (spec.stride,) * 2, (spec.padding,) * 2
        )
        shapes.append((kernel, geometry))
        image = geometry.output_shape(kernel)
    flat = (math.prod(image) if specs else sizes[0], *sizes[1:])
    return shapes + [((units, below), None) for below, units in pairwise(flat)]


def _dithered(
    layer: MappedLayer, exponent: int, p_baseline: float, random: np.random.Generator
) -> MappedLayer:
    """A layer whose small weights survive rounding to multiples of 2^exponent, on average.

    To the nearest, a start smaller than half a step would be all zeros, and would never learn.
    """

    def dithered(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values + 2.0**exponent * (random.random(values.shape) - 0.5)

    weight, regime = dithered(layer.weight), layer.burst_regime
    if regime is None or layer.feedback_matrices is None or not regime.shares_scale:
        return replace(layer, weight=weight)
    first, event = layer.feedback_matrices
    burst = weight if first is layer.weight else dithered(first)
    if not np.array_equal(event, p_baseline * first):
        return replace(layer, weight=weight, feedback_burst=burst)
    return replace(layer, weight=weight, feedback_burst=burst, feedback_event=p_baseline * burst)
