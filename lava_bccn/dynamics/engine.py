"""Loihi's learning engine in integers: what one epoch of a rule does to the synapses.

For each sum of products (``engine_rule``), with z the weight or the tag before the epoch:

    a = z · 2^7                                           accumulator, 15 bits and a sign
    p = dependency · Π clip(factor) · mantissa            factors in their bits
    p = clip((p >> (Σ bits + mantissa bits − 15)) << (exponent + 7))
    a = clip(a + p)                                       for each product, in the order of the text
    z = clip(⌊a · 2^−7⌋ + 1 with the chance of what was cut off)

Two traces are shifted by 3, so a change is 1/8 of what the formula says, and is cut to 2^exponent
weight units per 8 units of the product of the traces; a mantissa of 4 leaves two bits more:
``4*2^-2*x0*x1*y2`` is finer than ``x0*x1*y2``, and on average the same.

The steps are those of Lava 0.10 (its model ``fixed_pt`` of ``LearningDense``), to the last bit.
What is published of other models differs in :class:`EngineArithmetic`.

Arrays are integers: matrices (postsynaptic, presynaptic), as Lava has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.arithmetic import either
from lava_bccn.dynamics.engine_rule import EngineRule, Factor, Product, SumOfProducts
from lava_bccn.dynamics.fixed_point import IntArray
from lava_bccn.dynamics.integer_plasticity import MAX_TRACE

ACCUMULATOR_BITS = 15
"""Width of the sum, without its sign."""

FRACTION_BITS = 7
"""Bits of the sum below the unit of a weight or tag."""

MIN_SUM, MAX_SUM = -(2**ACCUMULATOR_BITS) - 1, 2**ACCUMULATOR_BITS - 1
"""Where sums saturate. The lower end is Lava 0.10's, one below 16 bits: from there a tag is rounded
to −257 once in 128 times, and comes back to −256 in the next epoch, whether its input is silent."""

CHANCE_BITS = 8
"""Of the random numbers that round."""

NEAREST = 2 ** (CHANCE_BITS - 1) - 1
"""In place of a random number: to the nearest, half up, with no randomness."""


@dataclass(frozen=True)
class EngineArithmetic:
    """In what models of the engine differ.

    Attributes:
        mantissa_bits: counted for the mantissa where products are brought to 15 bits.
        truncates_products: that shift goes toward zero, else toward −∞.
        rounds_magnitudes: a sum is rounded, and limited, by its magnitude; a weight or tag then
            has no value without its opposite.
        even_weights: a weight of both signs has 8 bits and so even values only, else all of 9 bits.
    """

    mantissa_bits: int = 4
    truncates_products: bool = False
    rounds_magnitudes: bool = False
    even_weights: bool = False

    @property
    def weight_places(self) -> int:
        """Bits of a weight's sum that are rounded away."""
        return FRACTION_BITS + self.even_weights

    @property
    def weight_limits(self) -> tuple[int, int]:
        """Smallest and largest weight."""
        largest = 254 if self.even_weights else 255
        return (-largest if self.rounds_magnitudes else -256), largest

    @property
    def tag_limits(self) -> tuple[int, int]:
        """Smallest and largest tag."""
        return (-255 if self.rounds_magnitudes else -257), 255


LAVA = EngineArithmetic()
"""Lava 0.10, ``LearningDense`` with ``SignMode.MIXED`` on ``fixed_pt``."""

NENGO_LOIHI = EngineArithmetic(mantissa_bits=3, rounds_magnitudes=True, even_weights=True)
"""nengo-loihi's emulator, which its authors matched to Loihi 1 (``emulator/interface.py``,
``builder/discretize.py``). It has products of two traces at 2^−7 only, and no tags."""


ARITHMETICS = {"lava": LAVA, "nengo-loihi": NENGO_LOIHI}
"""By name."""


class EngineTraces(NamedTuple):
    """What a synapse reads at the end of an epoch; a trace has 7 bits, 0 to 127.

    Attributes:
        x0: whether each presynaptic unit sent something, (presynaptic,).
        x1: presynaptic traces, likewise; see :func:`payload_trace`.
        y0: whether each postsynaptic unit spiked, (postsynaptic,).
        y1, y2, y3: postsynaptic traces, likewise.
    """

    x0: IntArray
    x1: IntArray
    y0: IntArray = 0
    y1: IntArray = 0
    y2: IntArray = 0
    y3: IntArray = 0


class EngineSynapses(NamedTuple):
    """The state of a connection's synapses.

    Attributes:
        weight: 9 bits with the sign, (postsynaptic, presynaptic).
        tag: likewise.
    """

    weight: NDArray[Any]
    tag: NDArray[Any]


@dataclass(frozen=True)
class EngineSaturations:
    """What did not fit.

    Attributes:
        weights, tags: synapses whose sum would have been another, were there no limits.
    """

    weights: int = 0
    tags: int = 0

    def __add__(self, other: EngineSaturations) -> EngineSaturations:
        return EngineSaturations(self.weights + other.weights, self.tags + other.tags)


@either(lambda payload: payload * 0.5)
def payload_trace(payload: IntArray) -> IntArray:
    """x1 after a message of 0 to 255 that overwrites it (``GradedSpikeCfg.OVERWRITE``): half of it,
    rounded to even, in 7 bits."""
    half = payload >> 1
    return np.minimum(half + (payload & half & 1), MAX_TRACE)


def lava_chance(epoch: int) -> int:
    """The random number of Lava's epoch ``epoch``, from 1: 0 to ``2^CHANCE_BITS − 1``.

    One for all synapses of a connection, and the same for all connections: whatever its
    ``rng_seed``, it starts at 2, and the first number is never used (lava-nc 0.10,
    ``lava.magma.core.learning.random.ConnVarRandom``).
    """
    return int(lava_chances(epoch, 1)[0])


def lava_chances(epoch: int, count: int) -> NDArray[np.int64]:
    """Those of ``count`` epochs from ``epoch`` on."""
    numbers = np.random.Generator(np.random.PCG64(2).advance(epoch)).random(count)
    return (numbers * 2**CHANCE_BITS).astype(np.int64)


def hashed_chances(random: IntArray) -> IntArray:
    """A random number a synapse, from its 32-bit draws (``stochastic_rounding.draw``)."""
    return np.int64(random & np.uint32(2**CHANCE_BITS - 1))


def learned(
    rule: EngineRule,
    synapses: EngineSynapses,
    traces: EngineTraces,
    epoch: int,
    chance: IntArray,
    arithmetic: EngineArithmetic = LAVA,
) -> tuple[EngineSynapses, EngineSaturations]:
    """The synapses of a connection after one epoch.

    Args:
        rule: what is added to weights and tags, both from the values before the epoch.
        synapses: before it.
        traces: at its end.
        epoch: its number since the engine started, from 1: what u<k> counts.
        chance: what rounds: a number for each synapse or one for all, 0 to ``2^CHANCE_BITS − 1``
            (:func:`lava_chance`, :func:`hashed_chances`, :data:`NEAREST`).
        arithmetic: of the engine.
    """
    values = _values(synapses, traces)
    weight, tag, lost = synapses.weight, synapses.tag, [0, 0]
    if rule.weight_change is not None:
        places, limits = arithmetic.weight_places, arithmetic.weight_limits
        terms = _terms(rule.weight_change, values, epoch, arithmetic)
        weight, lost[0] = _added(weight, terms, places, limits, chance, arithmetic)
    if rule.tag_change is not None:
        terms = _terms(rule.tag_change, values, epoch, arithmetic)
        tag, lost[1] = _added(tag, terms, FRACTION_BITS, arithmetic.tag_limits, chance, arithmetic)
    return EngineSynapses(weight, tag), EngineSaturations(*lost)


def clipped(value: IntArray, low: int, high: int) -> IntArray:
    """The value within limits."""
    return np.minimum(np.maximum(value, low), high)


def term(product: IntArray, places: int, exponent: int, truncates: bool) -> IntArray:
    """A product of factors and mantissa in units of the accumulator, before it saturates.

    Args:
        product: of all factors and the mantissa.
        places: by which it is shifted to the right first, so that bits get lost.
        exponent: of its power of two.
        truncates: whether that shift goes toward zero.
    """
    kept = product >> places
    if truncates:
        kept = kept + ((product < 0) & (kept << places != product))
    return kept << (exponent + FRACTION_BITS)


def rounded(total: IntArray, places: int, chance: IntArray, by_magnitude: bool) -> IntArray:
    """total · 2^−places, up where the chance is below the fraction that is cut off.

    Args:
        total: a sum.
        places: to cut off, at most ``CHANCE_BITS``.
        chance: see :func:`learned`.
        by_magnitude: the same with |total|, and its sign.
    """
    up = (1 << places) - 1 - (chance >> (CHANCE_BITS - places))
    if by_magnitude:
        return np.sign(total) * ((np.abs(total) + up) >> places)
    return (total + up) >> places


def _added(
    value: NDArray[Any],
    terms: list[IntArray],
    places: int,
    limits: tuple[int, int],
    chance: IntArray,
    arithmetic: EngineArithmetic,
) -> tuple[NDArray[Any], int]:
    """A weight or tag with all terms, and how many of them did not fit."""
    total = unlimited = value.astype(np.int64) << FRACTION_BITS
    for each in terms:
        total = clipped(total + clipped(each, MIN_SUM, MAX_SUM), MIN_SUM, MAX_SUM)
        unlimited = unlimited + each
    step = places - FRACTION_BITS
    by_magnitude = arithmetic.rounds_magnitudes
    changed = clipped(rounded(total, places, chance, by_magnitude) << step, *limits)
    wanted = rounded(unlimited, places, chance, by_magnitude) << step
    return changed.astype(value.dtype), int(np.count_nonzero(changed != wanted))


def _values(synapses: EngineSynapses, traces: EngineTraces) -> dict[str, IntArray]:
    """Everything that factors name, as it broadcasts to the synapses."""
    shapes = {"x": (1, -1), "y": (-1, 1)}
    values = {
        name: np.reshape(np.asarray(value, dtype=np.int64), shapes[name[0]])
        for name, value in traces._asdict().items()
    }
    for dependency in ("x0", "y0"):
        values[dependency] = (values[dependency] != 0).astype(np.int64)
    return values | {
        "w": synapses.weight.astype(np.int64),
        "t": synapses.tag.astype(np.int64),
    }


def _terms(
    series: SumOfProducts,
    values: Mapping[str, IntArray],
    epoch: int,
    arithmetic: EngineArithmetic,
) -> list[IntArray]:
    counts = series.every is not None and epoch % 2**series.every == 0
    return [_term(product, {**values, "u": int(counts)}, arithmetic) for product in series.products]


def _term(
    product: Product, values: Mapping[str, IntArray], arithmetic: EngineArithmetic
) -> IntArray:
    result = values[product.dependency] * product.mantissa
    for factor in product.factors:
        result = result * _factor(factor, values)
    places = max(0, product.bits + arithmetic.mantissa_bits - ACCUMULATOR_BITS)
    return term(result, places, product.exponent, arithmetic.truncates_products)


def _factor(factor: Factor, values: Mapping[str, IntArray]) -> IntArray:
    value = values[factor.name] + factor.constant
    if factor.is_sign:
        return np.sign(value)
    return clipped(value, -(1 << factor.bits), (1 << factor.bits) - 1)
