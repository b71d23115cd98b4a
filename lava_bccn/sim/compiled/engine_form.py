"""The numbers of a rule, and the form of those by which networks learn, whose epochs are fast.

With s = sgn(t − c) + sgn(t + c), a weight or tag z becomes

    z + b s + x v 2^(exponent − places)        x: of one end of the synapse, v: of the other

as long as nothing saturates. Two products of traces, such as those of y2 and y3, are one where no
unit has both traces: v is then their difference. What comes before the last term is whole, so that
rounding acts on that term alone, and everything fits 16 bits.

Whether something saturated shows in what comes out: limits that leave out, by a unit at each end,
what might have. ``engine_fast`` computes such rows in another way, or leaves them to
``engine_table``, so that what did not fit is counted.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.engine import CHANCE_BITS, FRACTION_BITS, EngineArithmetic
from lava_bccn.dynamics.engine_rule import EngineRule, Factor, Product, SumOfProducts
from lava_bccn.sim.compiled.engine_table import (
    NAMES,
    TAG,
    WEIGHT,
    X_NAMES,
    lost_places,
    product_table,
)

_LOW, _HIGH = -256, 255
"""Whole weights and tags that the accumulator holds."""

_MAX_FACTOR = 128
"""Largest magnitude of a factor of 7 bits."""

_MAX_INT16 = 2**15 - 1

SUM = np.dtype(
    [
        (name, np.int16)
        for name in (
            "changes",
            "low",
            "high",
            "places",
            "step",
            "rest",
            "fraction",
            "shift",
            "least",
            "most",
        )
    ]
)
"""Of the weight or the tag: whether the rule changes it, its limits, and bits of its sum that are
rounded away. In the fast form: b in units 2^−fraction, what the first sign of a weight's adds where
both together add nothing, bits of a change below the unit, bits of it that are rounded away, and
the new values up to which everything fitted."""

NUMBERS = np.dtype(
    [
        (name, np.int16)
        for name in (
            "every",
            "visits_all",
            "truncates",
            "by_magnitude",
            "is_fast",
            "traces",
            "threshold",
            "x_constant",
            "places",
            "scale",
        )
    ]
    + [("largest", np.int64)]
)
"""Of a rule: k of u<k>, or −1; whether synapses of silent inputs change in every epoch; of the
arithmetic. Then whether it has the fast form; which sum has the products of traces; c − 1; what is
added to x1; their shift to the right, after which they are in units 2^−fraction / scale; and |x v|
up to which they fit the sum by themselves."""

TRACE = np.dtype([(name, np.int64) for name in ("name", "constant", "sign")])
"""Of a product of traces in the fast form: the number among y0 … y3 of its postsynaptic factor,
what is added to it, and the product's sign, 0 for a second one that there is not."""


class RuleNumbers(NamedTuple):
    """A rule in one arithmetic, as compiled code reads it.

    Attributes:
        products, factors: see ``engine_table``.
        sums: of weight and tag, a ``SUM`` each.
        numbers: one entry, ``NUMBERS``.
        traces: two ``TRACE``.
    """

    products: NDArray[np.void]
    factors: NDArray[np.void]
    sums: NDArray[np.void]
    numbers: NDArray[np.void]
    traces: NDArray[np.void]


@cache
def rule_numbers(rule: EngineRule, arithmetic: EngineArithmetic) -> RuleNumbers:
    """The numbers of a rule."""
    changes = rule.weight_change, rule.tag_change
    products, factors = product_table(rule, arithmetic)
    every = (each.every for each in changes if each is not None and each.every is not None)
    sums, numbers, traces = np.zeros(2, SUM), np.zeros(1, NUMBERS), np.zeros(2, TRACE)
    sums["changes"] = [each is not None for each in changes]
    sums["low"], sums["high"] = zip(arithmetic.weight_limits, arithmetic.tag_limits, strict=True)
    sums["places"] = arithmetic.weight_places, FRACTION_BITS
    numbers["every"] = next(every, -1)
    numbers["visits_all"] = (products["dependency"] == NAMES.index("y0")).any()
    numbers["truncates"] = arithmetic.truncates_products
    numbers["by_magnitude"] = arithmetic.rounds_magnitudes
    found = RuleNumbers(products, factors, sums, numbers, traces)
    _fill_fast_form(found, rule, arithmetic)
    return found


class _Sum(NamedTuple):
    """One sum of a rule that has the form.

    Attributes:
        first: constant of the first of the two signs, ±c; 0 where there are none.
        step: b.
        traces: products of traces.
    """

    first: int = 0
    step: int = 0
    traces: tuple[Product, ...] = ()

    def partial(self, tag: int) -> tuple[int, int]:
        """What the first sign, and both of them, add at a tag."""
        first, second = (int(np.sign(tag + each)) for each in (self.first, -self.first))
        return self.step * first, self.step * (first + second)


def _fill_fast_form(found: RuleNumbers, rule: EngineRule, arithmetic: EngineArithmetic) -> None:
    """The numbers of a rule's fast form, if it has one."""
    weight, tag = _parts(rule.weight_change), _parts(rule.tag_change)
    number = WEIGHT if rule.tag_change is None else TAG
    if weight is None or tag is None or (weight.first if number == WEIGHT else weight.traces):
        return
    products, (sums, numbers) = (weight, tag)[number].traces, (found.sums, found.numbers[0])
    constants = {abs(each.first) for each in (weight, tag) if each.first}
    tags = [t + part for t in range(_LOW, _HIGH + 1) for part in tag.partial(t)]
    if min(tags) < _LOW or max(tags) > _HIGH or len(constants) > 1:
        return
    if not _fill_traces(found.traces, products):
        return
    numbers["traces"] = number
    numbers["threshold"] = constants.pop() - 1 if constants else _MAX_INT16
    numbers["x_constant"] = _factors(products[0])[0].constant
    # Of Python's integers: those of an array have 16 bits, and calculate in them.
    places, exponent = lost_places(products[0], arithmetic), products[0].exponent
    scale, fraction = 1 << max(0, exponent), max(0, -exponent)
    numbers["places"], numbers["scale"] = places, scale
    numbers["largest"] = ((_HIGH << fraction) // scale - 1) << places
    sums["fraction"][number] = fraction
    steps = [
        each.step << (fraction if index == number else 0)
        for index, each in enumerate((weight, tag))
    ]
    sums["step"] = steps
    sums["shift"] = sums["places"] - FRACTION_BITS + sums["fraction"]
    rest = weight.partial(0)[0]
    lowest = _LOW + 1 + arithmetic.even_weights
    sums["rest"][WEIGHT] = rest
    sums["least"] = max(sums["low"][WEIGHT], lowest, _LOW - rest), _LOW + 1
    sums["most"] = min(sums["high"][WEIGHT], _HIGH - rest), _HIGH
    product = ((_MAX_FACTOR**2 >> places) + 1) * scale
    largest = 2 * max(map(abs, steps)) + product + (2 << CHANCE_BITS)
    numbers["is_fast"] = largest <= _MAX_INT16


def _parts(series: SumOfProducts | None) -> _Sum | None:
    """A sum without what counts in every 2^k-th epoch only, if it has the form."""
    every = () if series is None else series.products
    products = [each for each in every if each.dependency != "u"]
    if any(each.dependency != "x0" for each in products):
        return None
    signs = [each for each in products if _is_sign_of_tag(each)]
    traces = tuple(products[len(signs) :])
    if any(map(_is_sign_of_tag, traces)):
        return None
    if not signs:
        return _Sum(traces=traces)
    constants = [each.factors[0].constant for each in signs]
    scales = {(each.mantissa, each.exponent) for each in signs}
    mantissa, exponent = signs[0].mantissa, signs[0].exponent
    if len(signs) != 2 or len(scales) > 1 or exponent < 0:
        return None
    if constants[0] == 0 or constants[0] != -constants[1]:
        return None
    return _Sum(constants[0], mantissa << exponent, traces)


def _is_sign_of_tag(product: Product) -> bool:
    return [(each.name, each.is_sign) for each in product.factors] == [("t", True)]


def _factors(product: Product) -> list[Factor]:
    """Of a product of traces: the presynaptic factor, then the postsynaptic one."""
    return sorted(product.factors, key=lambda factor: factor.name)


def _fill_traces(traces: NDArray[np.void], products: tuple[Product, ...]) -> bool:
    """Read one or two products of traces; False if there are others, or they differ in more."""
    pairs = [_factors(each) for each in products]
    if len(pairs) not in (1, 2) or any(
        [factor.name[0] for factor in pair] != ["x", "y"] for pair in pairs
    ):
        return False
    same = {(each.exponent, pair[0]) for each, pair in zip(products, pairs, strict=True)}
    if len(same) > 1 or any(abs(each.mantissa) != 1 for each in products):
        return False
    for row, (product, (_, factor)) in enumerate(zip(products, pairs, strict=True)):
        traces[row] = NAMES.index(factor.name) - X_NAMES, factor.constant, product.mantissa
    return True
