"""From floating point to Loihi 2 integers, layer by layer: up with events, down with bursts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.dynamics.bounded_relu import BOUNDED_RELU
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.relu import RELU
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.bias import with_corrected_biases
from lava_bccn.mapping.bounded import bounded, is_rectified
from lava_bccn.mapping.downward import downward
from lava_bccn.mapping.equalise import equalised
from lava_bccn.mapping.integers import fixed_network
from lava_bccn.mapping.rescale import taken_with_scales
from lava_bccn.mapping.rounding import (
    LayerRounding,
    noted,
    rounding_of_states,
    warn_of_rounding,
    with_given_up,
)
from lava_bccn.mapping.upward import fraction_bits, upward
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.traces import with_trace_units
from lava_bccn.settings import FLAG, POSITIVE, check, instance, tuple_of
from lava_bccn.sim.settled import settle
from lava_bccn.validation import event_rates

CALIBRATION_SAMPLES = 512
"""At most so many inputs are looked at to choose the scales of weights and potentials."""

MOST_PRODUCTS, FEWEST_SAMPLES = 2**30, 64
"""Fewer where weights times inputs are more than this, but so many in any case: large layers have
units enough to tell how they do."""

MOST_CONVOLVED, FEWEST_IMAGES = 2**33, 16
"""The same of products of kernels, each of which meets many places of an image."""

CONVOLUTION_SAMPLES = 128
"""At most so many for those of weights where there are convolutions, which are slow, and whose
kernels meet every place of every image."""


def quantise(
    network: MappedNetwork,
    inputs: ArrayLike,
    *,
    weight_bits: int = 8,
    event_bits: int = 8,
    burst_extra_bits: int = 4,
    weight_range: Sequence[float] | None = None,
    hardware: bool = False,
    equalise: bool = False,
    correct_bias: bool | None = None,
) -> MappedNetwork:
    """A fixed-point network from a floating-point one.

    Each connection gets the power-of-two exponent with the smallest squared rounding error (Y, Q
    and, where Y starts as or follows W, W share one); each potential the most fraction bits that
    leave it ``POTENTIAL_HEADROOM`` times the range it needs on the inputs. Where a few enormous
    weights, biases or feedback weights would so ruin all others, they are clipped: another
    exponent is taken, or more fraction bits, if that at least halves the error of what a layer
    makes of these inputs. The weights and bias of a unit that is enormous as a whole are divided
    if that does as much. For W and somata the error is that of event rates, for Y, Q and dendrites
    that of the burst deviations below, with a teacher. The traces that plasticity reads get the
    finest unit that fits the largest apical potential of each layer, any burst deviation of the
    output and ``HIDDEN_DEVIATION_RANGE`` of hidden layers.

    Args:
        network: with ``precision="float"``.
        inputs: event rates in [0, 1], (samples, inputs), in random order; a few hundred are enough,
            and of more the first are taken.
        weight_bits, event_bits, burst_extra_bits: see
            :class:`~lava_bccn.dynamics.fixed_point.FixedPointFormat`.
        weight_range: for networks that are to learn, how large the weights of each layer may
            become; the exponents of W follow from it instead.
        hardware: somata as coarse as the stock neurons of Loihi 2 need them; event rates are then
            rounded down.
        equalise: factors between rectified channels and what reads them are looked for, with which
            the integers may lose less (:mod:`~lava_bccn.mapping.equalise`), and kept if the output
            then errs less. It takes twice as long; sigmoids and tanh have no such factors.
        correct_bias: biases take back what rounding adds to potentials on average
            (:mod:`~lava_bccn.mapping.bias`). None: where there are rectified layers.

    Returns:
        The network, whose metadata say what rounding cost each layer
        (:func:`~lava_bccn.mapping.stored_rounding`).

    Raises:
        InvalidInputError: no network in floating point, or inputs that do not fit it.
        MappingError: a p_baseline that is no power of two, or weights so large that potentials
            leave 24 bits.

    Warns:
        RoundingWarning: a layer keeps too few of its weights, or loses too much of its event rates.
    """
    check("network", network, instance(MappedNetwork))
    quantised, report = quantise_taken(
        [network],
        inputs,
        weight_bits=weight_bits,
        event_bits=event_bits,
        burst_extra_bits=burst_extra_bits,
        weight_range=weight_range,
        hardware=hardware,
        equalise=equalise,
        correct_bias=correct_bias,
    )
    assert quantised.number_format is not None
    warn_of_rounding(report, quantised.number_format)
    return quantised


def quantise_taken(
    held: list[MappedNetwork],
    inputs: ArrayLike,
    *,
    weight_bits: int,
    event_bits: int,
    burst_extra_bits: int,
    weight_range: Sequence[float] | None,
    hardware: bool,
    equalise: bool,
    correct_bias: bool | None,
) -> tuple[MappedNetwork, list[LayerRounding]]:
    """:func:`quantise` of the one network of a list, which is taken out of it, without its warning.

    Where nothing else holds that, its weights are not there twice.

    Returns:
        The network, and what rounding cost each layer.
    """
    (network,) = held
    if network.number_format is not None:
        raise InvalidInputError("the network is in fixed point already; quantise a float network")
    inputs = event_rates(inputs, network.input_shape, "calibration inputs")
    units = format_of(network.p_baseline, weight_bits, event_bits, burst_extra_bits)
    check("hardware", hardware, FLAG)
    corrects = check("correct_bias", correct_bias, FLAG.or_none())
    if corrects is None:
        layers = range(len(network.layers))
        corrects = is_rectified(network) or any(
            network.activation_of(index) in (RELU, BOUNDED_RELU) for index in layers
        )
    if check("equalise", equalise, FLAG):
        held.append(equalised(network, inputs, units))
    sample = inputs[: calibration_samples(network)]
    del network
    found = []
    while held:
        held[0] = bounded(held[0], sample, event_bits)
        scaled = taken_with_scales(held, sample, event_bits)
        found.append(quantise_and_report(scaled, inputs, units, weight_range, hardware, corrects))
    return min(found, key=lambda each: each[1][-1].event_rate_error)


def calibration_samples(network: MappedNetwork) -> int:
    """At how many inputs quantisation looks."""
    weights = sum(layer.weight.size for layer in network.layers)
    most = max(FEWEST_SAMPLES, MOST_PRODUCTS // weights)
    if network.convolutions:
        products = sum(layer.products for layer in network.layers)
        most = max(FEWEST_IMAGES, min(most, MOST_CONVOLVED // products))
    return min(CALIBRATION_SAMPLES, most)


def format_of(
    p_baseline: float, weight_bits: int, event_bits: int, burst_extra_bits: int
) -> FixedPointFormat:
    """The format of so many bits.

    Raises:
        MappingError: a p_baseline that is no power of two.
        InvalidInputError: bits out of their range.
    """
    shift = -math.log2(p_baseline)
    if not shift.is_integer():
        raise MappingError(
            f"p_baseline = {p_baseline:g} has no fixed-point form: Loihi integers need "
            "2^-k (0.5, 0.25, 0.125, ...); train with one of these or map with precision='float'"
        )
    return FixedPointFormat(event_bits, burst_extra_bits, int(shift), weight_bits)


def quantise_and_report(
    network: MappedNetwork,
    inputs: NDArray[np.floating[Any]],
    units: FixedPointFormat,
    weight_range: Sequence[float] | None = None,
    hardware: bool = False,
    correct_bias: bool = False,
) -> tuple[MappedNetwork, list[LayerRounding]]:
    """:func:`quantise` without its warning, and what rounding cost each layer."""
    sample = inputs[: calibration_samples(network)]
    targets = np.eye(network.output_size)[np.arange(len(sample)) % network.output_size]
    exact, _ = settle(network, network.quantise_inputs(sample), network.quantise_targets(targets))
    if weight_range is not None:
        check_ranges(weight_range, len(network.layers))
    bits = [
        fraction_bits(network, index, units, state, network.layers[index].bias, hardware)
        for index, state in enumerate(exact)
    ]
    apical = [state.apical for state in exact]
    if network.convolutions:
        sample, targets = sample[:CONVOLUTION_SAMPLES], targets[:CONVOLUTION_SAMPLES]
        exact = [_first(state, len(sample)) for state in exact]
    layers, rounded, given_up = upward(network, units, bits, exact, sample, weight_range)
    if correct_bias:
        layers, rounded = with_corrected_biases(network, units, layers, exact, sample)
    of_feedback = [0] * len(layers)
    try:
        if len(rounded) == len(layers):
            layers, rounded, of_feedback = downward(network, units, exact, layers, rounded, targets)
        quantised = with_trace_units(fixed_network(network, units, layers), apical)
    except InvalidInputError as error:
        raise MappingError(str(error)) from error
    report = rounding_of_states(network, quantised, exact, rounded)
    report = with_given_up(report, zip(given_up, of_feedback, strict=True))
    return replace(quantised, metadata={**network.metadata, **noted(report)}), report


def check_ranges(weight_range: Sequence[float], layers: int) -> Sequence[float]:
    """The ranges, if they are a positive number for each layer; refused otherwise."""
    needed = replace(
        tuple_of(POSITIVE, layers), expected=f"a positive number for each of {layers} layers"
    )
    ranges: Sequence[float] = check("weight_range", weight_range, needed)
    return ranges


def _first(states: LayerStates, samples: int) -> LayerStates:
    """The states of the first samples."""
    found = {name: value[:samples] for name, value in vars(states).items() if value is not None}
    return LayerStates(**found)
