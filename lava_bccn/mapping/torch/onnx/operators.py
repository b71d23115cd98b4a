"""Operators of ONNX in PyTorch's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lava_bccn.errors import MappingError

Attributes = dict[str, Any]
Operator = Callable[..., Tensor]


def _tensor(value: Any, like: Tensor) -> Tensor:
    """A constant in the arithmetic of a value."""
    if isinstance(value, Tensor):
        return value
    tensor = torch.from_numpy(np.array(value))
    return tensor.to(like.dtype) if tensor.is_floating_point() else tensor


def _pair(function: Callable[[Tensor, Tensor], Tensor]) -> Operator:
    """An operator of two values, of which one may be constant."""

    def apply(attributes: Attributes, first: Any, second: Any) -> Tensor:
        like = first if isinstance(first, Tensor) else second
        return function(_tensor(first, like), _tensor(second, like))

    return apply


def _simple(function: Callable[[Tensor], Tensor]) -> Operator:
    return lambda attributes, value, *rest: function(value)


def _padded(
    attributes: Attributes, value: Tensor, axes: int, size: list[int]
) -> tuple[Tensor, Any]:
    """A value with the padding that PyTorch has no word for, and the padding that it has."""
    pads = list(attributes.get("pads", [0] * 2 * axes))
    automatic = attributes.get("auto_pad", "NOTSET")
    if automatic not in ("NOTSET", "VALID"):
        stride = attributes.get("strides", [1] * axes)
        totals = [
            max((-(-n // s) - 1) * s + k - n, 0)
            for n, s, k in zip(value.shape[2:], stride, size, strict=True)
        ]
        small, large = [t // 2 for t in totals], [t - t // 2 for t in totals]
        pads = small + large if automatic == "SAME_UPPER" else large + small
    before, after = pads[:axes], pads[axes:]
    if before == after:
        return value, before
    flat = [each for pair in zip(reversed(before), reversed(after), strict=True) for each in pair]
    return functional.pad(value, flat), [0] * axes


def _convolution(attributes: Attributes, value: Tensor, kernel: Any, bias: Any = None) -> Tensor:
    kernel = _tensor(kernel, value)
    axes = kernel.ndim - 2
    dilation = attributes.get("dilations", [1] * axes)
    reach = [d * (n - 1) + 1 for n, d in zip(kernel.shape[2:], dilation, strict=True)]
    value, padding = _padded(attributes, value, axes, reach)
    function = functional.conv1d if axes == 1 else functional.conv2d
    return function(
        value,
        kernel,
        None if bias is None else _tensor(bias, value),
        attributes.get("strides", [1] * axes),
        padding,
        dilation,
        attributes.get("group", 1),
    )


def _average_pool(attributes: Attributes, value: Tensor) -> Tensor:
    size = attributes["kernel_shape"]
    counts_all = bool(attributes.get("count_include_pad", 0))
    pads = attributes.get("pads", [0] * 2 * len(size))
    if pads[: len(size)] != pads[len(size) :] or attributes.get("auto_pad", "NOTSET") != "NOTSET":
        raise MappingError("AveragePool that pads one side more than the other has no mapping")
    function = functional.avg_pool1d if len(size) == 1 else functional.avg_pool2d
    return function(
        value,
        size,
        attributes.get("strides", [1] * len(size)),
        pads[: len(size)],
        bool(attributes.get("ceil_mode", 0)),
        counts_all,
    )


def _gemm(attributes: Attributes, value: Tensor, weight: Any, bias: Any = None) -> Tensor:
    weight = _tensor(weight, value) * attributes.get("alpha", 1.0)
    if attributes.get("transA", 0):
        raise MappingError("Gemm with transA has no mapping: it mixes the samples")
    result = functional.linear(value, weight if attributes.get("transB", 0) else weight.T)
    return result if bias is None else result + _tensor(bias, value) * attributes.get("beta", 1.0)


def _clip(attributes: Attributes, value: Tensor, low: Any = None, high: Any = None) -> Tensor:
    low, high = attributes.get("min", low), attributes.get("max", high)
    return value.clamp(None if low is None else float(low), None if high is None else float(high))


def _batch_norm(attributes: Attributes, value: Tensor, *arguments: Any) -> Tensor:
    scale, shift, mean, variance = (_tensor(each, value) for each in arguments[:4])
    epsilon = attributes.get("epsilon", 1e-5)
    return functional.batch_norm(value, mean, variance, scale, shift, False, 0.0, epsilon)


def _hard_sigmoid(attributes: Attributes, value: Tensor) -> Tensor:
    slope, middle = attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
    return (slope * value + middle).clamp(0.0, 1.0)


def _flatten(attributes: Attributes, value: Tensor) -> Tensor:
    axis = attributes.get("axis", 1)
    return value.flatten(axis) if axis > 0 else value.flatten()


def _pad(attributes: Attributes, value: Tensor, pads: Any = None, *constant: Any) -> Tensor:
    pads = [int(each) for each in (attributes["pads"] if pads is None else pads)]
    is_constant = attributes.get("mode", "constant") == "constant"
    if not is_constant or any(np.any(each) for each in constant if each is not None):
        raise MappingError("Pad with other values than 0 has no mapping")
    count = len(pads) // 2
    flat = [each for axis in reversed(range(count)) for each in (pads[axis], pads[count + axis])]
    return functional.pad(value, flat)


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


def _max_pool(attributes: Attributes, value: Tensor) -> Tensor:
    return functional.max_pool2d(value, attributes["kernel_shape"])  # which has no mapping


OPERATORS: dict[str, Operator] = {
    "Add": _pair(torch.add),
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": _simple(lambda value: value),
    "Clip": _clip,
    "Conv": _convolution,
    "Div": _pair(torch.div),
    "Dropout": _simple(lambda value: value),
    "Flatten": _flatten,
    "Gelu": _simple(functional.gelu),
    "Gemm": _gemm,
    "GlobalAveragePool": _simple(lambda value: value.mean([2, 3][: value.ndim - 2], True)),
    "HardSigmoid": _hard_sigmoid,
    "Identity": _simple(lambda value: value),
    "LeakyRelu": _simple(functional.leaky_relu),
    "LogSoftmax": lambda attributes, value: value.log_softmax(attributes.get("axis", -1)),
    "MatMul": _pair(torch.matmul),
    "MaxPool": _max_pool,
    "Mul": _pair(torch.mul),
    "Neg": _simple(torch.neg),
    "Pad": _pad,
    "ReduceMean": _mean,
    "Relu": _simple(torch.relu),
    "Reshape": lambda attributes, value, shape: value.reshape([int(each) for each in shape]),
    "Sigmoid": _simple(torch.sigmoid),
    "Softmax": lambda attributes, value: value.softmax(attributes.get("axis", -1)),
    "Squeeze": _squeeze,
    "Sub": _pair(torch.sub),
    "Tanh": _simple(torch.tanh),
    "Transpose": lambda attributes, value: value.permute(attributes["perm"]),
    "Unsqueeze": _unsqueeze,
}
"""Operators of ONNX as functions of their attributes and arguments."""
