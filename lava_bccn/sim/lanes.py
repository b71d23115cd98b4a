"""Integers of 32 bits in compiled code that stay so: a vector holds as many as it has room for.

Numba gives 64 bits to what two integers of 32 make, so that vectors hold half as many. What a lane
and an integer make is a lane, which wraps as NumPy's int32 does: an equation of ``dynamics`` that
is called with lanes is calculated in 32 bits. Who calls it has to know that everything fits.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import (
    intrinsic,
    lower_builtin,
    lower_cast,
    models,
    register_model,
)

BITS = 32

_Make = Callable[[Any, Any, Any], Any]
"""Code of an operator: of a builder and both sides."""

_intrinsic: Any = intrinsic  # its types do not know that compiled code calls the result


class Lane(types.Type):
    """The type of lanes."""

    def __init__(self) -> None:
        super().__init__("lane")

    def can_convert_from(self, typing_context: Any, other: Any) -> Any:
        """Of integers, for operators whose other side is a lane."""
        return Conversion.unsafe if isinstance(other, types.Integer | types.Boolean) else None


LANE = Lane()

register_model(Lane)(lambda manager, kind: models.PrimitiveModel(manager, kind, _native()))


def _native() -> Any:
    from llvmlite import ir

    return ir.IntType(BITS)


@lower_cast(types.Integer, Lane)
@lower_cast(types.Boolean, Lane)
def _cast(context: Any, builder: Any, kind: Any, target: Any, value: Any) -> Any:
    return context.cast(builder, value, kind, types.int32)


@_intrinsic
def lane(typing_context: Any, value: Any) -> Any:
    """An integer as a lane; wider ones wrap."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.cast(builder, arguments[0], value, LANE)

    return LANE(value), code


@_intrinsic
def plain(typing_context: Any, value: Any) -> Any:
    """A lane as an int32."""
    return types.int32(value), lambda context, builder, signature, arguments: arguments[0]


def _operator(function: Any, make: _Make, result: Any = LANE) -> None:
    """Define an operator of a lane and a lane or integer, on either side."""

    class _Typing(AbstractTemplate):
        key = function

        def generic(self, arguments: Any, keywords: Any) -> Any:
            if LANE in arguments and not keywords and len(arguments) == 2:
                return signature(result, LANE, LANE)
            return None

    infer_global(function, types.Function(_Typing))

    @lower_builtin(function, LANE, LANE)
    def _code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return make(builder, *arguments)


class _NegationTyping(AbstractTemplate):
    key = operator.neg

    def generic(self, arguments: Any, keywords: Any) -> Any:
        return signature(LANE, LANE) if arguments == (LANE,) else None


infer_global(operator.neg, types.Function(_NegationTyping))


@lower_builtin(operator.neg, LANE)
def _negation(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return builder.neg(arguments[0])


def _arithmetic(method: str) -> _Make:
    return lambda builder, a, b: getattr(builder, method)(a, b)


def _comparison(sign: str) -> _Make:
    return lambda builder, a, b: builder.icmp_signed(sign, a, b)


def _choice(sign: str) -> _Make:
    return lambda builder, a, b: builder.select(builder.icmp_signed(sign, a, b), a, b)


for _name in ("add", "sub", "mul", "lshift", "rshift", "and_", "or_", "xor"):
    _method = {"lshift": "shl", "rshift": "ashr"}.get(_name, _name)
    _operator(getattr(operator, _name), _arithmetic(_method))
    _operator(getattr(operator, f"i{_name.rstrip('_')}"), _arithmetic(_method))
for _name, _sign in {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}.items():
    _operator(getattr(operator, _name), _comparison(_sign), types.boolean)
_operator(np.minimum, _choice("<"))
_operator(np.maximum, _choice(">"))
