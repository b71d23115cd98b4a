"""What makes a layer under Dale's law impossible to run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.dale import KINDS
from lava_bccn.dynamics.fixed_point import MAX_FRACTION_BITS, STATE_BITS, FixedPointFormat
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.checks import SUM_LIMIT
from lava_bccn.network.dale.layer import BIASES, DaleFeedback, DaleLayer, arrays_of
from lava_bccn.validation import finite

SENDERS = {
    "weight_exc": "pyramidal cells excite",
    "weight_from_pv": "PV inhibit, and it holds their strength",
    "event_from_ndnf": "NDNF inhibit, and it holds their strength",
    "from_sst_n": "SST inhibit, and it holds their strength",
    "from_sst_p": "SST inhibit, and it holds their strength",
    "vip_to_sst_n": "VIP inhibit, and it holds their strength",
    "vip_to_sst_p": "VIP inhibit, and it holds their strength",
}
"""Why a matrix has the sign that it has; others hold what pyramidal cells send."""

STATE_LIMIT = 2 ** (STATE_BITS - 1)


def largest_weight(units: FixedPointFormat) -> int:
    """The largest integer of a matrix of one sign: no bit of it says which."""
    return (1 << units.weight_bits) - 1


def check_layer(layer: DaleLayer, index: int, below: int | None) -> None:
    """That the arrays of a layer fit each other and what is below.

    Args:
        layer: the layer.
        index: its number, from 1, for messages.
        below: units of the layer below; None for the first layer.

    Raises:
        InvalidInputError: they do not.
    """
    if layer.weight_exc.ndim != 2:
        raise InvalidInputError(
            f"weight_exc of layer {index} has shape {layer.weight_exc.shape}; expected (units, "
            "units below)"
        )
    units, received = layer.units, layer.units_below if below is None else below
    pv = received if layer.weight_to_pv is None else layer.weight_to_pv.shape[0]
    shapes: dict[str, tuple[int, ...]] = {
        "weight_exc": (units, received),
        "weight_from_pv": (units, pv),
        "bias": (units,),
        "weight_to_pv": (pv, received),
    }
    _check_shapes(arrays_of(layer), shapes, index)
    if layer.feedback is not None:
        _check_feedback(layer.feedback, units, received, index)


def _check_feedback(fed: DaleFeedback, units: int, below: int, index: int) -> None:
    ndnf = units if fed.event_to_ndnf is None else fed.event_to_ndnf.shape[-1]
    shapes: dict[str, tuple[int, ...]] = {
        "event_exc": (units, below),
        "event_to_ndnf": (units, ndnf),
        "event_from_ndnf": (ndnf, below),
        "apical_bias": (below,),
    }
    for kind in KINDS:
        to_sst, to_vip, _, _ = fed.of_kind(kind)
        sst, vip = (units if each is None else each.shape[-1] for each in (to_sst, to_vip))
        shapes |= {
            f"burst_to_sst_{kind}": (units, sst),
            f"burst_to_vip_{kind}": (units, vip),
            f"vip_to_sst_{kind}": (vip, sst),
            f"from_sst_{kind}": (sst, below),
        }
        if fed.of_kind(kind)[2] is None and vip != sst:
            raise InvalidInputError(
                f"layer {index} has {vip} VIP and {sst} SST of kind {kind!r}, which one to one "
                f"cannot connect; give vip_to_sst_{kind}, ({vip}, {sst})"
            )
    _check_shapes(arrays_of(fed), shapes, index)


def _check_shapes(
    arrays: dict[str, NDArray[Any]], shapes: dict[str, tuple[int, ...]], index: int
) -> None:
    for name, array in arrays.items():
        if array.shape != shapes[name] or 0 in array.shape:
            raise InvalidInputError(
                f"{name} of layer {index} has shape {array.shape}; expected {shapes[name]}"
            )


def check_numbers(layer: DaleLayer, index: int, units: FixedPointFormat | None) -> None:
    """That the numbers of a layer are finite or fit their bits, and obey Dale's law.

    Args:
        layer: the layer.
        index: its number, from 1, for messages.
        units: of its integers; None in floating point.

    Raises:
        InvalidInputError: they do not: names the array.
    """
    parts = (layer,) if layer.feedback is None else (layer, layer.feedback)
    for name, array in ((name, a) for part in parts for name, a in arrays_of(part).items()):
        kind = "floating" if units is None else "integer"
        if not np.issubdtype(array.dtype, np.floating if units is None else np.integer):
            raise InvalidInputError(
                f"{name} of layer {index} has dtype {array.dtype}; expected {kind} numbers"
            )
        finite(array, f"{name} of layer {index}")
        if name not in BIASES and array.min() < 0:
            reason = SENDERS.get(name, "pyramidal cells excite")
            raise InvalidInputError(
                f"{name} of layer {index} has {int((array < 0).sum())} weights below 0, which "
                f"Dale's law forbids: {reason}; take it apart by its signs with "
                "mapping.dale.from_signed"
            )
        if units is not None:
            limit = STATE_LIMIT - 1 if name in BIASES else largest_weight(units)
            if int(np.abs(array.astype(np.int64)).max()) > limit:
                raise InvalidInputError(
                    f"{name} of layer {index} reaches {int(np.abs(array).max())}, but its bits "
                    f"hold at most {limit}"
                )
    if units is not None:
        _check_units(layer, index)
        check_sums(layer, index, units)


def power_of_two(name: str, value: float) -> int:
    """The exponent of a gain that integers have as a shift.

    Raises:
        InvalidInputError: it is none; names the nearest.
    """
    mantissa, exponent = math.frexp(value)
    if mantissa != 0.5:
        raise InvalidInputError(
            f"{name} = {value:g} is no power of two, and integers are only shifted; take "
            f"{2.0 ** round(math.log2(value)):g}"
        )
    return exponent - 1


def _check_units(layer: DaleLayer, index: int) -> None:
    power_of_two(f"feedback_gain of layer {index}", layer.feedback_gain)
    for name in ("soma_fraction_bits", "apical_fraction_bits"):
        if not 0 <= getattr(layer, name) <= MAX_FRACTION_BITS:
            raise InvalidInputError(
                f"{name} of layer {index} must be from 0 to {MAX_FRACTION_BITS}, not "
                f"{getattr(layer, name)}"
            )
    if not 0 <= layer.deviation_exponent < STATE_BITS:
        raise InvalidInputError(
            f"deviation_exponent of layer {index} must be from 0 to {STATE_BITS - 1}, not "
            f"{layer.deviation_exponent}"
        )


def check_sums(layer: DaleLayer, index: int, units: FixedPointFormat) -> None:
    """Prove that no synaptic sum leaves 32 bits and no interneuron 24, whatever the activity.

    Raises:
        InvalidInputError: one could.
    """
    for name, (largest, limit) in largest_values(layer, units).items():
        if largest >= limit:
            raise InvalidInputError(
                f"the {name} of layer {index} could reach {largest}, beyond the {limit} that is "
                "proven safe for it; use fewer weight_bits, event_bits or burst_extra_bits, or "
                "fewer inputs per unit"
            )


def largest_values(layer: DaleLayer, units: FixedPointFormat) -> dict[str, tuple[int, int]]:
    """What sums and interneurons could reach, and what they must stay below."""
    found: dict[str, tuple[int, int]] = {}

    def relay(name: str, matrix: NDArray[Any] | None, axis: int, rate: int, exponent: int) -> int:
        """The largest rate of interneurons of such inputs."""
        if matrix is None:
            return rate
        summed = _sum(matrix, axis) * rate
        found[f"sums at {name}"] = (summed, SUM_LIMIT)
        found[f"rates of {name}"] = (_shifted(summed, exponent), STATE_LIMIT)
        return found[f"rates of {name}"][0]

    event, burst = units.max_event, units.max_burst
    pv = relay("PV", layer.weight_to_pv, 1, event, layer.pv_exponent)
    for matrix, rate in ((layer.weight_exc, event), (layer.weight_from_pv, pv)):
        total = found.get("somatic sums", (0, 0))[0] + _sum(matrix, 1) * rate
        found["somatic sums"] = (total, SUM_LIMIT)
    fed = layer.feedback
    if fed is None:
        return found
    ndnf = relay("NDNF", fed.event_to_ndnf, 0, event, fed.ndnf_exponent)
    balance = units.burst_extra_bits - units.baseline_shift
    total = (_sum(fed.event_exc, 0) * event + _sum(fed.event_from_ndnf, 0) * ndnf) << balance
    found["event sums at dendrites"] = (total, SUM_LIMIT)
    total = int(np.abs(fed.apical_bias.astype(np.int64)).max())
    for kind in KINDS:
        to_sst, to_vip, vip_to_sst, from_sst = fed.of_kind(kind)
        vip = relay(f"VIP {kind}", to_vip, 0, burst, fed.burst_exponent)
        direct = relay(f"SST {kind}", to_sst, 0, burst, fed.burst_exponent)
        silenced = relay(f"SST {kind} by VIP", vip_to_sst, 0, vip, fed.vip_exponent)
        total += _sum(from_sst, 0) * max(direct, silenced)
    found["burst sums at dendrites"] = (total, SUM_LIMIT)
    return found


def _sum(matrix: NDArray[Any], axis: int) -> int:
    return int(matrix.sum(axis=axis, dtype=np.int64).max())


def _shifted(value: int, exponent: int) -> int:
    return value << exponent if exponent >= 0 else value >> -exponent
