"""From floating point to Loihi 2 integers: exponents, fraction bits, and what rounding costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.dynamics.fixed_point import MAX_FRACTION_BITS, STATE_BITS, FixedPointFormat
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MIN_EXPONENT, MappedNetwork
from lava_bccn.network.traces import with_trace_units
from lava_bccn.settings import POSITIVE, check, instance, tuple_of
from lava_bccn.sim.settled import settle
from lava_bccn.validation import event_rates, teacher

CALIBRATION_SAMPLES = 512
"""At most so many inputs are looked at to choose the scales of potentials."""

POTENTIAL_HEADROOM = 4.0
"""How much larger than in calibration a potential may become before it saturates."""

_CLIPPING_CANDIDATES = 8


def quantise(
    network: MappedNetwork,
    inputs: ArrayLike,
    *,
    weight_bits: int = 8,
    event_bits: int = 8,
    burst_extra_bits: int = 4,
    weight_range: Sequence[float] | None = None,
) -> MappedNetwork:
    """A fixed-point network from a floating-point one.

    Each connection gets the power-of-two exponent with the smallest squared rounding error (Y, Q
    and, where Y starts as or follows W, W share one); each potential the most fraction bits that
    leave it ``POTENTIAL_HEADROOM`` times the range it needs on the inputs; the traces that
    plasticity reads get the finest unit that fits the largest apical potential of each layer, any
    burst deviation of the output and ``HIDDEN_DEVIATION_RANGE`` of hidden layers.

    Args:
        network: with ``precision="float"``.
        inputs: event rates in [0, 1], (samples, inputs); a few hundred are enough.
        weight_bits, event_bits, burst_extra_bits: see
            :class:`~lava_bccn.dynamics.fixed_point.FixedPointFormat`.
        weight_range: for networks that are to learn, how large the weights of each layer may
            become; the exponents follow from it instead.

    Raises:
        InvalidInputError: no network in floating point, or inputs that do not fit it.
        MappingError: a p_baseline that is no power of two, or weights so large that potentials
            leave 24 bits.
    """
    check("network", network, instance(MappedNetwork))
    if network.number_format is not None:
        raise InvalidInputError("the network is in fixed point already; quantise a float network")
    inputs = event_rates(inputs, network.input_shape, "calibration inputs")
    units = FixedPointFormat(
        event_bits=event_bits,
        burst_extra_bits=burst_extra_bits,
        baseline_shift=_baseline_shift(network.p_baseline),
        weight_bits=weight_bits,
    )
    sample = inputs[:CALIBRATION_SAMPLES]
    targets = np.eye(network.output_size)[np.arange(len(sample)) % network.output_size]
    states, _ = settle(network, network.quantise_inputs(sample), network.quantise_targets(targets))
    ranges: Sequence[float | None] = [None] * len(network.layers)
    if weight_range is not None:
        ranges = check_ranges(weight_range, len(network.layers))
    soma_bits = network.integer_form.soma_fraction_bits(event_bits)
    layers = tuple(
        _quantise_layer(number, layer, state, units, soma_bits, largest)
        for number, (layer, state, largest) in enumerate(
            zip(network.layers, states, ranges, strict=True), start=1
        )
    )
    try:
        quantised = MappedNetwork(
            layers=layers,
            precision="fixed",
            p_baseline=network.p_baseline,
            number_format=units,
            metadata=network.metadata,
            activation=network.activation,
        )
        return with_trace_units(quantised, [state.apical for state in states])
    except InvalidInputError as error:
        raise MappingError(str(error)) from error


@dataclass(frozen=True)
class LayerRounding:
    """What quantisation cost one layer, on some inputs.

    Attributes:
        weight_error: root mean square of the rounding error of W, relative to that of W.
        clipped: entries of W, Y and Q that were beyond the largest weight.
        event_rate_error: root mean square difference of the event rate.
        burst_prob_error: the same of the burst probability, with a teacher.
    """

    weight_error: float
    clipped: int
    event_rate_error: float
    burst_prob_error: float


def rounding_report(
    reference: MappedNetwork,
    network: MappedNetwork,
    inputs: ArrayLike,
    targets: ArrayLike | None = None,
) -> list[LayerRounding]:
    """Compare a fixed-point network with the floating-point one it came from, layer by layer.

    Args:
        reference: in floating point.
        network: in fixed point, with layers of the same shapes.
        inputs: event rates in [0, 1], (samples, inputs) or images.
        targets: (samples, outputs) with a teacher; None without.

    Raises:
        InvalidInputError: networks that do not fit each other, or inputs or targets that do not
            fit them.
    """
    for name, each in (("reference", reference), ("network", network)):
        check(name, each, instance(MappedNetwork))
    if reference.number_format is not None:
        raise InvalidInputError("the reference must be the floating-point network")
    if [each.weight.shape for each in reference.layers] != [
        each.weight.shape for each in network.layers
    ]:
        raise InvalidInputError(
            f"the reference ({reference.architecture}) is another network than the one in fixed "
            f"point ({network.architecture})"
        )
    inputs = event_rates(inputs, network.input_shape)
    if targets is not None:
        targets = teacher(targets, len(inputs), network.output_size)
    if network.number_format is None:
        raise InvalidInputError("only a fixed-point network has rounding to report")
    runs = []
    for mapped in (reference, network):
        taught = None if targets is None else mapped.quantise_targets(targets)
        runs.append(settle(mapped, mapped.quantise_inputs(inputs), taught)[0])
    report = []
    for index, (original, layer) in enumerate(zip(reference.layers, network.layers, strict=True)):
        restored = layer.weight * 2.0**layer.weight_exponent
        errors = {}
        for name in ("event_rate", "burst_prob"):
            exact, rounded = (getattr(states[index], name) for states in runs)
            errors[name] = _rms(exact - rounded * network.state_unit(name, index))
        report.append(
            LayerRounding(
                weight_error=_rms(original.weight - restored) / (_rms(original.weight) or 1.0),
                clipped=_clipped(original, layer, network.number_format),
                event_rate_error=errors["event_rate"],
                burst_prob_error=errors["burst_prob"],
            )
        )
    return report


def choose_exponent(matrices: list[NDArray[np.floating[Any]]], max_weight: int) -> int:
    """The power of two whose multiples −max_weight … max_weight fit the matrices best.

    Smallest squared error among the exponent that clips nothing and a few finer ones that clip
    outliers.
    """
    values = np.concatenate([np.ravel(matrix) for matrix in matrices]).astype(np.float64)
    largest = float(np.abs(values).max())
    if largest == 0:
        return 0
    coarsest = max(math.ceil(math.log2(largest / max_weight)), MIN_EXPONENT)

    def squared_error(exponent: int) -> float:
        rounded = _round(values, exponent, max_weight) * math.ldexp(1.0, exponent)
        return float(np.square(values - rounded).sum())

    finest = max(coarsest - _CLIPPING_CANDIDATES + 1, MIN_EXPONENT)
    return min(range(coarsest, finest - 1, -1), key=squared_error)


def check_ranges(weight_range: Sequence[float], layers: int) -> Sequence[float]:
    """The ranges, if they are a positive number for each layer; refused otherwise."""
    needed = replace(
        tuple_of(POSITIVE, layers), expected=f"a positive number for each of {layers} layers"
    )
    ranges: Sequence[float] = check("weight_range", weight_range, needed)
    return ranges


def exponent_of_range(weight_range: float, weight_bits: int) -> int:
    """The power of two of which so many bits hold multiples up to one step below the range."""
    return math.ceil(math.log2(weight_range)) - (weight_bits - 1)


def _round(
    values: NDArray[np.floating[Any]], exponent: int, max_weight: int
) -> NDArray[np.floating[Any]]:
    return np.clip(np.rint(values / 2.0**exponent), -max_weight, max_weight)


def _fraction_bits(potentials: list[NDArray[np.floating[Any]]], name: str) -> int:
    """Most fraction bits with which potentials, and their headroom, fit a 24-bit state."""
    largest = POTENTIAL_HEADROOM * max(float(np.abs(values).max()) for values in potentials)
    if largest < 2.0 ** (STATE_BITS - 1 - MAX_FRACTION_BITS):
        return MAX_FRACTION_BITS
    bits = math.floor(STATE_BITS - 1 - math.log2(largest))
    if bits < 0:
        raise MappingError(
            f"the weights do not fit: {name} reach {largest / POTENTIAL_HEADROOM:g}, and a "
            f"{STATE_BITS}-bit state holds {2 ** (STATE_BITS - 1)}; rescale the model"
        )
    return bits


def _baseline_shift(p_baseline: float) -> int:
    """k of p^b = 2^−k."""
    shift = -math.log2(p_baseline)
    if not shift.is_integer():
        raise MappingError(
            f"p_baseline = {p_baseline:g} has no fixed-point form: Loihi integers need "
            "2^-k (0.5, 0.25, 0.125, ...); train with one of these or map with precision='float'"
        )
    return int(shift)


def _quantise_layer(
    number: int,
    layer: MappedLayer,
    state: LayerStates,
    units: FixedPointFormat,
    soma_bits: int | None,
    weight_range: float | None,
) -> MappedLayer:
    if soma_bits is None:
        soma_bits = _fraction_bits(
            [state.soma, layer.bias], f"somatic potentials of layer {number}"
        )
    apical_bits = MAX_FRACTION_BITS
    if state.apical is not None:
        apical_bits = _fraction_bits([state.apical], f"apical potentials of layer {number}")
    sent = _sent_down(layer, units)
    # A synapse pair that gets the same update must round it alike, so it needs the same exponent.
    same_scale = layer.burst_regime is not None and layer.burst_regime.shares_scale
    if weight_range is not None:
        weight_exponent = exponent_of_range(weight_range, units.weight_bits)
    else:
        matrices = [layer.weight, *(sent if same_scale else [])]
        weight_exponent = choose_exponent(matrices, units.max_weight)
    feedback_exponent = weight_exponent if same_scale else 0
    if sent and not same_scale:
        feedback_exponent = choose_exponent(sent, units.max_weight)
    bias = np.rint(layer.bias * 2.0**soma_bits)

    def integers(values: NDArray[np.floating[Any]], exponent: int) -> NDArray[np.int8]:
        return _round(values, exponent, units.max_weight).astype(np.int8)

    return replace(
        layer,
        weight=integers(layer.weight, weight_exponent),
        bias=bias.astype(np.int32),
        feedback_burst=integers(sent[0], feedback_exponent) if sent else None,
        feedback_event=integers(sent[1], feedback_exponent) if sent else None,
        weight_exponent=weight_exponent,
        feedback_exponent=feedback_exponent,
        soma_fraction_bits=soma_bits,
        apical_fraction_bits=apical_bits,
    )


def _sent_down(layer: MappedLayer, units: FixedPointFormat) -> list[NDArray[np.floating[Any]]]:
    """Y and Q on one scale: Q in units of p^b."""
    if layer.feedback_matrices is None:
        return []
    burst, event = layer.feedback_matrices
    return [burst, event / units.p_baseline]


def _clipped(original: MappedLayer, layer: MappedLayer, units: FixedPointFormat) -> int:
    pairs = [(original.weight, layer.weight_exponent)]
    pairs += [(values, layer.feedback_exponent) for values in _sent_down(original, units)]
    return sum(
        int((np.rint(np.abs(values) / 2.0**exponent) > units.max_weight).sum())
        for values, exponent in pairs
    )


def _rms(values: NDArray[np.floating[Any]]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
