"""BurstCCN's plasticity as rules of Loihi's learning engine, and the traces that neurons send.

A synapse gets the burst deviation δ = b − p^b e itself, as two rectified traces, y2 for δ > 0 and
y3 for δ < 0, and its input's event rate as x1. So ΔW ∝ δ e_below is two products that are never
both there, and at rest nothing moves. (With b and e as two traces the products nearly cancel, and
what the engine cuts off each of them remains: that drifts.)

``direct``       dw = 2^a x0 x1 y2 − 2^a x0 x1 y3
``tag``          the same goes to the tag t, which is the weight's fraction: a step of a weight of
                 8 bits, two units of w, is 2h units of t. What a tag holds beyond ±h moves there,
                 a step a sample; beyond h + 1, lest a tag at h go to and fro.
``integer_tag``  that with a = 0 and h = 64: products are whole units of t, so that no rounding of
                 the engine acts, and the rate is in the neuron, which divides δ by 2^k.

A Kolen–Pollack Y, whose presynaptic end is the unit above, gets the same change as W: its axon
carries 128 + 2y when it learns, so that x1 − 64 = y, and y1 is the event rate of the unit below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lava_bccn.dynamics.engine import ACCUMULATOR_BITS, EngineArithmetic, clipped
from lava_bccn.dynamics.engine_rule import EXPONENTS, EngineRule
from lava_bccn.dynamics.fixed_point import FixedPointFormat, IntArray
from lava_bccn.dynamics.integer_plasticity import MAX_TRACE, TRACE_BITS, signed_trace
from lava_bccn.dynamics.stochastic_rounding import UIntArray, stochastic_shift
from lava_bccn.errors import InvalidInputError
from lava_bccn.settings import check_fields, integer, one_of

Engine = Literal["integer_tag", "tag", "direct"]
"""The ways to write it; see above."""

HALVES = (16, 32, 64)
"""What a step of a weight can be twice of, in units of its tag."""

MAX_SENT_TRACE = 63
"""Largest |y| that fits a payload of 128 + 2y."""


@dataclass(frozen=True)
class EnginePlasticity:
    """The rules of a W and of the Y that follows it, with their constants.

    Attributes:
        engine: how they are written.
        exponent: a.
        trace_exponent: k; traces are burst deviations in units 2^k coarser, of 7 bits.
        half: h, a power of two; a rule without tags has none.
        decay: once in 2^this samples a tag loses 2^−7 of its weight; None: never.
        weight_bits: of a weight, whose step is 2^(9 − weight_bits) of the engine's.
    """

    engine: Engine = "integer_tag"
    exponent: int = 0
    trace_exponent: int = 0
    half: int = 64
    decay: int | None = None
    weight_bits: int = 8

    def __post_init__(self) -> None:
        check_fields(
            self,
            weight_bits=integer(2, 8),
            engine=one_of("integer_tag", "tag", "direct"),
            exponent=integer(EXPONENTS[0], EXPONENTS[-1]),
            trace_exponent=integer(0),
            half=one_of(*HALVES),
            decay=integer(0, 9).or_none(),
        )
        if self.decay is not None and self.engine == "direct":
            raise InvalidInputError(
                "weights decay through their tags, and engine 'direct' has none; take "
                "engine='integer_tag' or 'tag', or no decay"
            )
        if self.weight_bits != 8 and self.engine == "direct":
            raise InvalidInputError(
                f"engine 'direct' changes weights by single steps of 8 bits, not of "
                f"{self.weight_bits}; take engine='integer_tag' or 'tag', whose tags hold the rest"
            )

    @property
    def weight_rule(self) -> EngineRule:
        """Of W: y2 and y3 are the two signs of a unit's trace, x1 the event rate below."""
        scale = f"2^{self.exponent}*x0*x1"
        return self._rule(f"{scale}*y2 - {scale}*y3")

    @property
    def following_rule(self) -> EngineRule:
        """Of a Kolen–Pollack Y: x1 − 64 is the trace of the unit above, y1 the event rate below."""
        return self._rule(f"2^{self.exponent}*x0*(x1 - {MAX_SENT_TRACE + 1})*y1")

    def _rule(self, change: str) -> EngineRule:
        if self.engine == "direct":
            return EngineRule(dw=change)
        high, low = (f"x0*sgn(t {sign} {self.half + 1})" for sign in "-+")
        step = 8 - self.weight_bits
        decay = "" if self.decay is None else f" - 2^-7*u{self.decay}*w"
        return EngineRule(
            dw=f"2^{step}*{high} + 2^{step}*{low}",
            dt=f"-{self.half}*{high} - {self.half}*{low} + {change}{decay}",
        )


def placed(
    engine: Engine,
    rate: int,
    weight_exponent: int,
    units: FixedPointFormat,
    arithmetic: EngineArithmetic,
    *,
    trace_exponent: int = 0,
    half: int = 64,
    decay: int | None = None,
    weight_bits: int = 8,
) -> EnginePlasticity:
    """The rule with which a sample changes a weight by 2^−rate · δ · e_below.

    Args:
        engine: how it is written.
        rate: n of the learning rate 2^−n.
        weight_exponent: a weight of ``weight_bits`` is in units of 2^this.
        units: of the rates.
        arithmetic: of the engine.
        trace_exponent: the least k, of ``tag`` and ``direct``; it grows where a does not suffice.
        half, decay, weight_bits: as of :class:`EnginePlasticity`.

    Raises:
        InvalidInputError: a rate that the engine cannot express, with those that it can.
    """
    fraction_bits = units.event_bits + units.burst_extra_bits
    two_traces = 2 * TRACE_BITS + arithmetic.mantissa_bits - ACCUMULATOR_BITS
    # −rate = a − k + places, since traces are in units of 2^−7 and 2^(k − fraction_bits)
    places = TRACE_BITS + fraction_bits - two_traces + weight_exponent - 1
    exponents, traces = EXPONENTS, range(trace_exponent, fraction_bits + 1)
    if engine != "direct":
        places -= half.bit_length() - 1
    if engine == "integer_tag":
        exponents, traces = range(1), range(fraction_bits + 1)
    for k in traces:
        if (exponent := k - rate - places) in exponents:
            return EnginePlasticity(engine, exponent, k, half, decay, weight_bits)
    least, most = traces[0] - exponents[-1] - places, traces[-1] - exponents[0] - places
    raise InvalidInputError(
        f"engine {engine!r} has no learning rate of 2^{-rate} for weights in units of "
        f"2^{weight_exponent}; its rates are 2^-n with n from {least} to {most}"
    )


def deviation_trace(
    deviation: IntArray, exponent: int, limit: int, random: UIntArray | None = None
) -> tuple[IntArray, IntArray]:
    """A burst deviation as a signed trace, and what it would be without its limit.

    Args:
        deviation: b − p^b e.
        exponent: k of the unit 2^k.
        limit: ``MAX_TRACE``, or ``MAX_SENT_TRACE`` of units that send to a Y that learns.
        random: 32-bit draws that round it; None rounds to the nearest.
    """
    if random is None:
        exact = signed_trace(deviation, exponent)
    else:
        exact = stochastic_shift(deviation, exponent, random)
    return clipped(exact, -limit, limit), exact


def rectified(trace: IntArray) -> tuple[IntArray, IntArray]:
    """y2 and y3: the trace where it is positive, and its opposite where it is negative."""
    return clipped(trace, 0, MAX_TRACE), clipped(-trace, 0, MAX_TRACE)


def sent_trace(trace: IntArray) -> IntArray:
    """The payload that carries a signed trace to a Y that learns: 128 + 2y."""
    return 2 * (MAX_SENT_TRACE + 1 + trace)
