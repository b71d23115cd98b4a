"""A layer under Dale's law: every matrix has one sign, and interneurons carry what has both.

Equations and symbols are those of ``dynamics.dale``. Matrices are (above, below) and hold
strengths, ≥ 0: whether a connection excites or inhibits is a matter of who sends. In integers they
are unsigned and of all their bits, 0 to 2^bits − 1: what is known needs none. The matrices that end
at one compartment are in one unit, a power of two, since their currents add up there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import MAX_FRACTION_BITS
from lava_bccn.settings import POSITIVE, check_fields, instance, integer
from lava_bccn.validation import plain_array

Matrix = NDArray[Any]


@dataclass(frozen=True, eq=False)
class DaleFeedback:
    """What a layer sends to the dendrites below it, and through which interneurons.

    A connection that is None is one to one: each sends what it is to one cell.

    Attributes:
        event_exc: A⁺, (units, units below).
        event_from_ndnf: A⁻, (NDNF, units below); A⁺ and A⁻ in units of p^b.
        from_sst_n, from_sst_p: M of both kinds, (SST, units below).
        apical_bias: what tonic excitation of the dendrites below is more than tonic inhibition,
            (units below,): in integers in units of the sums that burst rates make there.
        event_to_ndnf: D, (units, NDNF).
        burst_to_sst_n, burst_to_sst_p: S, (units, SST).
        burst_to_vip_n, burst_to_vip_p: V, (units, VIP).
        vip_to_sst_n, vip_to_sst_p: T, (VIP, SST).
        exponent: a real A or M is 2^exponent times the integer.
        ndnf_exponent, burst_exponent, vip_exponent: the same of D, of S and V, and of T.
    """

    event_exc: NDArray[Any]
    event_from_ndnf: NDArray[Any]
    from_sst_n: NDArray[Any]
    from_sst_p: NDArray[Any]
    apical_bias: NDArray[Any]
    event_to_ndnf: NDArray[Any] | None = None
    burst_to_sst_n: NDArray[Any] | None = None
    burst_to_sst_p: NDArray[Any] | None = None
    burst_to_vip_n: NDArray[Any] | None = None
    burst_to_vip_p: NDArray[Any] | None = None
    vip_to_sst_n: NDArray[Any] | None = None
    vip_to_sst_p: NDArray[Any] | None = None
    exponent: int = 0
    ndnf_exponent: int = 0
    burst_exponent: int = 0
    vip_exponent: int = 0

    def __post_init__(self) -> None:
        _make_plain(self)
        exponents = ("exponent", "ndnf_exponent", "burst_exponent", "vip_exponent")
        check_fields(self, **dict.fromkeys(exponents, integer()))

    def of_kind(self, kind: str) -> tuple[Matrix | None, Matrix | None, Matrix | None, Matrix]:
        """S, V, T and M of a kind, ``"n"`` or ``"p"``."""
        names = ("burst_to_sst", "burst_to_vip", "vip_to_sst", "from_sst")
        to_sst, to_vip, vip_to_sst, from_sst = (getattr(self, f"{name}_{kind}") for name in names)
        return to_sst, to_vip, vip_to_sst, from_sst


@dataclass(frozen=True, eq=False)
class DaleLayer:
    """One layer of ensembles under Dale's law.

    Attributes:
        weight_exc: W⁺, (units, units below).
        weight_from_pv: W⁻, (units, PV).
        bias: c, (units,), of any sign; a real one is bias · 2^−soma_fraction_bits.
        weight_to_pv: P, (PV, units below); None: one to one.
        feedback: what it sends down; None for a first layer.
        weight_exponent: a real W is 2^weight_exponent times the integer.
        pv_exponent: the same of P.
        soma_fraction_bits, apical_fraction_bits: of this layer's 24-bit potentials.
        deviation_exponent: as of :class:`~lava_bccn.network.layer.MappedLayer`.
        feedback_gain: κ of the layer's own dendrites; in integers a power of two.
    """

    weight_exc: NDArray[Any]
    weight_from_pv: NDArray[Any]
    bias: NDArray[Any]
    weight_to_pv: NDArray[Any] | None = None
    feedback: DaleFeedback | None = None
    weight_exponent: int = 0
    pv_exponent: int = 0
    soma_fraction_bits: int = MAX_FRACTION_BITS
    apical_fraction_bits: int = MAX_FRACTION_BITS
    deviation_exponent: int = 0
    feedback_gain: float = 1.0

    def __post_init__(self) -> None:
        _make_plain(self)
        bits = ("soma_fraction_bits", "apical_fraction_bits", "deviation_exponent")
        check_fields(
            self,
            feedback=instance(DaleFeedback).or_none(),
            **dict.fromkeys(("weight_exponent", "pv_exponent", *bits), integer()),
            feedback_gain=POSITIVE,
        )

    def __repr__(self) -> str:
        """Such as ``DaleLayer 64-50, uint8, 50 NDNF, 8 SST and VIP of each kind``."""
        text = f"{type(self).__name__} {self.units_below}-{self.units}, {self.weight_exc.dtype}"
        if self.feedback is None:
            return text
        ndnf, sst = len(self.feedback.event_from_ndnf), len(self.feedback.from_sst_n)
        return f"{text}, {ndnf} NDNF, {sst} SST and VIP of each kind"

    @property
    def units(self) -> int:
        """Number of ensembles."""
        return int(self.weight_exc.shape[0])

    @property
    def shape(self) -> tuple[int, ...]:
        """(units,)."""
        return (self.units,)

    @property
    def units_below(self) -> int:
        """Number of ensembles, or inputs, below."""
        return int(self.weight_exc.shape[1])

    @property
    def interneurons(self) -> dict[str, int]:
        """How many of each type the layer has: PV before it, the others on the way down."""
        count = {"PV": int(self.weight_from_pv.shape[1])}
        if self.feedback is not None:
            sst = len(self.feedback.from_sst_n) + len(self.feedback.from_sst_p)
            count |= {"NDNF": len(self.feedback.event_from_ndnf), "VIP": sst, "SST": sst}
        return count


def _make_plain(part: DaleLayer | DaleFeedback) -> None:
    """Arrays of numbers, whatever they came as; those that a part must have are no others."""
    for field in fields(part):
        value = getattr(part, field.name)
        is_array = "NDArray" in str(field.type)
        if is_array and not (value is None and field.default is None):
            object.__setattr__(part, field.name, plain_array(value, field.name))


BIASES = ("bias", "apical_bias")
"""What may have either sign."""


def arrays_of(part: DaleLayer | DaleFeedback) -> dict[str, Matrix]:
    """The arrays of a layer, or of its feedback, by their names."""
    held = {field.name: getattr(part, field.name) for field in fields(part)}
    return {name: value for name, value in held.items() if isinstance(value, np.ndarray)}


def unchangeable(layer: DaleLayer, dtypes: tuple[type, type] | None) -> DaleLayer:
    """The layer with arrays that nobody can change.

    Args:
        layer: whose arrays are copied.
        dtypes: that matrices and biases get; None: they keep theirs.
    """

    def held(part: Any) -> Any:
        others = {}
        for name, array in arrays_of(part).items():
            dtype = array.dtype if dtypes is None else dtypes[name in BIASES]
            others[name] = np.array(array, dtype=dtype)
            others[name].flags.writeable = False
        return replace(part, **others)

    fed = None if layer.feedback is None else held(layer.feedback)
    return replace(held(layer), feedback=fed)
