"""The form that rules have by which networks learn, so that their epochs are fast.

With s = sgn(t − c) + sgn(t + c), a weight or tag z becomes

    z + b s + x v 2^(exponent − places)        x: of one end of the synapse, v: of the other

as long as nothing saturates. Two products of traces, such as those of y2 and y3, are one where no
unit has both traces: v is then their difference. What comes before the last term is whole, so that
rounding acts on that term alone, and everything fits 16 bits.

Whether something saturated shows in what comes out: the limits here leave out what might, by a unit
at each end. Beyond them a row is left to ``engine_table``, which counts what did not fit; within
them everything did.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.engine import CHANCE_BITS, FRACTION_BITS, EngineArithmetic
from lava_bccn.dynamics.engine_rule import EngineRule, Factor, Product, SumOfProducts
from lava_bccn.sim.compiled.engine_table import NAMES, TAG, WEIGHT, X_NAMES, lost_places

_LOW, _HIGH = -256, 255
"""Whole weights and tags that the accumulator holds."""

_MAX_FACTOR = 128
"""Largest magnitude of a factor of 7 bits."""

_MAX_INT16 = 2**15 - 1


class FastForm(NamedTuple):
    """The numbers of a rule's fast form; those of weights come before those of tags.

    Attributes:
        exists: whether the rule has it.
        traces: which of the two has the products of traces, ``WEIGHT`` or ``TAG``.
        threshold: c − 1.
        steps: b, in units 2^−fraction.
        x_constant: added to x1.
        y: a row for each product of traces: the number of its postsynaptic factor among y0 … y3,
            what is added to it, and the sign of the product, 0 where there is no second.
        places, scale: the products of traces are shifted to the right by ``places``, and are then
            in units 2^−fraction / ``scale``.
        fractions: bits of a change below the unit.
        shifts: bits of it that are rounded away.
        limits: lowest and highest new value up to which everything fitted, a row each.
        largest: |x v| up to which the products fit the sum by themselves.
        reduced: magnitude of a new value up to which they do so beyond that.
        truncates, by_magnitude: of the arithmetic.
    """

    exists: bool
    traces: int
    threshold: int
    steps: NDArray[np.int64]
    x_constant: int
    y: NDArray[np.int64]
    places: int
    scale: int
    fractions: NDArray[np.int64]
    shifts: NDArray[np.int64]
    limits: NDArray[np.int64]
    largest: int
    reduced: int
    truncates: bool
    by_magnitude: bool


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


def fast_form(rule: EngineRule, arithmetic: EngineArithmetic) -> FastForm:
    """The numbers of a rule's fast form, if it has one."""
    weight, tag = _parts(rule.weight_change), _parts(rule.tag_change)
    nothing, number = _nothing(arithmetic), WEIGHT if rule.tag_change is None else TAG
    if weight is None or tag is None or (number == WEIGHT and weight.first):
        return nothing
    products, others = (tag.traces, weight.traces)[:: 1 if number == TAG else -1]
    y = _postsynaptic(products)
    constants = {abs(each.first) for each in (weight, tag) if each.first}
    tags = range(_LOW, _HIGH + 1)
    sums = [t + part for t in tags for part in tag.partial(t)]
    if others or y is None or len(constants) > 1 or min(sums) < _LOW or max(sums) > _HIGH:
        return nothing
    places, exponent = lost_places(products[0], arithmetic), products[0].exponent
    scale, fraction = 1 << max(0, exponent), max(0, -exponent)
    steps = np.array([weight.step, tag.step << fraction])
    product = ((_MAX_FACTOR**2 >> places) + 1) * scale
    if 2 * np.abs(steps).max() + product + (2 << CHANCE_BITS) > _MAX_INT16:
        return nothing
    fractions = np.array([fraction, 0] if number == WEIGHT else [0, fraction])
    most = -_LOW if number == WEIGHT else max(abs(t + tag.partial(t)[1]) for t in tags)
    low, high = arithmetic.weight_limits
    rest = weight.partial(0)[0]
    low = max(low, _LOW + 1 + arithmetic.even_weights, _LOW - rest)
    return nothing._replace(
        exists=True,
        traces=number,
        threshold=constants.pop() - 1 if constants else nothing.threshold,
        steps=steps,
        x_constant=_factors(products[0])[0].constant,
        y=y,
        places=places,
        scale=scale,
        fractions=fractions,
        shifts=fractions + nothing.shifts,
        limits=np.array([[low, min(high, _HIGH - rest)], [_LOW + 1, _HIGH]]),
        largest=((_HIGH << fraction) // scale - 1) << places,
        reduced=_HIGH - 2 - most,
    )


def _nothing(arithmetic: EngineArithmetic) -> FastForm:
    """Of a rule that does not have the form."""
    two = np.zeros(2, np.int64)
    return FastForm(
        exists=False,
        traces=WEIGHT,
        threshold=_MAX_INT16,
        steps=two,
        x_constant=0,
        y=np.zeros((2, 3), np.int64),
        places=0,
        scale=0,
        fractions=two,
        shifts=np.array([arithmetic.weight_places - FRACTION_BITS, 0]),
        limits=np.zeros((2, 2), np.int64),
        largest=0,
        reduced=0,
        truncates=arithmetic.truncates_products,
        by_magnitude=arithmetic.rounds_magnitudes,
    )


def _parts(series: SumOfProducts | None) -> _Sum | None:
    """A sum without what counts in every 2^k-th epoch only, if it has the form."""
    products = [] if series is None else [each for each in series.products if each.dependency != "u"]
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
    if len(signs) != 2 or len(scales) > 1 or sum(constants) or not constants[0] or exponent < 0:
        return None
    return _Sum(constants[0], mantissa << exponent, traces)


def _is_sign_of_tag(product: Product) -> bool:
    return len(product.factors) == 1 and product.factors[0].is_sign and product.factors[0].name == "t"


def _factors(product: Product) -> list[Factor]:
    """Of a product of traces: the presynaptic factor, then the postsynaptic one."""
    return sorted(product.factors, key=lambda factor: factor.name)


def _postsynaptic(products: tuple[Product, ...]) -> NDArray[np.int64] | None:
    """``FastForm.y``, if these are one or two products that differ in it at most."""
    pairs = [_factors(each) for each in products]
    if len(pairs) not in (1, 2) or any(
        [factor.name[0] for factor in pair] != ["x", "y"] for pair in pairs
    ):
        return None
    same = {(each.exponent, pair[0]) for each, pair in zip(products, pairs, strict=True)}
    if len(same) > 1 or any(abs(each.mantissa) != 1 for each in products):
        return None
    y = np.zeros((2, 3), np.int64)
    for row, product, (_, factor) in zip(y, products, pairs, strict=False):
        row[:] = NAMES.index(factor.name) - X_NAMES, factor.constant, product.mantissa
    return y
