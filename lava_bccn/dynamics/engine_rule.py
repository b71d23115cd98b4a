"""Rules of Loihi's learning engine: sums of products, read from the text that Lava is given.

At the end of a learning epoch every synapse adds a sum of products to its weight w, and another to
its tag t (Davies et al., IEEE Micro 38(1), 2018):

    dw = 2^0*x0*sgn(t - 65) + 2^0*x0*sgn(t + 65)
    dt = -64*x0*sgn(t - 65) - 64*x0*sgn(t + 65) + x0*x1*y2 - x0*x1*y3

A product has numbers, one dependency that decides whether it counts at all, and factors:

``x0``, ``y0``        dependency: the presynaptic, postsynaptic unit has sent something in the epoch
``u<k>``              dependency: in every 2^k-th epoch (k from 0 to 9, one for all sums of a rule)
``x1``                presynaptic trace
``y1``, ``y2``, ``y3``  postsynaptic traces
``w``, ``t``          weight and tag
``(x1 - 64)``         any of these and an integer
``sgn(t - 65)``       sign of w or t, and an integer
``3``, ``2^-7``       numbers: together −8 … 7 times 2^−7 … 2^8

What Lava would read otherwise than it stands there is refused. ``engine`` computes with these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lava_bccn.errors import InvalidInputError

FACTOR_BITS = {"x0": 1, "y0": 1, "x1": 7, "y1": 7, "y2": 7, "y3": 7, "w": 9, "t": 9}
"""Width of each factor: those of Lava 0.10 (``lava.magma.core.learning.constants``)."""

MANTISSAS = range(-8, 8)
EXPONENTS = range(-7, 9)
"""A product is scaled by a mantissa of 4 bits and a power of two (Lava 0.10, ``ProductSeries``)."""

MAX_PRODUCT_BITS = 27
"""Widths of a product's factors together: with the mantissa, they must fit 32 bits."""

_SIGNED = ("w", "t")
_TOKEN = re.compile(r"2\^[+-]?(?:0|[1-9]\d*)|(?:0|[1-9]\d*)(?!\^)|[a-z]+\d*|[-+*()]")
_U = re.compile(r"u(\d+)")


@dataclass(frozen=True)
class Factor:
    """One factor of a product.

    Attributes:
        name: of :data:`FACTOR_BITS`.
        constant: added to it.
        is_sign: only the sign of the sum counts.
    """

    name: str
    constant: int = 0
    is_sign: bool = False

    @property
    def bits(self) -> int:
        """Width, to which it is clipped: −2^bits … 2^bits − 1."""
        return FACTOR_BITS[self.name]


@dataclass(frozen=True)
class Product:
    """mantissa · 2^exponent · dependency · Π factors.

    Attributes:
        dependency: ``"x0"``, ``"y0"`` or ``"u"``.
        mantissa, exponent: the scaling, as Lava splits it: the mantissa as small as it can be made.
        factors: in the order of the text.
    """

    dependency: str
    mantissa: int
    exponent: int
    factors: tuple[Factor, ...] = ()

    @property
    def bits(self) -> int:
        """Widths of all factors together."""
        return sum(factor.bits for factor in self.factors)


@dataclass(frozen=True)
class SumOfProducts:
    """What is added to a weight or a tag.

    Attributes:
        products: in the order in which they are added, which matters where the sum saturates.
        every: k of the dependency u<k>, the same for all products; None where none has it.
    """

    products: tuple[Product, ...]
    every: int | None = None


@dataclass(frozen=True)
class EngineRule:
    """How the synapses of one connection change at the end of an epoch.

    Attributes:
        dw: sum that is added to the weight; None: weights stay.
        dt: sum that is added to the tag, from the values before the epoch; None: tags stay.

    Raises:
        InvalidInputError: a sum that cannot be read or that the engine does not have.
    """

    dw: str | None = None
    dt: str | None = None

    def __post_init__(self) -> None:
        sums = [read_sum(text) for text in (self.dw, self.dt) if text is not None]
        if not sums:
            raise InvalidInputError("a rule of the learning engine needs dw, dt or both")
        if len({each.every for each in sums if each.every is not None}) > 1:
            raise InvalidInputError(
                f"dw {self.dw!r} and dt {self.dt!r} have different u<k>; the engine counts epochs "
                "with one k for a connection"
            )

    @property
    def weight_change(self) -> SumOfProducts | None:
        """``dw``, read."""
        return None if self.dw is None else read_sum(self.dw)

    @property
    def tag_change(self) -> SumOfProducts | None:
        """``dt``, read."""
        return None if self.dt is None else read_sum(self.dt)


@lru_cache(maxsize=256)
def read_sum(text: str) -> SumOfProducts:
    """A sum of products from the text that Lava takes as ``dw`` or ``dt``.

    Raises:
        InvalidInputError: says which part of it the engine, or its text in Lava, does not have.
    """
    return _Reader(text).read()


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left = self._tokens()
        self._every: int | None = None

    def _tokens(self) -> list[str]:
        text, place, tokens = self._text.replace(" ", ""), 0, []
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise self._error(f"{text[place:]!r} is not part of its language")
            tokens.append(match.group())
            place = match.end()
        return tokens

    def _error(self, what: str) -> InvalidInputError:
        return InvalidInputError(
            f"the learning engine cannot compute {self._text!r}: {what}; it adds products such as "
            "2^-3*x0*x1*y2 - 64*x0*sgn(t - 65)"
        )

    def _next(self, *allowed: str) -> str | None:
        """Take what comes next, if it is one of these."""
        if self._left and (not allowed or self._left[0] in allowed):
            return self._left.pop(0)
        return None

    def read(self) -> SumOfProducts:
        products = []
        sign = self._next("+", "-") or "+"
        while True:
            products.append(self._product(-1 if sign == "-" else 1))
            following = self._next("+", "-")
            if following is None:
                break
            sign = following
        if self._left:
            raise self._error(f"before {self._left[0]!r} a sign is missing")
        return SumOfProducts(tuple(products), self._every)

    def _product(self, mantissa: int) -> Product:
        exponent, factors, dependency = 0, [], ""
        while True:
            item = self._next() or ""
            if item.startswith("2^"):
                exponent += int(item[2:])
            elif item.isdigit():
                mantissa *= int(item)
            elif _U.fullmatch(item):
                if dependency:  # which Lava would leave out
                    raise self._error(f"{item} must be the only dependency of its product")
                dependency = self._counted(item)
            elif item in ("x0", "y0") and not dependency:
                dependency = item
            else:
                factors.append(self._factor(item))
            if self._next("*") is None:
                break
        if not dependency:
            raise self._error("each product needs one of x0, y0, u0 to u9")
        return self._scaled(Product(dependency, mantissa, exponent, tuple(factors)))

    def _counted(self, item: str) -> str:
        every = int(item[1:])
        if len(item) != 2:  # of which Lava reads the first digit
            raise self._error(f"{item} is none of u0 to u9")
        if self._every not in (None, every):
            raise self._error(f"it has both u{self._every} and {item}")
        self._every = every
        return "u"

    def _factor(self, item: str) -> Factor:
        if item in FACTOR_BITS:
            return Factor(item)
        if item not in ("(", "sgn") or (item == "sgn" and self._next("(") is None):
            raise self._error(f"{item!r} is no factor" if item else "it ends too early")
        name, constant = self._next() or "", 0
        known = _SIGNED if item == "sgn" else [each for each in FACTOR_BITS if each[1:] != "0"]
        if name not in known:
            raise self._error(f"{item.strip('(')}({name} … is none of {', '.join(known)}")
        sign = self._next("+", "-")
        if sign is not None:
            digits = self._next() or ""
            if not digits.isdigit():
                raise self._error(f"{name} {sign} {digits} needs an integer")
            constant = int(sign + digits)
        if self._next(")") is None:
            raise self._error(f"a bracket with {name} does not close")
        return Factor(name, constant, item == "sgn")

    def _scaled(self, product: Product) -> Product:
        """With the mantissa as Lava makes it: below 8, where it is even often enough."""
        mantissa, exponent = product.mantissa, product.exponent
        while abs(mantissa) > 7 and mantissa % 2 == 0 and exponent < EXPONENTS[-1]:
            mantissa, exponent = mantissa // 2, exponent + 1
        if mantissa not in MANTISSAS or exponent not in EXPONENTS:
            raise self._error(
                f"{product.mantissa} * 2^{product.exponent} is none of its rates, which are -8 to "
                "7 times 2^-7 to 2^8"
            )
        if product.bits > MAX_PRODUCT_BITS:
            raise self._error(
                f"a product has factors of {product.bits} bits together, and the engine multiplies "
                f"{MAX_PRODUCT_BITS}"
            )
        return Product(product.dependency, mantissa, exponent, product.factors)
