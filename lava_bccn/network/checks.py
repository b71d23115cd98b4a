"""What a layer must fulfil so that every executor can run it."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.convolution_bounds import largest_down, largest_up
from lava_bccn.dynamics.fixed_point import (
    MAX_FRACTION_BITS,
    STATE_BITS,
    SYNAPTIC_SUM_BITS,
    FixedPointFormat,
    magnitude_sums,
)
from lava_bccn.dynamics.learning_rules import Presynaptic
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.layer import MappedLayer
from lava_bccn.settings import check_fields, integer, one_of
from lava_bccn.validation import plain_array

SUM_LIMIT = 2 ** (SYNAPTIC_SUM_BITS - 1) // 2
"""Half of what 32 bits hold: Lava's Dense keeps matrices of both signs exact only at twice their
value."""


def check_format(precision: str, p_baseline: float, units: FixedPointFormat | None) -> None:
    """That a network's arithmetic and its number format are of one kind.

    Raises:
        InvalidInputError: they are not.
    """
    if (precision == "fixed") != (units is not None):
        raise InvalidInputError(
            f"precision {precision!r} with number_format {units!r}: a fixed "
            "network has one, a float network has none"
        )
    if units is not None and units.p_baseline != p_baseline:
        raise InvalidInputError(
            f"p_baseline is {p_baseline!r}, but the number format holds {units.p_baseline!r}"
        )


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
    if layer.engine is not None:
        layer.engine.check_fits(layer.weight.shape, index)
    check_branches(layer, index)
    for name, array in layer.arrays.items():
        if name.startswith("feedback") and array.shape != layer.weight.shape:
            raise InvalidInputError(
                f"{name} of layer {index} has shape {array.shape}; expected that of its weight, "
                f"{layer.weight.shape}"
            )


def check_branches(layer: MappedLayer, index: int) -> None:
    """That the units of a layer can be cut into branches.

    Raises:
        InvalidInputError: they cannot, or learn by a factor that is none.
    """
    check_fields(layer, branches=integer(1), homeostatic_factor=one_of(*get_args(Presynaptic)))
    if layer.branches > 1 and layer.geometry is not None:
        raise InvalidInputError(
            f"layer {index} sends through kernels, whose places share their synapses; branches are "
            "of layers that are matrices: take branches=1 there"
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
    for name, largest in largest_sums(layer, units).items():
        if largest >= SUM_LIMIT:
            raise InvalidInputError(
                f"the {name} sums of layer {index} could reach {largest}, beyond the {SUM_LIMIT} "
                f"that {SYNAPTIC_SUM_BITS}-bit sums are proven safe for; use fewer weight_bits, "
                "event_bits or burst_extra_bits, or fewer inputs per unit"
            )


def largest_sums(layer: MappedLayer, units: FixedPointFormat) -> dict[str, int]:
    """What the sums of one connection of a layer, W's or those of its feedback, could reach.

    Y and Q are summed apart, each in its own connection: where both are below ``SUM_LIMIT``, their
    difference fits 32 bits.
    """

    def upward(matrix: NDArray[Any]) -> int:
        if layer.geometry is not None:
            return largest_up(np.abs(matrix), layer.geometry)
        return int(magnitude_sums(matrix, axis=1).max())

    def downward(matrix: NDArray[Any]) -> int:
        if layer.geometry is not None:
            return largest_down(np.abs(matrix), layer.geometry)
        return int(magnitude_sums(matrix, axis=0).max())

    largest = {"weight": upward(layer.weight) * units.max_event}
    if layer.feedback_matrices is not None:
        burst, event = layer.feedback_matrices
        balance = units.burst_extra_bits - units.baseline_shift
        largest["feedback"] = max(
            downward(burst) * units.max_burst, downward(event) * (units.max_event << balance)
        )
    return largest
