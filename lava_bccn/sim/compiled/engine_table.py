"""Rules of Loihi's learning engine as tables of numbers, and what they make of a row of synapses.

Compiled code reads a rule from its table, so that no rule needs code of its own, and goes through
a row once for every factor. ``engine_form`` is the fast way, for rules and rows that allow it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

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
"""Of what a synapse reads, by their numbers in tables."""

X_NAMES, TRACE_NAMES = 2, 6
"""How many of them, from the first, the presynaptic unit has; and the two units together."""

_U, _W = NAMES.index("u"), NAMES.index("w")

WEIGHT, TAG = range(2)
"""The two sums of a rule."""


class RuleTable(NamedTuple):
    """The numbers of a rule in one arithmetic.

    Attributes:
        sums: (2, 3): of weight and tag, whether the rule changes it (0 or 1), and its limits.
        places: (2,): bits of their sums that are rounded away.
        products: a row each: sum, dependency, mantissa, places, exponent, first factor, last + 1.
        factors: a row each: name, constant, limit, whether only the sign counts.
        every: k of u<k>; −1 where the rule has none.
        visits_all: whether synapses of silent inputs change in every epoch.
        truncates, by_magnitude: of the arithmetic.
    """

    sums: NDArray[np.int64]
    places: NDArray[np.int64]
    products: NDArray[np.int64]
    factors: NDArray[np.int64]
    every: int
    visits_all: bool
    truncates: bool
    by_magnitude: bool


def rule_table(rule: EngineRule, arithmetic: EngineArithmetic) -> RuleTable:
    """The numbers of a rule."""
    sums = (rule.weight_change, rule.tag_change)
    limits = (arithmetic.weight_limits, arithmetic.tag_limits)
    products: list[tuple[int, ...]] = []
    factors: list[tuple[int, ...]] = []
    for number, each in enumerate(sums):
        for product in () if each is None else each.products:
            first = len(factors)
            factors += [
                (NAMES.index(factor.name), factor.constant, 1 << factor.bits, factor.is_sign)
                for factor in product.factors
            ]
            places, exponent = lost_places(product, arithmetic), product.exponent
            numbers = NAMES.index(product.dependency), product.mantissa, places, exponent
            products.append((number, *numbers, first, len(factors)))
    every = (each.every for each in sums if each is not None and each.every is not None)
    return RuleTable(
        sums=np.array(
            [(each is not None, *ends) for each, ends in zip(sums, limits, strict=True)], np.int64
        ),
        places=np.array([arithmetic.weight_places, FRACTION_BITS]),
        products=np.array(products, dtype=np.int64).reshape(-1, 7),
        factors=np.array(factors, dtype=np.int64).reshape(-1, 4),
        every=next(every, -1),
        visits_all=any(product[1] == NAMES.index("y0") for product in products),
        truncates=arithmetic.truncates_products,
        by_magnitude=arithmetic.rounds_magnitudes,
    )


def lost_places(product: Product, arithmetic: EngineArithmetic) -> int:
    """By how many places a product is shifted to the right to fit the accumulator."""
    return max(0, product.bits + arithmetic.mantissa_bits - ACCUMULATOR_BITS)


@jit
def changed_row(
    number: int, row: int, synapses: Any, read: Any, chance: Any, table: Any, new: Any
) -> int:
    """Fill in a row's weights or tags after an epoch; how many of them did not fit.

    Args:
        number: of the sum, ``WEIGHT`` or ``TAG``.
        row: of the matrices.
        synapses: weights and tags of the row, two arrays (columns,).
        read: x (2, presynaptic) and y (4, postsynaptic), whether a row is that of a postsynaptic
            unit, and whether u<k> counts.
        chance: what rounds, (columns,).
        table: of the rule.
        new: to fill in, (columns,).
    """
    start = synapses[number]
    if not table.sums[number, 0]:
        new[:] = start
        return 0
    total, unlimited = np.empty(len(start), np.int32), np.empty(len(start), np.int32)
    value, factor = np.empty_like(total), np.empty_like(total)
    for i in range(len(start)):
        total[i] = unlimited[i] = np.int32(start[i]) << FRACTION_BITS
    for product in table.products:
        if product[0] == number:
            _read(product[1], row, synapses, read, factor)
            for i in range(len(value)):
                value[i] = np.int32(factor[i] != 0) * np.int32(product[2])
            for k in range(product[5], product[6]):
                _read(table.factors[k, 0], row, synapses, read, factor)
                _multiply(value, factor, table.factors[k])
            _add(total, unlimited, value, product, table.truncates)
    return _rounded(total, unlimited, chance, number, table, new)


@jit
def _read(name: int, row: int, synapses: Any, read: Any, out: Any) -> None:
    """What each synapse of a row reads by a name."""
    x, y, by_unit, counts = read
    if name >= _W:
        values = synapses[name - _W]
        for i in range(len(out)):
            out[i] = values[i]
    elif name == _U:
        out[:] = counts
    else:
        traces = x[name] if name < X_NAMES else y[name - X_NAMES]
        if (name < X_NAMES) == by_unit:
            out[:] = traces
        else:
            out[:] = traces[row]


@jit
def _multiply(value: Any, read: Any, factor: Any) -> None:
    constant, limit = np.int32(factor[1]), np.int32(factor[2])
    if factor[3]:
        for i in range(len(value)):
            sign = np.int32(read[i] + constant)
            value[i] *= np.int32(sign > 0) - np.int32(sign < 0)
    else:
        for i in range(len(value)):
            value[i] *= np.int32(engine.clipped(np.int32(read[i] + constant), -limit, limit - 1))


@jit
def _add(total: Any, unlimited: Any, value: Any, product: Any, truncates: bool) -> None:
    places, exponent = product[3], product[4]
    for i in range(len(total)):
        each = np.int32(engine.term(value[i], places, exponent, truncates))
        limited = np.int32(engine.clipped(each, MIN_SUM, MAX_SUM))
        total[i] = engine.clipped(np.int32(total[i] + limited), MIN_SUM, MAX_SUM)
        unlimited[i] += each


@jit
def _rounded(
    total: Any, unlimited: Any, chance: Any, number: int, table: Any, new: Any
) -> int:
    """Fill in the sums as weights or tags; how many would be others, were there no limits."""
    places, by_magnitude = table.places[number], table.by_magnitude
    low, high, step = table.sums[number, 1], table.sums[number, 2], places - FRACTION_BITS
    lost = 0
    for i in range(len(total)):
        wanted = engine.rounded(unlimited[i], places, chance[i], by_magnitude) << step
        exact = engine.rounded(total[i], places, chance[i], by_magnitude) << step
        held = engine.clipped(exact, low, high)
        new[i] = held
        lost += held != wanted
    return lost
