"""What rounding costs the layers of a network: measured, kept with it, and warned of."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from numpy.typing import ArrayLike

from lava_bccn.dynamics.fixed_point import (
    MAX_EVENT_BITS,
    MAX_WEIGHT_BITS,
    SYNAPTIC_SUM_BITS,
    FixedPointFormat,
)
from lava_bccn.dynamics.relu import RELU
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError, RoundingWarning
from lava_bccn.mapping.exponents import largest_magnitudes, root_mean_square
from lava_bccn.mapping.integers import sent_down
from lava_bccn.mapping.rounded import clipped_in, share_kept, weight_error_of
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import check, instance
from lava_bccn.sim.settled import settle
from lava_bccn.validation import event_rates, teacher

MIN_WEIGHTS_KEPT = 0.5
"""A layer that keeps a smaller share of its weights is warned of."""

MIN_START_KEPT = 0.05
"""The same of a network that has learned nothing yet: a few weights are enough to start from."""

MAX_EVENT_RATE_LOSS = 0.5
"""A layer whose event rates err by more than this part of their own spread is warned of. Weights of
4 bits that were trained without regard to it lose about 0.15."""

_CONSTANT = 1e-12
"""A spread of event rates that is rounding in floating point, no more."""

ROUNDING = "rounding"
"""Where a network's metadata keep it."""


_SINCE = {"bits_given_up", "feedback_bits_given_up"}
"""What files of earlier releases do not have."""


@dataclass(frozen=True)
class LayerRounding:
    """What quantisation cost one layer, on some inputs.

    Attributes:
        weight_error: root mean square of the rounding error of W, relative to that of W.
        clipped: entries of W, Y and Q that were beyond the largest weight.
        event_rate_error: root mean square difference of the event rate.
        burst_prob_error: the same of the burst probability, with a teacher.
        weights_kept: share of the weights other than 0 that did not become 0.
        feedback_kept: the same of Y and Q together.
        silenced_units: units whose weights all became 0, where they were not.
        event_rate_loss: ``event_rate_error`` as part of the spread of the exact event rates, the
            root mean square deviation from each unit's mean; of their range, 1, where they are
            constant.
        bits_given_up, feedback_bits_given_up: of W, and of Y and Q, so that no sum of their inputs
            leaves the bits it has, whatever the activity.
    """

    weight_error: float
    clipped: int
    event_rate_error: float
    burst_prob_error: float
    weights_kept: float = 1.0
    feedback_kept: float = 1.0
    silenced_units: int = 0
    event_rate_loss: float = 0.0
    bits_given_up: int = 0
    feedback_bits_given_up: int = 0


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
            fit them; rectified layers, whose scales ``quantise`` chose.
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
    if any(network.activation_of(index) == RELU for index in range(len(network.layers))):
        raise InvalidInputError(
            "rectified layers have other scales in integers, so their event rates are no measure; "
            "mapping.conversion_report(reference, network, calibration, inputs) compares them in "
            "one, and mapping.stored_rounding(network) says what mapping noted"
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
    report = rounding_of_states(reference, network, *runs)
    kept = stored_rounding(network) or report
    return with_given_up(
        report, ((each.bits_given_up, each.feedback_bits_given_up) for each in kept)
    )


def with_given_up(
    report: Sequence[LayerRounding], given_up: Iterable[tuple[int, int]]
) -> list[LayerRounding]:
    """The report with the bits that W, and Y and Q, of each layer have given up."""
    return [
        replace(layer, bits_given_up=own, feedback_bits_given_up=feedback)
        for layer, (own, feedback) in zip(report, given_up, strict=True)
    ]


def rounding_of_states(
    reference: MappedNetwork,
    network: MappedNetwork,
    exact_states: Sequence[LayerStates],
    rounded_states: Sequence[LayerStates],
) -> list[LayerRounding]:
    """:func:`rounding_report` where both have run: their states on the same inputs."""
    assert network.number_format is not None
    report = []
    for index, (original, layer) in enumerate(zip(reference.layers, network.layers, strict=True)):
        errors = {}
        for name in ("event_rate", "burst_prob"):
            exact, rounded = (getattr(run[index], name) for run in (exact_states, rounded_states))
            errors[name] = root_mean_square(exact - rounded * network.state_unit(name, index))
        had, has = (largest_magnitudes(each.weight) > 0 for each in (original, layer))
        rates = exact_states[index].event_rate
        spread = root_mean_square(rates - rates.mean(axis=0))
        report.append(
            LayerRounding(
                weight_error=weight_error_of(original, layer),
                clipped=clipped_in(original, layer, network.number_format),
                event_rate_error=errors["event_rate"],
                burst_prob_error=errors["burst_prob"],
                weights_kept=share_kept([original.weight], [layer.weight]),
                feedback_kept=share_kept(
                    sent_down(original, network.number_format), layer.feedback_matrices or ()
                ),
                silenced_units=int((had & ~has).sum()),
                event_rate_loss=errors["event_rate"] / (spread if spread > _CONSTANT else 1.0),
            )
        )
    return report


def warn_of_rounding(
    report: Sequence[LayerRounding], units: FixedPointFormat, *, is_trained: bool = True
) -> None:
    """Warn, once, of all layers that lose too much.

    Args:
        report: of all layers.
        units: of the integers.
        is_trained: whether event rates mean something already.

    Warns:
        RoundingWarning: a layer keeps less than ``MIN_WEIGHTS_KEPT`` (``MIN_START_KEPT``) of its
            weights or of its feedback weights, or, if it is trained, its event rates err by more
            than ``MAX_EVENT_RATE_LOSS`` of their spread; or it gave up bits for sums that fit.
    """
    losses = {number: _losses(layer, is_trained) for number, layer in enumerate(report, start=1)}
    lost = [f"layer {number} {' and '.join(parts)}" for number, parts in losses.items() if parts]
    if lost:
        warnings.warn(
            f"{units.weight_bits}-bit weights and {units.event_bits}-bit event rates are too "
            f"coarse: {'; '.join(lost)}; {_advice(units, is_trained)}",
            RoundingWarning,
            stacklevel=3,
        )
    wide = [
        text
        for number, layer in enumerate(report, start=1)
        for text in _wide(number, layer, units.weight_bits)
    ]
    if wide:
        warnings.warn(
            f"{' and '.join(wide)}, because sums of so many inputs could leave "
            f"{SYNAPTIC_SUM_BITS} bits; fewer event_bits (or, for feedback, burst_extra_bits) "
            "leave more to the weights",
            RoundingWarning,
            stacklevel=3,
        )


def _wide(number: int, layer: LayerRounding, weight_bits: int) -> list[str]:
    bits = {"weights": layer.bits_given_up, "feedback weights": layer.feedback_bits_given_up}
    return [
        f"{name} of layer {number} are held in {weight_bits - each} of {weight_bits} bits"
        for name, each in bits.items()
        if each
    ]


def _advice(units: FixedPointFormat, is_trained: bool) -> str:
    if not is_trained:
        return "start with a larger gain or a smaller weight_range"
    bits = {"weight_bits": (units.weight_bits, MAX_WEIGHT_BITS)}
    bits["event_bits"] = (units.event_bits, MAX_EVENT_BITS)
    more = [f"{name}={most}, " for name, (given, most) in bits.items() if given < most]
    return (
        f"map with {''.join(more)}{'or ' if more else ''}precision='float', or train until event "
        "rates differ, with weights of one size (clip those that are enormous)"
    )


def _losses(layer: LayerRounding, is_trained: bool) -> list[str]:
    parts = []
    least = MIN_WEIGHTS_KEPT if is_trained else MIN_START_KEPT
    if layer.weights_kept < least:
        silenced = f", none in {layer.silenced_units} units" if layer.silenced_units else ""
        parts.append(f"keeps {layer.weights_kept:.1%} of its weights{silenced}")
    if layer.feedback_kept < least:
        parts.append(f"keeps {layer.feedback_kept:.1%} of its feedback weights")
    if is_trained and layer.event_rate_loss > MAX_EVENT_RATE_LOSS:
        part = f"{layer.event_rate_loss:.0%} of their spread"
        part = part if layer.event_rate_loss < 1 else "more than they vary"
        parts.append(f"has event rates that err by {layer.event_rate_error:.2g}, {part}")
    return parts


def noted(report: Sequence[LayerRounding]) -> dict[str, Any]:
    """The report as metadata of a network."""
    rows = [
        {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in row}
        for row in (asdict(layer).items() for layer in report)
    ]
    return {ROUNDING: rows}


def stored_rounding(network: MappedNetwork) -> list[LayerRounding] | None:
    """What rounding cost each layer when the network was mapped.

    None where that is not known: of networks in floating point, and of files that earlier releases
    wrote.

    Raises:
        InvalidInputError: no mapped network.
    """
    check("network", network, instance(MappedNetwork))
    rows = network.metadata.get(ROUNDING)
    if network.number_format is None or not isinstance(rows, list):
        return None
    names = {field.name for field in fields(LayerRounding)}
    if len(rows) != len(network.layers) or not all(
        isinstance(row, dict)
        and names - _SINCE <= row.keys() <= names
        and all(isinstance(value, int | float) for value in row.values())
        for row in rows
    ):
        return None
    return [LayerRounding(**row) for row in rows]
