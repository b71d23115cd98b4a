"""What each operation of ATen does to an affine value.

An operation is a function of its arguments by their names in ATen's schema, and of ``apply``, the
operation itself as a function of what the affine arguments stand for. It returns the value after
it, or None where it has no form of its own, so that ``through`` takes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import MappingError
from lava_bccn.mapping.torch.graph.affine import (
    Affine,
    linear,
    moved,
    scaled,
    shifted,
)
from lava_bccn.mapping.torch.graph.nonlinear import REASONS
from lava_bccn.mapping.torch.graph.windows import adaptively_pooled, convolution, pooled

Arguments = dict[str, Any]
Apply = Callable[..., Tensor]
Values = Affine | list[Affine]
Operation = Callable[[Arguments, Apply], Values | None]


def _unchanged(arguments: Arguments, apply: Apply) -> Affine:
    return next(value for value in arguments.values() if isinstance(value, Affine))


def _cast(arguments: Arguments, apply: Apply) -> Affine | None:
    dtype = arguments.get("dtype")
    if dtype is not None and not dtype.is_floating_point:
        raise MappingError("it makes whole numbers, which no synapse does; leave it out")
    return _unchanged(arguments, apply)


def _moved(arguments: Arguments, apply: Apply) -> Affine | None:
    if arguments.get("mode", "constant") != "constant" or arguments.get("value"):
        return None
    return moved(_unchanged(arguments, apply), apply)


def _squeezed(arguments: Arguments, apply: Apply) -> Affine:
    """The one sample stays, where more would."""
    return moved(_unchanged(arguments, apply), lambda one: apply(one.expand(2, *one.shape[1:]))[:1])


def _divided_up(arguments: Arguments, apply: Apply) -> list[Affine]:
    """Parts of a value, such as ``chunk`` gives."""
    value = _unchanged(arguments, apply)
    count = len(apply(torch.zeros(1, *value.shape)))
    return [moved(value, lambda one, at=part: apply(one)[at]) for part in range(count)]  # type: ignore[misc]


def _linear(arguments: Arguments, apply: Apply) -> Affine | None:
    value = arguments["input"]
    weight, bias = arguments["weight"], arguments["bias"]
    if not isinstance(value, Affine) or len(value.shape) != 1:
        return None
    if bias is not None and bias.shape != weight.shape[:1]:
        return None
    return linear(value, weight, bias)


def _product(arguments: Arguments, apply: Apply) -> Affine | None:
    """x @ M of ``mm`` and ``matmul``, and with b + of ``addmm``."""
    value = arguments.get("mat1", arguments.get("self"))
    matrix = arguments.get("mat2", arguments.get("other"))
    _check_no_product(value, matrix)
    if not isinstance(value, Affine) or len(value.shape) != 1:
        return None
    if not isinstance(matrix, Tensor) or matrix.ndim != 2:
        return None
    if "mat1" not in arguments:
        return linear(value, matrix.T, None)
    if (
        arguments["alpha"] != 1
        or arguments["beta"] != 1
        or arguments["self"].numel() != len(matrix.T)
    ):
        return None
    return linear(value, matrix.T, arguments["self"].flatten())


def _scaled(arguments: Arguments, apply: Apply) -> Affine | None:
    """Products and quotients with constants."""
    value, factor = arguments["self"], arguments["other"]
    _check_no_product(value, factor)
    if not isinstance(value, Affine):
        value, factor = factor, value
    if not _fits(value, factor):
        return None
    return scaled(value, torch.as_tensor(factor))


def _divided(arguments: Arguments, apply: Apply) -> Affine | None:
    value, divisor = arguments["self"], arguments["other"]
    _check_no_product(value, divisor)
    if isinstance(divisor, Affine) or arguments.get("rounding_mode") or not _fits(value, divisor):
        return None
    return scaled(value, 1 / torch.as_tensor(divisor).double())


def _added(sign: int, arguments: Arguments, apply: Apply) -> Affine | None:
    """self + alpha · other, or −, where one of them is a constant."""
    value, other, alpha = arguments["self"], arguments["other"], sign * arguments.get("alpha", 1)
    if isinstance(value, Affine) and isinstance(other, Affine):
        return None
    if isinstance(value, Affine):
        if not _fits(value, other):
            return None
        return shifted(value, alpha * torch.as_tensor(other).double())
    if not _fits(other, value):
        return None
    return shifted(scaled(other, torch.tensor(float(alpha))), torch.as_tensor(value).double())


def _subtracted_from(arguments: Arguments, apply: Apply) -> Affine | None:
    swapped = {**arguments, "self": arguments["other"], "other": arguments["self"]}
    return _added(-1, swapped, apply)


def _negated(arguments: Arguments, apply: Apply) -> Affine:
    return scaled(arguments["self"], torch.tensor(-1.0))


def _check_no_product(first: Any, second: Any) -> None:
    if isinstance(first, Affine) and isinstance(second, Affine):
        raise MappingError(
            "both of its arguments depend on the input (a gate, attention), and a synapse weighs "
            "one by a constant; train without it"
        )


def _fits(value: Affine, constant: Any) -> bool:
    """Whether a constant broadcasts to the value's shape without making it larger."""
    shape = getattr(constant, "shape", ())
    try:
        return torch.broadcast_shapes(shape, (1, *value.shape)) == (1, *value.shape)
    except RuntimeError:
        return False


def _batch_norm(arguments: Arguments, apply: Apply) -> Affine:
    """γ (x − mean) / √(var + ε) + β, per channel."""
    value = arguments["input"]
    if arguments.get("training") or arguments["running_mean"] is None:
        raise MappingError(REASONS["native_batch_norm"])
    mean, variance = (arguments[name].double() for name in ("running_mean", "running_var"))
    shape = (-1, *(1 for _ in value.shape[1:]))
    scale = 1 / torch.sqrt(variance + arguments["eps"])
    if arguments["weight"] is not None:
        scale = scale * arguments["weight"].double()
    shift = -mean * scale
    if arguments["bias"] is not None:
        shift = shift + arguments["bias"].double()
    return shifted(scaled(value, scale.reshape(shape)), shift.reshape(shape))


OPERATIONS: dict[str, Operation] = {
    **dict.fromkeys(
        (
            "dropout",
            "feature_dropout",
            "alpha_dropout",
            "feature_alpha_dropout",
            "native_dropout",
            "alias",
            "clone",
            "contiguous",
            "detach",
            "lift_fresh_copy",
            "type_as",
            "positive",
        ),
        _unchanged,
    ),
    **dict.fromkeys(("_to_copy", "to"), _cast),
    **dict.fromkeys(("chunk", "split", "split_with_sizes", "tensor_split", "unbind"), _divided_up),
    "squeeze": _squeezed,
    **dict.fromkeys(
        (
            "view",
            "_unsafe_view",
            "reshape",
            "flatten",
            "unflatten",
            "unsqueeze",
            "permute",
            "transpose",
            "t",
            "numpy_T",
            "movedim",
            "slice",
            "select",
            "narrow",
            "flip",
            "roll",
            "index_select",
            "index",
            "pad",
            "constant_pad_nd",
            "pixel_shuffle",
            "pixel_unshuffle",
            "channel_shuffle",
            "expand",
            "repeat",
            "tile",
            "rot90",
            "upsample_nearest1d",
            "upsample_nearest2d",
            "view_as",
            "reshape_as",
            "swapaxes",
            "repeat_interleave",
            "zero_pad2d",
            "as_strided",
            "diagonal",
        ),
        _moved,
    ),
    "linear": _linear,
    **dict.fromkeys(("mm", "matmul", "addmm", "bmm"), _product),
    "mul": _scaled,
    "multiply": _scaled,
    **dict.fromkeys(("div", "divide", "true_divide"), _divided),
    "add": lambda arguments, apply: _added(1, arguments, apply),
    "sub": lambda arguments, apply: _added(-1, arguments, apply),
    "rsub": _subtracted_from,
    "neg": _negated,
    **dict.fromkeys(("batch_norm", "_native_batch_norm_legit_no_training"), _batch_norm),
    **dict.fromkeys(("conv1d", "conv2d", "convolution"), convolution),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d"), pooled),
    **dict.fromkeys(("adaptive_avg_pool1d", "adaptive_avg_pool2d"), adaptively_pooled),
}
"""Operations of ATen by their names, without their overloads."""


def arguments_of(node: torch.fx.Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    """Arguments by their names, with the defaults of ATen's schema."""
    schema = node.target._schema.arguments  # type: ignore[union-attr]
    named = {each.name: each.default_value for each in schema}
    named.update(zip((each.name for each in schema), args, strict=False))
    return {**named, **kwargs}


def name_of(node: torch.fx.Node) -> str:
    """Of an operation of ATen, without its overload."""
    name = str(getattr(node.target, "_opname", None) or node.target)
    if name.endswith("_") and not name.startswith("__"):
        name = name[:-1]  # in place; the graph is functional, so nothing else sees it
    return name


def is_linear(apply: Apply, shapes: list[tuple[int, ...]]) -> bool:
    """Whether an operation is affine in its affine arguments, by its values at random points."""
    generator = torch.Generator().manual_seed(0)

    def point() -> list[Tensor]:
        return [torch.randn(1, *shape, generator=generator) for shape in shapes]

    zero = apply(*(torch.zeros(1, *shape) for shape in shapes))
    if not isinstance(zero, Tensor) or not zero.is_floating_point():
        return False
    for _ in range(3):
        one, other = point(), point()
        both = apply(*(3 * a - 2 * b for a, b in zip(one, other, strict=True)))
        expected = 3 * apply(*one) - 2 * apply(*other)
        if (
            not torch.allclose(both, expected, atol=1e-4, rtol=1e-4)
            or not torch.isfinite(zero).all()
        ):
            return False
    return True


def check_one_source(values: list[Affine]) -> None:
    """That values which come together come from one layer.

    Raises:
        MappingError: a residual connection.
    """
    if len({value.source for value in values}) > 1:
        raise MappingError(
            "it joins what different layers send (a residual connection, or a loop in time), and a "
            "layer here has synapses from the one right below only; train without it"
        )
