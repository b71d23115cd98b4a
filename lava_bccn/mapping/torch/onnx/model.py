"""Models in ONNX files as modules of PyTorch: the form in which models of any framework travel.

A file is read by the ``onnx`` package: protobuf, so nothing in it is ever executed. Its operators
become calls of PyTorch, which the reader of graphs then takes as it takes any other model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lava_bccn.errors import FileFormatError, MappingError, MissingDataError
from lava_bccn.files import existing_file
from lava_bccn.mapping.torch.onnx.operators import OPERATORS, Attributes

SUFFIX = ".onnx"


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
        self._opset: Any = {each.domain: each.version for each in model.opset_import}
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
        return np.asarray(ReferenceEvaluator(node, opsets=self._opset).run(None, feeds)[0])  # type: ignore[index]


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
