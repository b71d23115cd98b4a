"""Rules of Loihi's learning engine as tables of numbers, and what they make of a row of synapses.

Compiled code reads a rule from its tables, so that no rule needs code of its own, and goes through
a row once for every factor. ``engine_form`` has the numbers of a faster way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import engine
from lava_bccn.dynamics.engine import (
    ACCUMULATOR_BITS,
    FRACTION_BITS,
    MAX_SUM,
    MIN_SUM,
    EngineArithmetic,
)
from lava_bccn.dynamics.engine_rule import EngineRule, Product
from lava_bccn.sim.jit import jit, register

register((engine.clipped, engine.term, engine.rounded))

NAMES = ("x0", "x1", "y0", "y1", "y2", "y3", "u", "w", "t")
"""What a synapse reads, by the numbers that it has in tables."""

X_NAMES = 2
"""How many of them, from the first, the presynaptic unit has."""

_U, _W = NAMES.index("u"), NAMES.index("w")

WEIGHT, TAG = range(2)
"""The two sums of a rule."""

PRODUCT = np.dtype(
    [
        ("sum", np.int64),
        ("dependency", np.int64),
        ("mantissa", np.int64),
        ("places", np.int64),
        ("exponent", np.int64),
        ("first", np.int64),
        ("end", np.int64),
    ]
)
"""A product: which sum it belongs to, its scaling, and which factors are its own."""

FACTOR = np.dtype(
    [("name", np.int64), ("constant", np.int64), ("limit", np.int64), ("is_sign", np.int64)]
)
"""A factor, −limit … limit − 1."""


def product_table(
    rule: EngineRule, arithmetic: EngineArithmetic
) -> tuple[NDArray[np.void], NDArray[np.void]]:
    """All products of a rule, of the weight first, and their factors."""
    products: list[tuple[int, ...]] = []
    factors: list[tuple[int, ...]] = []
    for number, each in enumerate((rule.weight_change, rule.tag_change)):
        for product in () if each is None else each.products:
            first = len(factors)
            factors += [
                (NAMES.index(factor.name), factor.constant, 1 << factor.bits, factor.is_sign)
                for factor in product.factors
            ]
            dependency, places = NAMES.index(product.dependency), lost_places(product, arithmetic)
            scaling = product.mantissa, places, product.exponent
            products.append((number, dependency, *scaling, first, len(factors)))
    return np.array(products, dtype=PRODUCT), np.array(factors, dtype=FACTOR)


def lost_places(product: Product, arithmetic: EngineArithmetic) -> int:
    """By how many places a product is shifted to the right to fit the accumulator."""
    return max(0, product.bits + arithmetic.mantissa_bits - ACCUMULATOR_BITS)


@jit
def changed_row(row: int, synapses: Any, read: Any, chance: Any, rule: Any, new: Any) -> Any:
    """Fill in the weights and tags of a row after an epoch; how many of each did not fit.

    Args:
        row: in question.
        synapses: (2, rows, columns in whole blocks).
        read: x (2, presynaptic) and y (4, postsynaptic), whether a row is that of a postsynaptic
            unit, and whether u<k> counts.
        chance: what rounds, (columns in whole blocks,).
        rule: ``engine_form.RuleNumbers``.
        new: likewise (2, columns), to fill in.
    """
    x, y, by_unit, _ = read
    width = x.shape[1] if by_unit else y.shape[1]
    total, unlimited = np.empty(width, np.int32), np.empty(width, np.int32)
    value, factor = np.empty(width, np.int32), np.empty(width, np.int32)
    weights = tags = 0
    for number in (WEIGHT, TAG):
        for i in range(width):
            total[i] = unlimited[i] = np.int32(synapses[number, row, i]) << FRACTION_BITS
        for product in rule.products:
            if product.sum == number:
                _read(product.dependency, row, synapses, read, factor)
                for i in range(width):
                    value[i] = np.int32(factor[i] != 0) * np.int32(product.mantissa)
                for k in range(product.first, product.end):
                    _read(rule.factors[k].name, row, synapses, read, factor)
                    _multiply(value, factor, rule.factors[k])
                _add(total, unlimited, value, product, rule.numbers[0].truncates)
        if rule.sums[number].changes:
            sums = rule.sums[number]
            lost = _rounded(total, unlimited, chance, sums, rule.numbers[0], new[number])
            weights, tags = (lost, tags) if number == WEIGHT else (weights, lost)
        else:
            for i in range(width):
                new[number, i] = synapses[number, row, i]
    return weights, tags


@jit
def _read(name: int, row: int, synapses: Any, read: Any, out: Any) -> None:
    """What each synapse of a row reads by a name."""
    x, y, by_unit, counts = read
    traces, place = (x, name) if name < X_NAMES else (y, name - X_NAMES)
    varies = (name < X_NAMES) == by_unit
    for i in range(len(out)):
        if name >= _W:
            out[i] = synapses[name - _W, row, i]
        elif name == _U:
            out[i] = counts
        else:
            out[i] = traces[place, i if varies else row]


@jit
def _multiply(value: Any, read: Any, factor: Any) -> None:
    constant: Any = np.int32(factor.constant)
    limit: Any = np.int32(factor.limit)
    if factor.is_sign:
        for i in range(len(value)):
            sign = np.int32(read[i] + constant)
            value[i] *= np.int32(sign > 0) - np.int32(sign < 0)
    else:
        for i in range(len(value)):
            value[i] *= np.int32(engine.clipped(np.int32(read[i] + constant), -limit, limit - 1))


@jit
def _add(total: Any, unlimited: Any, value: Any, product: Any, truncates: bool) -> None:
    places, exponent = product.places, product.exponent
    for i in range(len(total)):
        each = np.int32(engine.term(value[i], places, exponent, truncates))
        limited = np.int32(engine.clipped(each, MIN_SUM, MAX_SUM))
        total[i] = engine.clipped(np.int32(total[i] + limited), MIN_SUM, MAX_SUM)
        unlimited[i] += each


@jit
def _rounded(total: Any, unlimited: Any, chance: Any, numbers: Any, rule: Any, new: Any) -> int:
    """Fill in the sums as weights or tags; how many would be others, were there no limits."""
    places, low, high = numbers.places, numbers.low, numbers.high
    step, by_magnitude, lost = places - FRACTION_BITS, rule.by_magnitude, 0
    for i in range(len(total)):
        wanted = engine.rounded(unlimited[i], places, chance[i], by_magnitude) << step
        exact = engine.rounded(total[i], places, chance[i], by_magnitude) << step
        held = engine.clipped(exact, low, high)
        new[i] = held
        lost += held != wanted
    return lost
