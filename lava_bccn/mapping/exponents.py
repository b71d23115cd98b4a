"""Powers of two for a layer's weights and potentials, chosen by what rounding to them costs.

The usual choice looks at the numbers alone. It stays unless another costs less than 1 /
``WORTH_A_BIT`` of it, measured where it counts: in what the layer sends on, on inputs. So one
enormous weight of a pixel that is always dark, which the usual choice keeps at the expense of all
others, is clipped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import (
    MAX_FRACTION_BITS,
    SIGMOID_INPUT_FRACTION_BITS,
    STATE_BITS,
)
from lava_bccn.errors import MappingError
from lava_bccn.network.network import MIN_EXPONENT

Array = NDArray[np.floating[Any]]

WORTH_A_BIT = 2.0
"""How many times smaller an error must become for another choice than the usual one: what one more
bit would gain. Networks whose weights are of one kind so keep the integers they always had."""

AS_GOOD = 1.1
"""Choices whose error is within this factor of the smallest are as good; the one nearest to the
usual clips least of what calibration may not have seen."""

POTENTIAL_HEADROOM = 4.0
"""How much larger than in calibration a potential may become before it saturates."""

_CLIPPING_CANDIDATES = 8

_LOOKED_AT = 2**20
"""An exponent is chosen by about so many weights of a layer."""

_LARGEST_LOOKED_AT = 4
"""So many of the rows with the largest weights are among them."""

_PART = 2**18

Cost = Callable[[int], float]


def least_costly(usual: int, others: Iterable[int], cost: Cost) -> int:
    """The usual choice, or the nearest of the best others where they are worth it.

    Args:
        usual: the choice without regard to the cost.
        others: what may be chosen instead.
        cost: of a choice; infinite where it is impossible.
    """
    others = [choice for choice in others if choice != usual]
    if not others:
        return usual
    costs = {choice: cost(choice) for choice in (usual, *others)}
    best = min(costs.values())
    if math.isinf(best) or costs[usual] <= WORTH_A_BIT * best:
        return usual
    good = [choice for choice, each in costs.items() if each <= AS_GOOD * best]
    return min(good, key=lambda choice: abs(choice - usual))


def choose_exponent(matrices: Sequence[Array], max_weight: int) -> int:
    """The power of two whose multiples −max_weight … max_weight fit the matrices best.

    Smallest squared error among the exponent that clips nothing and a few finer ones that clip
    outliers.
    """
    largest = max(float(largest_magnitudes(matrix).max()) for matrix in matrices)
    if largest == 0:
        return 0
    coarsest = _exponent_that_holds(largest, max_weight)
    values = _values(matrices)

    def squared_error(exponent: int) -> float:
        rounded = rounded_weights(values, exponent, max_weight) * math.ldexp(1.0, exponent)
        with np.errstate(over="ignore"):  # of numbers beyond the root of the largest float
            return float(np.square(values - rounded).sum())

    finest = max(coarsest - _CLIPPING_CANDIDATES + 1, MIN_EXPONENT)
    return min(range(coarsest, finest - 1, -1), key=squared_error)


def choose_exponent_by_cost(matrices: Sequence[Array], max_weight: int, cost: Cost) -> int:
    """:func:`choose_exponent`, or a finer one that clips more, where that costs less.

    Args:
        matrices: that get one exponent.
        max_weight: largest integer.
        cost: of an exponent.
    """
    usual = choose_exponent(matrices, max_weight)
    magnitudes = np.abs(_values(matrices))
    if not magnitudes.any():
        return usual
    # Finer ones would clip more than half of the weights.
    typical = float(np.median(magnitudes[magnitudes > 0]))
    finest = _exponent_that_holds(typical, max_weight)
    return least_costly(usual, range(usual - 1, finest - 1, -1), cost)


def choose_fraction_bits(
    name: str,
    potentials: Array,
    bias: Array,
    sent: Callable[[Array], Array],
    resolution: float,
) -> int:
    """Most fraction bits with which potentials, and their headroom, fit a 24-bit state.

    More than these, so that the largest saturate, where the others need them.

    Args:
        name: of the potentials, for errors.
        potentials: (samples, units), with their bias.
        bias: (units,), held in the same bits.
        sent: of what potentials do the part that counts, (samples, units).
        resolution: with which that is sent.

    Raises:
        MappingError: the potentials of most units do not fit.
    """
    largest = np.maximum(np.abs(potentials).max(axis=0), np.abs(bias))
    usual, typical = (_bits_that_hold(float(each)) for each in (largest.max(), np.median(largest)))
    if typical < 0:
        raise MappingError(
            f"the weights do not fit: {name} reach {largest.max():g}, and a {STATE_BITS}-bit state "
            f"holds {2 ** (STATE_BITS - 1)}; rescale the model"
        )
    # An activation reads no more fraction bits of a potential than these.
    finer = range(max(usual + 1, 0), min(typical, SIGMOID_INPUT_FRACTION_BITS) + 1)
    if not finer:
        return usual
    exact = sent(potentials)

    def cost(bits: int) -> float:
        if bits < 0:
            return math.inf
        unit = math.ldexp(1.0, -bits)
        held = np.floor((potentials - bias) / unit) + held_bias(bias, bits)
        limit = 2 ** (STATE_BITS - 1)
        error = root_mean_square(sent(np.clip(held, -limit, limit - 1) * unit) - exact)
        return math.hypot(error, resolution / math.sqrt(12))

    return least_costly(usual, finer, cost)


def exponent_of_range(weight_range: float, weight_bits: int) -> int:
    """The power of two of which so many bits hold multiples up to one step below the range."""
    return math.ceil(math.log2(weight_range)) - (weight_bits - 1)


def rounded_weights(values: Array, exponent: int, max_weight: int) -> Array:
    """The nearest of the multiples of 2^exponent that integer weights hold, as integers."""
    return np.clip(np.rint(values / math.ldexp(1.0, exponent)), -max_weight, max_weight)


def integer_weights(values: Array, exponent: int, max_weight: int) -> NDArray[np.int8]:
    """:func:`rounded_weights` in the type that holds them, without a copy of all in between."""
    integers = np.empty(values.shape, dtype=np.int8)
    for rows in parts(values):
        integers[rows] = rounded_weights(values[rows], exponent, max_weight)
    return integers


def parts(array: NDArray[Any]) -> Iterator[slice]:
    """Rows of a large array, so many at a time that what is computed of them fits the caches."""
    rows = max(1, _PART * len(array) // max(array.size, 1))
    return (slice(first, first + rows) for first in range(0, len(array), rows))


def largest_magnitudes(matrix: Array) -> Array:
    """Of each row."""
    rows = matrix.reshape(len(matrix), -1)
    return np.maximum(rows.max(axis=1), -rows.min(axis=1))


def looked_at(matrices: Sequence[Array]) -> NDArray[np.int64] | slice:
    """Rows of matrices of one shape by which their exponent is chosen: all, unless they are many.

    Of many, those at even distances and some with the largest weights of all.
    """
    count = len(matrices[0])
    few = _LOOKED_AT * count // matrices[0].size
    if few >= count:
        return slice(None)
    largest = np.stack([largest_magnitudes(each) for each in matrices]).max(axis=0)
    even = np.arange(0, count, -(-count // max(few, 1)))
    return np.union1d(even, np.argsort(-largest, kind="stable")[:_LARGEST_LOOKED_AT])


def held_bias(bias: Array, bits: int) -> Array:
    """The nearest integers for a bias; the largest stand for what saturates units either way.

    They leave half of the 24 bits of a potential to synaptic input.
    """
    limit = 2 ** (STATE_BITS - 2)
    return np.clip(np.rint(bias * math.ldexp(1.0, bits)), -limit, limit)


def root_mean_square(values: Array) -> float:
    """√ of the mean of the squares."""
    return float(np.sqrt(np.mean(np.square(values))))


def _values(matrices: Sequence[Array]) -> NDArray[np.float64]:
    rows = looked_at(matrices)
    return np.concatenate([np.ravel(matrix[rows]) for matrix in matrices]).astype(np.float64)


def _exponent_that_holds(largest: float, max_weight: int) -> int:
    return max(math.ceil(math.log2(largest / max_weight)), MIN_EXPONENT)


def _bits_that_hold(largest: float) -> int:
    """Most fraction bits of a state that holds so much, and its headroom; below 0: none does."""
    with_headroom = POTENTIAL_HEADROOM * largest
    if with_headroom < 2.0 ** (STATE_BITS - 1 - MAX_FRACTION_BITS):
        return MAX_FRACTION_BITS
    if not math.isfinite(with_headroom):
        return -1
    return math.floor(STATE_BITS - 1 - math.log2(with_headroom))
