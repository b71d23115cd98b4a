"""Operators of ONNX in PyTorch's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lava_bccn.errors import MappingError
from lava_bccn.mapping.torch.graph.nonlinear import MODULES, REASONS
from lava_bccn.mapping.torch.onnx.images import (
    Attributes,
    average_pool,
    constant,
    convolution,
    max_pool,
    pad,
    resize,
    transposed_convolution,
)

Operator = Callable[..., Tensor | tuple[Tensor, ...]]


def _pair(function: Callable[[Tensor, Tensor], Tensor]) -> Operator:
    """An operator of two values, of which one may be constant."""

    def apply(attributes: Attributes, first: Any, second: Any) -> Tensor:
        like = first if isinstance(first, Tensor) else second
        return function(constant(first, like), constant(second, like))

    return apply


def _simple(function: Callable[[Tensor], Tensor]) -> Operator:
    return lambda attributes, value, *rest: function(value)


def _slice(attributes: Attributes, value: Tensor, *arguments: Any) -> Tensor:
    starts, ends, axes, steps = [*arguments, *[None] * 4][:4]
    starts = attributes.get("starts", starts)
    ends = attributes.get("ends", ends)
    axes = attributes.get("axes", range(len(starts)) if axes is None else axes)
    for start, end, axis, step in zip(
        starts, ends, axes, [1] * len(starts) if steps is None else steps, strict=True
    ):
        if int(step) < 1:
            raise MappingError("Slice with negative steps has no mapping; flip the weights instead")
        chosen: list[Any] = [slice(None)] * value.ndim
        chosen[int(axis)] = slice(int(start), min(int(end), value.shape[int(axis)]), int(step))
        value = value[tuple(chosen)]
    return value


def _gather(attributes: Attributes, value: Any, indices: Any) -> Tensor:
    if isinstance(indices, Tensor):
        raise MappingError(f"Gather has no mapping: {REASONS['embedding']}")
    axis, chosen = attributes.get("axis", 0), torch.from_numpy(np.array(indices))
    result = value.index_select(axis, chosen.flatten() % value.shape[axis])
    shape = value.shape
    axis = axis % value.ndim
    return result.reshape((*shape[:axis], *chosen.shape, *shape[axis + 1 :]))


def _split(attributes: Attributes, value: Tensor, sizes: Any = None) -> tuple[Tensor, ...]:
    axis: int = attributes.get("axis", 0)
    parts: Any = attributes.get("num_outputs")
    sizes = attributes.get("split", sizes)
    if sizes is None and parts is None:
        raise MappingError("Split without sizes has no mapping; export it with a newer opset")
    each = -(-value.shape[axis] // parts) if sizes is None else [int(size) for size in sizes]
    return torch.split(value, each, axis)


def _einsum(attributes: Attributes, *values: Any) -> Tensor:
    like = next(each for each in values if isinstance(each, Tensor))
    return torch.einsum(attributes["equation"], *(constant(each, like) for each in values))


def _depth_to_space(attributes: Attributes, value: Tensor) -> Tensor:
    if attributes.get("mode", "DCR") == "CRD":
        return functional.pixel_shuffle(value, attributes["blocksize"])
    size, (samples, channels, height, width) = attributes["blocksize"], value.shape
    value = value.reshape(samples, size, size, channels // size**2, height, width)
    value = value.permute(0, 3, 4, 1, 5, 2)
    return value.reshape(samples, channels // size**2, height * size, width * size)


def _concatenated(attributes: Attributes, *values: Any) -> Tensor:
    like = next(each for each in values if isinstance(each, Tensor))
    return torch.cat([constant(each, like) for each in values], attributes["axis"])


def _sum(attributes: Attributes, *values: Any) -> Tensor:
    like = next(each for each in values if isinstance(each, Tensor))
    return sum(constant(each, like) for each in values)  # type: ignore[return-value]


def _gemm(attributes: Attributes, value: Tensor, weight: Any, bias: Any = None) -> Tensor:
    weight, factor = constant(weight, value), attributes.get("alpha", 1.0)
    weight = weight if factor == 1 else weight * factor
    if attributes.get("transA", 0):
        raise MappingError(
            "Gemm with transA has no mapping: it mixes the samples; transpose the weights instead"
        )
    if weight.ndim != 2:
        raise MappingError(f"Gemm has a matrix of {weight.ndim} axes; it must be one of 2")
    result = functional.linear(value, weight if attributes.get("transB", 0) else weight.T)
    return result if bias is None else result + constant(bias, value) * attributes.get("beta", 1.0)


def _clip(attributes: Attributes, value: Tensor, low: Any = None, high: Any = None) -> Tensor:
    low, high = attributes.get("min", low), attributes.get("max", high)
    return value.clamp(None if low is None else float(low), None if high is None else float(high))


def _batch_norm(attributes: Attributes, value: Tensor, *arguments: Any) -> Tensor:
    scale, shift, mean, variance = (constant(each, value) for each in arguments[:4])
    epsilon = attributes.get("epsilon", 1e-5)
    return functional.batch_norm(value, mean, variance, scale, shift, False, 0.0, epsilon)


def _hard_sigmoid(attributes: Attributes, value: Tensor) -> Tensor:
    slope, middle = attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
    return (slope * value + middle).clamp(0.0, 1.0)


def _flatten(attributes: Attributes, value: Tensor) -> Tensor:
    axis = attributes.get("axis", 1)
    return value.flatten(axis) if axis > 0 else value.flatten()


def _mean(attributes: Attributes, value: Tensor, axes: Any = None) -> Tensor:
    chosen = attributes.get("axes") if axes is None else [int(each) for each in axes]
    return value.mean(chosen or list(range(value.ndim)), bool(attributes.get("keepdims", 1)))


def _axes(attributes: Attributes, axes: Any) -> list[int]:
    return [int(each) for each in (attributes.get("axes", []) if axes is None else axes)]


def _squeeze(attributes: Attributes, value: Tensor, axes: Any = None) -> Tensor:
    chosen = _axes(attributes, axes)
    return value.squeeze(chosen) if chosen else value.squeeze()


def _unsqueeze(attributes: Attributes, value: Tensor, axes: Any = None) -> Tensor:
    for axis in sorted(_axes(attributes, axes)):
        value = value.unsqueeze(axis)
    return value


def _reshape(attributes: Attributes, value: Tensor, shape: Any = None) -> Tensor:
    sizes = [int(each) for each in (attributes["shape"] if shape is None else shape)]
    if not attributes.get("allowzero", 0):  # 0: as it was
        sizes = [value.shape[i] if size == 0 else size for i, size in enumerate(sizes)]
    return value.reshape(sizes)


def _permuted(attributes: Attributes, value: Tensor) -> Tensor:
    return value.permute(attributes.get("perm", tuple(reversed(range(value.ndim)))))


def _largest(attributes: Attributes, value: Tensor, axes: Any = None) -> Tensor:
    chosen = _axes(attributes, axes) or list(range(value.ndim))
    return value.amax(chosen, bool(attributes.get("keepdims", 1)))


def _reduced_sum(attributes: Attributes, value: Tensor, axes: Any = None) -> Tensor:
    chosen = _axes(attributes, axes) or list(range(value.ndim))
    return value.sum(chosen, bool(attributes.get("keepdims", 1)))


OPERATORS: dict[str, Operator] = {
    "Abs": _simple(torch.abs),
    "Add": _pair(torch.add),
    "ArgMax": lambda attributes, value: value.argmax(attributes.get("axis", 0)),
    "AveragePool": average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": _simple(lambda value: value),
    "Celu": _simple(functional.celu),
    "Clip": _clip,
    "Concat": _concatenated,
    "Conv": convolution,
    "ConvTranspose": transposed_convolution,
    "DepthToSpace": _depth_to_space,
    "Div": _pair(torch.div),
    "Dropout": _simple(lambda value: value),
    "Einsum": _einsum,
    "Elu": _simple(functional.elu),
    "Erf": _simple(torch.erf),
    "Exp": _simple(torch.exp),
    "Flatten": _flatten,
    "Gather": _gather,
    "Gelu": _simple(functional.gelu),
    "Gemm": _gemm,
    "GlobalAveragePool": _simple(lambda value: value.mean(list(range(2, value.ndim)), True)),
    "GlobalMaxPool": _simple(lambda value: value.amax(list(range(2, value.ndim)), True)),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _simple(functional.hardswish),
    "Identity": _simple(lambda value: value),
    "LeakyRelu": _simple(functional.leaky_relu),
    "LogSoftmax": lambda attributes, value: value.log_softmax(attributes.get("axis", -1)),
    "MatMul": _pair(torch.matmul),
    "Max": _pair(torch.maximum),
    "MaxPool": max_pool,
    "Min": _pair(torch.minimum),
    "Mish": _simple(functional.mish),
    "Mul": _pair(torch.mul),
    "Neg": _simple(torch.neg),
    "Pad": pad,
    "Pow": _pair(torch.pow),
    "PRelu": _simple(functional.leaky_relu),
    "ReduceMax": _largest,
    "ReduceMean": _mean,
    "ReduceSum": _reduced_sum,
    "Relu": _simple(torch.relu),
    "Reshape": _reshape,
    "Resize": resize,
    "Selu": _simple(functional.selu),
    "Sigmoid": _simple(torch.sigmoid),
    "Sign": _simple(torch.sign),
    "Sin": _simple(torch.sin),
    "Slice": _slice,
    "Softmax": lambda attributes, value: value.softmax(attributes.get("axis", -1)),
    "Split": _split,
    "Softplus": _simple(functional.softplus),
    "Softsign": _simple(functional.softsign),
    "Sqrt": _simple(torch.sqrt),
    "Squeeze": _squeeze,
    "Sub": _pair(torch.sub),
    "Sum": _sum,
    "Swish": _simple(functional.silu),
    "Tanh": _simple(torch.tanh),
    "Transpose": _permuted,
    "Unsqueeze": _unsqueeze,
    "Upsample": resize,
}
"""Operators of ONNX as functions of their attributes and arguments. Those that no reader of graphs
maps are there for its words, so that they are refused as PyTorch's are."""

REFUSED: dict[str, str] = {
    **{name: MODULES[name] for name in ("LSTM", "GRU", "RNN")},
    **dict.fromkeys(("Scan", "Loop", "If"), "what decides or repeats has no synapses"),
    **dict.fromkeys(
        ("LayerNormalization", "GroupNormalization", "InstanceNormalization", "LRN"),
        REASONS["layer_norm"],
    ),
    **dict.fromkeys(
        ("RMSNormalization", "LpNormalization", "MeanVarianceNormalization", "ReduceL2"),
        REASONS["layer_norm"],
    ),
    "Attention": MODULES["MultiheadAttention"],
    **dict.fromkeys(
        ("Where", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "And", "Or", "Not"),
        REASONS["gt"],
    ),
    **dict.fromkeys(
        ("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv"),
        REASONS["quantize_per_tensor"],
    ),
    **dict.fromkeys(
        ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli"),
        "it draws anew in each call; take it out",
    ),
    "TopK": REASONS["argmax"],
}
"""Why other operators of ONNX have no mapping."""

OF_CONSTANTS = frozenset(
    (
        *("Add", "Ceil", "Div", "Floor", "Max", "Min", "Mod", "Mul", "Neg", "Pow", "Sqrt", "Sub"),
        *("Cast", "Concat", "Constant", "ConstantOfShape", "DequantizeLinear", "Equal", "Expand"),
        *("Flatten", "Gather", "Identity", "ReduceProd", "Reshape", "Shape", "Slice", "Squeeze"),
        *("Transpose", "Unsqueeze", "Where"),
    )
)
"""Operators that are calculated where they depend on constants only, such as shapes."""
