"""Epochs of Loihi's learning engine, compiled for one rule: the bits of ``dynamics.engine``.

A rule is composed of its factors, products and sums, each a compiled function of what a synapse
reads, so that the loop over synapses has the rule's numbers as constants and no branches.
Matrices are (presynaptic, postsynaptic) here, and rows of silent inputs are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import engine
from lava_bccn.dynamics.engine import (
    ACCUMULATOR_BITS,
    CHANCE_BITS,
    FRACTION_BITS,
    MAX_SUM,
    MIN_SUM,
    EngineArithmetic,
    EngineSaturations,
)
from lava_bccn.dynamics.engine_rule import EngineRule, Factor, Product, SumOfProducts
from lava_bccn.dynamics.stochastic_rounding import draw
from lava_bccn.sim.jit import INTEGERS, fingerprint, jit, kept, register

register((engine.clipped, engine.term, engine.rounded))

_READ = {
    name: place for place, name in enumerate(("x0", "x1", "y0", "y1", "y2", "y3", "u", "w", "t"))
}
_CHANCE_MASK = np.uint32(2**CHANCE_BITS - 1)


class Chances(NamedTuple):
    """What rounds the sums of a connection.

    Attributes:
        shared: for all synapses, 0 to 2^``CHANCE_BITS`` − 1; negative: a draw a synapse.
        key: of these draws.
        presynaptic, postsynaptic: a synapse's index is what its two units' numbers add up to, times
            these (``integer_plasticity.synapse_index``).
    """

    shared: int
    key: np.uint32 = np.uint32(0)
    presynaptic: int = 0
    postsynaptic: int = 0


class CompiledRule:
    """One rule in one arithmetic; its constants are those of the compiled loop.

    Args:
        rule: of the connection.
        arithmetic: of the engine.

    Attributes:
        run: the compiled loop over the synapses of a connection.
        every: k of u<k>; −1 where the rule has none.
        visits_all: whether synapses of silent inputs change in every epoch.
    """

    def __init__(self, rule: EngineRule, arithmetic: EngineArithmetic) -> None:
        self.run: Any = _epoch(rule, arithmetic)
        sums = [each for each in (rule.weight_change, rule.tag_change) if each is not None]
        self.every: int = next((each.every for each in sums if each.every is not None), -1)
        self.visits_all: bool = any(
            product.dependency == "y0" for each in sums for product in each.products
        )

    def __call__(
        self,
        weight: NDArray[np.int16],
        tag: NDArray[np.int16],
        below: NDArray[np.bool_],
        traces: tuple[NDArray[np.int32], ...],
        epoch: int,
        chances: Chances,
    ) -> EngineSaturations:
        """One epoch of a connection, in place.

        Args:
            weight, tag: of the synapses, (presynaptic, postsynaptic).
            below: whether a tag of each presynaptic unit is below −256, (presynaptic,): such a tag
                moves although its input is silent. Changed as the tags are.
            traces: x0, x1, y0, y1, y2, y3, as of ``EngineTraces``.
            epoch: its number, from 1.
            chances: what rounds.

        Returns:
            What did not fit.
        """
        counts = self.every >= 0 and epoch % 2**self.every == 0
        visits_all = counts or self.visits_all
        found = self.run(weight, tag, below, *traces, np.int32(counts), visits_all, *chances)
        return EngineSaturations(*found)


@cache
def _epoch(rule: EngineRule, arithmetic: EngineArithmetic) -> Any:
    """The loop over the synapses of a connection, kept between runs."""
    equations = fingerprint((*INTEGERS, sys.modules[__name__], engine))
    return kept(
        _loop(f"{equations} {rule} {arithmetic}"),
        change_weight=_changed(rule.weight_change, "w", arithmetic),
        change_tag=_changed(rule.tag_change, "t", arithmetic),
    )


def _loop(fingerprint: str) -> Callable[..., tuple[int, int]]:
    def run(
        weight: Any, tag: Any, below: Any, x0: Any, x1: Any, y0: Any, y1: Any, y2: Any, y3: Any,
        counts: Any, visits_all: Any, shared: Any, key: Any, presynaptic: Any, postsynaptic: Any,
    ) -> tuple[int, int]:  # fmt: skip
        _ = fingerprint
        weights = tags = 0
        for j in range(len(x0)):
            active = np.int32(x0[j] != 0)
            if not (active or visits_all or below[j]):
                continue
            row, tag_row, trace, lowest = weight[j], tag[j], np.int32(x1[j]), np.int32(0)
            for i in range(len(y1)):
                if shared >= 0:
                    chance = np.int32(shared)
                else:
                    index = np.uint32(j * presynaptic + i * postsynaptic)
                    chance = np.int32(draw(key, index) & _CHANCE_MASK)
                read = (
                    active, trace, np.int32(y0[i] != 0), np.int32(y1[i]), np.int32(y2[i]),
                    np.int32(y3[i]), counts, np.int32(row[i]), np.int32(tag_row[i]),
                )  # fmt: skip
                new_weight, lost = change_weight(read, chance)  # type: ignore[name-defined] # noqa: F821
                weights += lost
                new_tag, lost = change_tag(read, chance)  # type: ignore[name-defined] # noqa: F821
                tags += lost
                row[i], tag_row[i] = new_weight, new_tag
                lowest = min(lowest, new_tag)
            below[j] = lowest < -256
        return weights, tags

    return run


def _changed(series: SumOfProducts | None, name: str, arithmetic: EngineArithmetic) -> Any:
    """A weight or tag after the epoch, and whether it did not fit."""
    place = _READ[name]
    if series is None:

        @jit
        def stays(read: Any, chance: Any) -> Any:
            return read[place], np.int32(0)

        return stays
    places = arithmetic.weight_places if name == "w" else FRACTION_BITS
    low, high = arithmetic.weight_limits if name == "w" else arithmetic.tag_limits
    step, by_magnitude = places - FRACTION_BITS, arithmetic.rounds_magnitudes
    add = _sum(series, arithmetic)

    @jit
    def changed(read: Any, chance: Any) -> Any:
        start = np.int32(read[place] << FRACTION_BITS)
        total, unlimited = add(start, start, read)
        wanted = np.int32(engine.rounded(unlimited, places, chance, by_magnitude) << step)
        exact = np.int32(engine.rounded(total, places, chance, by_magnitude) << step)
        held = np.int32(engine.clipped(exact, low, high))
        return held, np.int32(held != wanted)

    return changed


def _sum(series: SumOfProducts, arithmetic: EngineArithmetic) -> Any:
    """Two sums of all products, with limits and without."""

    def then(before: Any, product: Any) -> Any:
        @jit
        def add(total: Any, unlimited: Any, read: Any) -> Any:
            total, unlimited = before(total, unlimited, read)
            value = product(read)
            limited = np.int32(engine.clipped(value, MIN_SUM, MAX_SUM))
            total = np.int32(engine.clipped(np.int32(total + limited), MIN_SUM, MAX_SUM))
            return total, np.int32(unlimited + value)

        return add

    @jit
    def nothing(total: Any, unlimited: Any, read: Any) -> Any:
        return total, unlimited

    add = nothing
    for product in series.products:
        add = then(add, _product(product, arithmetic))
    return add


def _product(product: Product, arithmetic: EngineArithmetic) -> Any:
    place, mantissa, exponent = _READ[product.dependency], product.mantissa, product.exponent
    places = max(0, product.bits + arithmetic.mantissa_bits - ACCUMULATOR_BITS)
    truncates = arithmetic.truncates_products

    def times(before: Any, factor: Any) -> Any:
        @jit
        def multiplied(read: Any) -> Any:
            return np.int32(before(read) * factor(read))

        return multiplied

    @jit
    def scaled(read: Any) -> Any:
        return np.int32(read[place] * mantissa)

    multiplied = scaled
    for factor in product.factors:
        multiplied = times(multiplied, _factor(factor))

    @jit
    def value(read: Any) -> Any:
        return np.int32(engine.term(multiplied(read), places, exponent, truncates))

    return value


def _factor(factor: Factor) -> Any:
    place, constant, limit = _READ[factor.name], factor.constant, 1 << factor.bits

    @jit
    def sign(read: Any) -> Any:
        value = np.int32(read[place] + constant)
        return np.int32(value > 0) - np.int32(value < 0)

    @jit
    def within(read: Any) -> Any:
        return np.int32(engine.clipped(np.int32(read[place] + constant), -limit, limit - 1))

    return sign if factor.is_sign else within
