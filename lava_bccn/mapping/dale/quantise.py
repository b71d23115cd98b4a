"""A network under Dale's law in Loihi 2 integers: matrices of one sign have all 8 bits of size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.dynamics import dale
from lava_bccn.dynamics.dale import KINDS
from lava_bccn.dynamics.fixed_point import MAX_FRACTION_BITS, FixedPointFormat
from lava_bccn.dynamics.integer_plasticity import MAX_TRACE
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.exponents import (
    choose_exponent,
    choose_fraction_bits,
    exponent_of_range,
    held_bias,
    rounded_weights,
)
from lava_bccn.mapping.quantise import CALIBRATION_SAMPLES, check_ranges, format_of
from lava_bccn.network.dale.checks import largest_weight
from lava_bccn.network.dale.layer import DaleFeedback, DaleLayer
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.traces import HIDDEN_DEVIATION_RANGE
from lava_bccn.settings import check, instance
from lava_bccn.sim.dale import settle
from lava_bccn.validation import event_rates

Matrix = NDArray[Any]


def quantise(
    network: DaleNetwork,
    inputs: ArrayLike,
    *,
    weight_bits: int = 8,
    event_bits: int = 8,
    burst_extra_bits: int = 4,
    weight_range: Sequence[float] | None = None,
) -> DaleNetwork:
    """A fixed-point network from a floating-point one.

    The matrices that end at one compartment share the power of two that rounds them best: W⁺ and
    W⁻; A⁺, A⁻ and both M; S and V. A⁺ and A⁻ are in units of p^b, so that without a bottleneck
    dendrites are exactly silent where nothing is taught.

    Args:
        network: with ``precision="float"``.
        inputs: event rates in [0, 1], (samples, inputs), to choose the bits of potentials on.
        weight_bits: of a matrix, all of them of size: 0 to 2^bits − 1.
        event_bits, burst_extra_bits: as of :func:`lava_bccn.mapping.quantise`.
        weight_range: for a network that is to learn, how large W⁺ and W⁻ of each layer may become.

    Raises:
        InvalidInputError: no network in floating point, or inputs that do not fit it.
        MappingError: a p_baseline or a gain that is no power of two, or weights so large that
            potentials leave 24 bits.
    """
    check("network", network, instance(DaleNetwork))
    if network.number_format is not None:
        raise InvalidInputError("the network is in fixed point already; quantise a float network")
    units = format_of(network.p_baseline, weight_bits, event_bits, burst_extra_bits)
    sample = event_rates(inputs, network.input_shape, "calibration inputs")[:CALIBRATION_SAMPLES]
    if weight_range is not None:
        check_ranges(weight_range, len(network.layers))
    targets = np.eye(network.output_size)[np.arange(len(sample)) % network.output_size]
    states, _ = settle(network, sample.astype(np.float64), targets)
    layers = []
    for index, (layer, state) in enumerate(zip(network.layers, states, strict=True)):
        exponent = None
        if weight_range is not None:
            exponent = exponent_of_range(weight_range[index], weight_bits + 1)
        layers.append(_layer(network, index, layer, state, units, exponent))
    try:
        return replace(network, layers=tuple(layers), precision="fixed", number_format=units)
    except InvalidInputError as error:
        raise MappingError(str(error)) from error


def _layer(
    network: DaleNetwork,
    index: int,
    layer: DaleLayer,
    state: LayerStates,
    units: FixedPointFormat,
    exponent: int | None,
) -> DaleLayer:
    most = largest_weight(units)
    weights = [layer.weight_exc, layer.weight_from_pv]
    if exponent is None:
        exponent = choose_exponent(weights, most)
    pv_exponent, (to_pv,) = _together([layer.weight_to_pv], most)
    soma_bits, apical_bits = _fraction_bits(network, index, state, units)
    is_output = index == len(network.layers) - 1
    deviation = network.error_scale * 4 / 27 * units.p_baseline
    largest = (deviation if is_output else HIDDEN_DEVIATION_RANGE) / units.burst_unit
    exc, from_pv = (_integers(each, exponent, most) for each in weights)
    return replace(
        layer,
        weight_exc=exc,
        weight_from_pv=from_pv,
        weight_to_pv=to_pv,
        bias=held_bias(layer.bias, soma_bits).astype(np.int32),
        feedback=None if layer.feedback is None else _feedback(layer.feedback, units),
        weight_exponent=exponent,
        pv_exponent=pv_exponent,
        soma_fraction_bits=soma_bits,
        apical_fraction_bits=apical_bits,
        deviation_exponent=max(0, math.ceil(math.log2(max(largest, 1) / (MAX_TRACE + 1)))),
    )


def _feedback(fed: DaleFeedback, units: FixedPointFormat) -> DaleFeedback:
    most = largest_weight(units)
    to_dendrites = [
        fed.event_exc / units.p_baseline,
        fed.event_from_ndnf / units.p_baseline,
        fed.from_sst_n,
        fed.from_sst_p,
    ]
    exponent = choose_exponent(to_dendrites, most)
    kinds = [fed.of_kind(kind) for kind in KINDS]
    burst_exponent, bursts = _together([each for kind in kinds for each in kind[:2]], most)
    vip_exponent, vips = _together([kind[2] for kind in kinds], most)
    ndnf_exponent, (to_ndnf,) = _together([fed.event_to_ndnf], most)
    from_sst = [_integers(each, exponent, most) for each in to_dendrites[2:]]
    rounded = [math.ldexp(1.0, exponent) * each for each in from_sst]
    paths = [math.ldexp(1.0, burst_exponent) * each for each in bursts if each is not None]
    if to_ndnf is None and len(paths) == len(bursts):
        to_dendrites[:2] = _balanced(fed, paths, rounded, units.p_baseline)
    event_exc, from_ndnf = (_integers(each, exponent, most) for each in to_dendrites[:2])
    bias = np.rint(fed.apical_bias / math.ldexp(units.burst_unit, exponent)).astype(np.int32)
    return DaleFeedback(
        event_exc=event_exc,
        event_from_ndnf=from_ndnf,
        from_sst_n=from_sst[0],
        from_sst_p=from_sst[1],
        apical_bias=bias,
        event_to_ndnf=to_ndnf,
        burst_to_sst_n=bursts[0],
        burst_to_vip_n=bursts[1],
        burst_to_sst_p=bursts[2],
        burst_to_vip_p=bursts[3],
        vip_to_sst_n=vips[0],
        vip_to_sst_p=vips[1],
        exponent=exponent,
        ndnf_exponent=ndnf_exponent,
        burst_exponent=burst_exponent,
        vip_exponent=vip_exponent,
    )


def _balanced(
    fed: DaleFeedback, paths: list[Any], rounded: list[Matrix], p_baseline: float
) -> list[Matrix]:
    """A⁺ and A⁻, in units of p^b, of a Q that is as far from p^b Y as it was before Y was rounded.

    Through a bottleneck Y is a product of rounded matrices: a Q of its own would not cancel it.

    Args:
        fed: in floating point, with a bottleneck and one to one from VIP to SST.
        paths: S and V of kind n, then of kind p, as they are rounded.
        rounded: M of both kinds likewise.
        p_baseline: p^b.
    """
    exact = [each for kind in KINDS for each in fed.of_kind(kind)[:2]]

    def effective(matrices: list[Any], outgoing: list[Matrix]) -> Matrix:
        relays = [
            np.eye(len(m)) if t is None else t
            for t, m in ((fed.of_kind(kind)[2], fed.of_kind(kind)[3]) for kind in KINDS)
        ]
        found: Matrix = dale.effective_burst_feedback(
            matrices[::2], matrices[1::2], relays, outgoing
        )
        return found

    before = effective(exact, [fed.from_sst_n, fed.from_sst_p])
    event = (fed.event_from_ndnf - fed.event_exc) / p_baseline
    balanced = event - before + effective(paths, rounded)
    return [dale.negative_part(balanced), dale.positive_part(balanced)]


def _together(
    matrices: Sequence[Matrix | None], most: int
) -> tuple[int, list[NDArray[np.uint8] | None]]:
    """One exponent for those that are there, and their integers."""
    there = [each for each in matrices if each is not None]
    exponent = choose_exponent(there, most) if any(map(np.any, there)) else 0
    return exponent, [
        None if each is None else _integers(each, exponent, most) for each in matrices
    ]


def _integers(matrix: Matrix, exponent: int, most: int) -> NDArray[np.uint8]:
    return rounded_weights(matrix, exponent, most).astype(np.uint8)


def _fraction_bits(
    network: DaleNetwork, index: int, exact: LayerStates, units: FixedPointFormat
) -> tuple[int, int]:
    """Of the somatic and of the apical potentials of a layer."""
    ensembles, bias = network.ensembles(index), network.layers[index].bias

    def deviation(apical: Matrix) -> Matrix:
        burst_prob = ensembles.hidden_burst_prob(apical, exact.event_rate)
        return (burst_prob - network.p_baseline) * exact.event_rate

    name = f"potentials of layer {index + 1}"
    soma_bits = choose_fraction_bits(
        f"somatic {name}", exact.soma, bias, ensembles.event_rate, units.event_unit
    )
    if exact.apical is None:
        return soma_bits, MAX_FRACTION_BITS
    return soma_bits, choose_fraction_bits(
        f"apical {name}", exact.apical, np.zeros(len(bias)), deviation, units.burst_unit
    )
