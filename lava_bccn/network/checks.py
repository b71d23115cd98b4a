"""What a layer must fulfil so that every executor can run it."""

from __future__ import annotations

import math

import numpy as np

from lava_bccn.dynamics.convolution import largest_down, largest_up
from lava_bccn.dynamics.fixed_point import (
    MAX_FRACTION_BITS,
    STATE_BITS,
    SYNAPTIC_SUM_BITS,
    FixedPointFormat,
)
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.layer import MappedLayer
from lava_bccn.validation import plain_array


def check_shapes(layer: MappedLayer, index: int, below: tuple[int, ...] | None) -> None:
    """That a layer's arrays fit each other and what is below.

    Args:
        layer: the layer.
        index: its number, from 1, for messages.
        below: shape of the layer below; None for the first layer.

    Raises:
        InvalidInputError: they do not.
    """
    for name, array in layer.arrays.items():
        plain = plain_array(array, f"{name} of layer {index}")
        if plain is not array:
            object.__setattr__(layer, name, plain)
    if layer.geometry is not None:
        try:
            layer.geometry.output_shape(layer.weight.shape)
        except InvalidInputError as error:
            raise InvalidInputError(f"layer {index}: {error}") from error
        if below is not None and layer.shape_below != below:
            raise InvalidInputError(
                f"layer {index} is a convolution of images of {layer.shape_below}, but the layer "
                f"below has the shape {below}; convolutions come before fully connected layers"
            )
    elif layer.weight.ndim != 2 or 0 in layer.weight.shape:
        raise InvalidInputError(
            f"weight of layer {index} has shape {layer.weight.shape}; expected (units, units "
            "below), or a kernel and its geometry"
        )
    elif below is not None and layer.units_below != math.prod(below):
        raise InvalidInputError(
            f"weight of layer {index} has shape {layer.weight.shape}; expected (units, "
            f"{math.prod(below)})"
        )
    if layer.bias.shape != (layer.units,):
        raise InvalidInputError(
            f"bias of layer {index} has shape {layer.bias.shape}; expected ({layer.units},)"
        )
    _ = layer.burst_regime, layer.event_regime  # refuses names that are none
    if (layer.feedback_burst is None) != (layer.feedback_event is None):
        raise InvalidInputError(f"layer {index} has one of feedback_burst and feedback_event only")
    for name, array in layer.arrays.items():
        if name.startswith("feedback") and array.shape != layer.weight.shape:
            raise InvalidInputError(
                f"{name} of layer {index} has shape {array.shape}; expected that of its weight, "
                f"{layer.weight.shape}"
            )


def check_values(layer: MappedLayer, index: int, units: FixedPointFormat | None) -> None:
    """That a layer's numbers are finite or, in fixed point, fit their bits.

    Args:
        layer: the layer.
        index: its number, from 1, for messages.
        units: of its integers; None in floating point.

    Raises:
        InvalidInputError: they are of the wrong kind, or beyond what their bits hold.
    """
    for name, array in layer.arrays.items():
        wanted = np.floating if units is None else np.integer
        if not np.issubdtype(array.dtype, wanted):
            kind = "floating" if units is None else "integer"
            raise InvalidInputError(
                f"{name} of layer {index} has dtype {array.dtype}; expected {kind} numbers"
            )
        if units is None:
            if not np.isfinite(array).all():
                places = np.argwhere(~np.isfinite(array))
                raise InvalidInputError(
                    f"{name} of layer {index} has {len(places)} values that are NaN or infinite, "
                    f"the first at {places[0].tolist()}; train or load the model again"
                )
            continue
        limit = 2 ** (STATE_BITS - 1) - 1 if name == "bias" else units.max_weight
        bits = STATE_BITS if name == "bias" else units.weight_bits
        largest = max(abs(int(array.min())), abs(int(array.max())))
        lowest = -limit - 1 if name == "bias" else -limit
        if array.max() > limit or array.min() < lowest:
            raise InvalidInputError(
                f"{name} of layer {index} reaches {largest}, but {bits} bits hold at most {limit}"
            )
    if units is not None:
        for name in ("soma_fraction_bits", "apical_fraction_bits"):
            if not 0 <= getattr(layer, name) <= MAX_FRACTION_BITS:
                raise InvalidInputError(
                    f"{name} of layer {index} must be from 0 to {MAX_FRACTION_BITS}, not "
                    f"{getattr(layer, name)}"
                )
        for name in ("deviation_exponent", "apical_exponent"):
            if not 0 <= getattr(layer, name) < STATE_BITS:
                raise InvalidInputError(
                    f"{name} of layer {index} must be from 0 to {STATE_BITS - 1}, not "
                    f"{getattr(layer, name)}"
                )
        check_sums(layer, index, units)


def check_sums(layer: MappedLayer, index: int, units: FixedPointFormat) -> None:
    """Prove that no synaptic sum leaves 32 bits, whatever the activity.

    Raises:
        InvalidInputError: one could.
    """
    magnitude = {name: np.abs(array.astype(np.int64)) for name, array in layer.arrays.items()}
    weight, geometry = magnitude["weight"], layer.geometry
    received = weight.sum(axis=1).max() if geometry is None else largest_up(weight, geometry)
    worst = {"weight": int(received) * units.max_event}
    if layer.feedback_burst is not None:
        balance = units.burst_extra_bits - units.baseline_shift
        bursts = magnitude["feedback_burst"] * units.max_burst
        sent = bursts + magnitude["feedback_event"] * (units.max_event << balance)
        worst["feedback"] = int(
            sent.sum(axis=0).max() if geometry is None else largest_down(sent, geometry)
        )
    # Lava's Dense keeps 8-bit matrices of both signs exact only at twice their value.
    limit = 2 ** (SYNAPTIC_SUM_BITS - 1) // 2
    for name, largest in worst.items():
        if largest >= limit:
            raise InvalidInputError(
                f"the {name} sums of layer {index} could reach {largest}, beyond the {limit} that "
                f"{SYNAPTIC_SUM_BITS}-bit sums are proven safe for; use fewer weight_bits, "
                "event_bits or burst_extra_bits, or fewer inputs per unit"
            )
