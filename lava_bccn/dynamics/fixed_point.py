"""Number formats and elementary operations of Loihi 2: integer add, multiply, shift, compare.

Integers are held in int64, wide enough that no operation here wraps; ``saturate`` brings states
back to the width that the chip has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.settings import check_fields, integer

IntArray = Any
"""An integer array; compiled code calls the same functions with single integers."""

STATE_BITS = 24
"""Width of a neuron's state variables. Davies et al., IEEE Micro 38(1), 2018 (Loihi; kept in
Loihi 2: Orchard et al., IEEE SiPS 2021)."""

SYNAPTIC_SUM_BITS = 32
"""Width in which synaptic input is summed here; mapping proves that no sum can leave it."""

GRADED_PAYLOAD_BITS = 24
"""Largest payload of a graded spike in Lava's Loihi 2 processes (lava-nc 0.10)."""

MAX_WEIGHT_BITS = 8
"""Width of a synaptic weight, sign included. Davies et al., IEEE Micro 38(1), 2018."""

MAX_EVENT_BITS = 12
"""Most bits of an event rate."""

DECAY_BITS = 12
"""Width of the fraction by which a state decays in a step. Davies et al., 2018."""

PROBABILITY_BITS = 15
"""Fraction bits of ``burst_prob`` and of the integer sigmoid."""

MAX_FRACTION_BITS = 16
"""Most fraction bits given to a potential: leaves ±128 in a 24-bit state."""


@dataclass(frozen=True)
class FixedPointFormat:
    """Units of the integers that ensembles exchange.

    Attributes:
        event_bits: E; an event rate is an unsigned integer below 2^E in units of 2^−E (4 to 12).
        burst_extra_bits: R; a burst rate is in units of 2^−(E+R) (at least ``baseline_shift``).
        baseline_shift: k; p_baseline = 2^−k (1 to 4).
        weight_bits: width of a weight with its sign; |w| ≤ 2^(bits−1) − 1 (2 to 8).
    """

    event_bits: int = 8
    burst_extra_bits: int = 4
    baseline_shift: int = 1
    weight_bits: int = 8

    def __post_init__(self) -> None:
        check_fields(
            self,
            baseline_shift=integer(1, 4),
            event_bits=integer(4, MAX_EVENT_BITS),
            weight_bits=integer(2, MAX_WEIGHT_BITS),
        )
        check_fields(self, burst_extra_bits=integer(self.baseline_shift, 11))

    @property
    def p_baseline(self) -> float:
        """Burst probability without a teacher, 2^−k."""
        return 2.0**-self.baseline_shift

    @property
    def event_unit(self) -> float:
        """Event rate of the integer 1."""
        return 2.0**-self.event_bits

    @property
    def burst_unit(self) -> float:
        """Burst rate of the integer 1."""
        return 2.0 ** -(self.event_bits + self.burst_extra_bits)

    @property
    def probability_unit(self) -> float:
        """Probability of the integer 1."""
        return 2.0**-PROBABILITY_BITS

    @property
    def max_event(self) -> int:
        """Largest integer event rate, 2^E − 1."""
        return 2**self.event_bits - 1

    @property
    def max_burst(self) -> int:
        """Largest integer burst rate: every event a burst (at p = 2 p^b ≤ 1)."""
        return self.max_event << (self.burst_extra_bits - self.baseline_shift + 1)

    @property
    def max_weight(self) -> int:
        """Largest magnitude of an integer weight."""
        return 2 ** (self.weight_bits - 1) - 1

    def quantise_event_rate(self, rate: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
        """Nearest integers for event rates in [0, 1]; 1 becomes 2^E − 1."""
        return np.minimum(np.rint(np.asarray(rate) / self.event_unit), self.max_event).astype(
            np.int64
        )

    def quantise_target(self, target: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
        """Nearest integers for targets in [0, 1], with 1 as 2^E; negative (no teacher) as −1."""
        scaled = np.rint(np.asarray(target) / self.event_unit)
        return np.where(np.asarray(target) < 0, -1, scaled).astype(np.int64)


def shift(value: IntArray, places: int) -> IntArray:
    """value · 2^places; to the right it rounds toward minus infinity, as the chip does."""
    return value << places if places >= 0 else value >> -places


def rounded_shift(value: IntArray, places: int) -> IntArray:
    """value · 2^places, rounded to the nearest integer (half up): an add before the shift."""
    return shift(value + (1 << (-places - 1)) if places < 0 else value, places)


def saturate(value: IntArray, bits: int) -> IntArray:
    """``value`` limited to the range of a signed integer of ``bits`` bits."""
    limit = 1 << (bits - 1)
    return np.minimum(np.maximum(value, -limit), limit - 1)


def magnitude_sums(integers: NDArray[np.integer[Any]], axis: int) -> NDArray[np.int64]:
    """Σ |w| along an axis, without a copy of them all that is as wide as the sums."""
    magnitudes = np.abs(integers).view(f"u{integers.itemsize}")  # |−128| has no other 8 bits
    sums: NDArray[np.int64] = magnitudes.sum(axis=axis, dtype=np.int64)
    return sums


def select(condition: NDArray[np.bool_], if_true: IntArray, if_false: IntArray) -> IntArray:
    """``if_true`` where the condition holds, else ``if_false``."""
    return if_false + condition * (if_true - if_false)


SIGMOID_INPUT_FRACTION_BITS = 12
SIGMOID_MAX_ERROR = 3.4e-4
"""Largest |integer sigmoid − σ|, reached beyond ±8, where it stays at σ(±8)."""
SIGMOID_MAX_ERROR_WITHIN_8 = 1.35e-4

_SIGMOID_RANGE = 8
_SIGMOID_SEGMENTS = 16
_SIGMOID_SEGMENT_BITS = SIGMOID_INPUT_FRACTION_BITS - 1
_SIGMOID_GUARD_BITS = 7
"""Extra bits of the slope: the fewest with which the function never decreases."""


def _sigmoid_coefficients() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Terms (constant, linear, square) of quadratics through each segment's ends and middle."""
    knots = np.arange(_SIGMOID_SEGMENTS * 2 + 1) * (_SIGMOID_RANGE / (_SIGMOID_SEGMENTS * 2))
    values = 2.0**PROBABILITY_BITS / (1 + np.exp(-knots))
    ends = np.rint(values[::2])
    start, middle, end = ends[:-1], values[1::2], ends[1:]
    square = np.rint((2 * (start - 2 * middle + end)) * 2**_SIGMOID_GUARD_BITS)
    linear = (end - start) * 2**_SIGMOID_GUARD_BITS - square
    return start.astype(np.int64), linear.astype(np.int64), square.astype(np.int64)


_SIGMOID_CONSTANT, _SIGMOID_LINEAR, _SIGMOID_SQUARE = _sigmoid_coefficients()
SIGMOID_TABLES = (_SIGMOID_CONSTANT, _SIGMOID_LINEAR, _SIGMOID_SQUARE)
"""Coefficients of the integer sigmoid, by its segment."""


def integer_sigmoid(x: IntArray) -> IntArray:
    """σ in integers: input in units of 2^−12, output in units of 2^−15.

    Piecewise quadratic on |x| (16 segments of width ½, held constant beyond 8) with
    σ(−x) = 1 − σ(x); σ(0) = 2^14 exactly; never decreasing; error at most
    ``SIGMOID_MAX_ERROR``. No product is wider than 31 bits.
    """
    segment, offset = sigmoid_segment(x)
    return sigmoid_within(
        x, offset, _SIGMOID_CONSTANT[segment], _SIGMOID_LINEAR[segment], _SIGMOID_SQUARE[segment]
    )


def sigmoid_segment(x: IntArray) -> tuple[IntArray, IntArray]:
    """The segment of the integer sigmoid that |x| lies in, and where in it."""
    # The last point below the end of the table stands for everything beyond it.
    magnitude = np.minimum(np.abs(x), (_SIGMOID_RANGE << SIGMOID_INPUT_FRACTION_BITS) - 1)
    return magnitude >> _SIGMOID_SEGMENT_BITS, magnitude & ((1 << _SIGMOID_SEGMENT_BITS) - 1)


def sigmoid_within(
    x: IntArray, offset: IntArray, constant: IntArray, linear: IntArray, square: IntArray
) -> IntArray:
    """The integer sigmoid from the coefficients of its segment."""
    slope = linear + ((square * offset) >> _SIGMOID_SEGMENT_BITS)
    rise = rounded_shift(slope * offset, -_SIGMOID_SEGMENT_BITS - _SIGMOID_GUARD_BITS)
    upper = constant + rise
    return select(x < 0, (1 << PROBABILITY_BITS) - upper, upper)
