"""Models in ONNX files as modules of PyTorch: the form in which models of any framework travel.

A file is read by the ``onnx`` package: protobuf, so nothing in it is ever executed. Its operators
become calls of PyTorch, which the reader of graphs then takes as it takes any other model.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lava_bccn.errors import FileFormatError, MappingError, MissingDataError
from lava_bccn.files import existing_file

SUFFIX = ".onnx"

Attributes = dict[str, Any]
Operator = Callable[..., Tensor]


def read_onnx(path: str | Path) -> tuple[torch.nn.Module, tuple[int, ...]]:
    """The model of a file, and the shape of one sample.

    Raises:
        MissingDataError: onnx is not installed.
        MissingDataError: no such file.
        FileFormatError: damaged, or no ONNX file.
        MappingError: an operator that has no mapping, with the node's name.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise MissingDataError(
            f"{path} is an ONNX file, which the package onnx reads: uv pip install onnx (or pip "
            "install onnx)"
        ) from error
    path = existing_file(path)
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf and the checker fail in many ways on damaged files
        reason = str(error).strip().partition("\n")[0]
        raise FileFormatError(f"{path} is damaged or no ONNX file ({reason})") from error
    graph = model.graph
    stored = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in stored]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise MappingError(
            f"{path} has {len(inputs)} inputs and {len(graph.output)} outputs; a network that is "
            "mapped has one of each: export the part of the model that counts"
        )
    sizes = [each.dim_value for each in inputs[0].type.tensor_type.shape.dim]
    if len(sizes) < 2 or not all(size > 0 for size in sizes[1:]):
        raise MappingError(
            f"{path} leaves the shape of its input open ({sizes}); export the model with the shape "
            "of a sample, and only the number of samples open"
        )
    return OnnxModel(model, inputs[0].name), tuple(sizes[1:])


class OnnxModel(torch.nn.Module):
    """The graph of an ONNX file; a module for each of its nodes, by the node's name.

    Args:
        model: an ``onnx.ModelProto`` that the checker has passed.
        input: name of its input.

    Raises:
        MappingError: an operator that is not in ``OPERATORS``.
    """

    def __init__(self, model: Any, input: str) -> None:
        import onnx

        super().__init__()
        graph = model.graph
        self._input, self._output = input, graph.output[0].name
        self._stored = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
        self._nodes = list(graph.node)
        self._opset = {each.domain: each.version for each in model.opset_import}
        self._called: dict[int, _Node] = {}
        for index, node in enumerate(self._nodes):
            if node.op_type in OPERATORS:
                called = _Node(node.op_type, _attributes(node))
                # Named as in the file, so that a refusal names it so.
                self.add_module(f"{index}_{node.name.replace('.', '_') or node.op_type}", called)
                self._called[index] = called

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs of samples."""
        values: dict[str, Any] = {**self._stored, self._input: inputs, "": None}
        for index, node in enumerate(self._nodes):
            arguments = [values[name] for name in node.input]
            if node.op_type == "Shape":
                result: Any = np.array(arguments[0].shape, dtype=np.int64)
            elif not any(isinstance(each, Tensor) for each in arguments):
                result = self._constant(node, arguments)
            elif index in self._called:
                result = self._called[index](*arguments)
            else:
                raise MappingError(
                    f"{node.op_type} ({node.name}) has no mapping; of ONNX these have: "
                    f"{', '.join(sorted(OPERATORS))}"
                )
            values[node.output[0]] = result
        return values[self._output]

    def _constant(self, node: Any, arguments: list[NDArray[Any]]) -> NDArray[Any]:
        """What a node gives that does not depend on the input, such as a shape."""
        from onnx.reference import ReferenceEvaluator

        feeds = {name: each for name, each in zip(node.input, arguments, strict=True) if name}
        return np.asarray(ReferenceEvaluator(node, opsets=self._opset).run(None, feeds)[0])


class _Node(torch.nn.Module):
    """One operator with its attributes."""

    def __init__(self, operator: str, attributes: Attributes) -> None:
        super().__init__()
        self._operator = operator
        self._attributes = attributes

    def _get_name(self) -> str:
        return self._operator

    def forward(self, *arguments: Any) -> Tensor:
        """The operator's result."""
        return OPERATORS[self._operator](self._attributes, *arguments)


def _attributes(node: Any) -> Attributes:
    import onnx

    found = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    return {k: v.decode() if isinstance(v, bytes) else v for k, v in found.items()}


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


def _padded(attributes: Attributes, value: Tensor, axes: int, size: list[int]) -> tuple[Tensor, Any]:
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
    return value.clamp(
        None if low is None else float(low), None if high is None else float(high)
    )


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
    pads = [int(each) for each in (attributes.get("pads") if pads is None else pads)]
    if attributes.get("mode", "constant") != "constant" or any(np.any(c) for c in constant if c is not None):
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
