"""Models in ONNX files as modules of PyTorch: the form in which models of any framework travel.

A file is read by the ``onnx`` package: protobuf, so nothing in it is ever executed. Its operators
become calls of PyTorch, which the reader of graphs then takes as it takes any other model. Weights
that are kept beside it are read from its own folder only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lava_bccn.errors import FileFormatError, InvalidInputError, MappingError
from lava_bccn.extras import require
from lava_bccn.files import existing_file
from lava_bccn.mapping.torch.graph.affine import MAX_ENTRIES
from lava_bccn.mapping.torch.onnx.images import Attributes
from lava_bccn.mapping.torch.onnx.operators import OF_CONSTANTS, OPERATORS, REFUSED

SUFFIX = ".onnx"

_FLOATING = (1, 10, 11, 16)
"""Of ``onnx.TensorProto.DataType``: FLOAT, FLOAT16, DOUBLE, BFLOAT16."""

_LARGE = 2**20
"""Bytes of an array that are not copied for the checker."""


def read_onnx(path: str | Path) -> tuple[torch.nn.Module, tuple[int, ...]]:
    """The model of a file, and the shape of one sample.

    Raises:
        MissingExtraError: onnx is not installed.
        MissingDataError: no such file.
        FileFormatError: damaged, or no ONNX file.
        MappingError: an operator that has no mapping, with the node's name.
    """
    onnx = require("onnx", "onnx", f"{path}, an ONNX file,")
    path = existing_file(path)
    try:
        model = onnx.load(path, format="protobuf", load_external_data=False)
        _load_what_is_beside(model, path.parent)
        stored = {each.name: _taken_out(each) for each in model.graph.initializer}
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf and the checker fail in many ways on damaged files
        reason = str(error).strip().partition("\n")[0]
        raise FileFormatError(f"{path} is damaged or no ONNX file ({reason})") from error
    graph = model.graph
    for node in graph.node:
        _check_operator(node)
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
    if inputs[0].type.tensor_type.elem_type not in _FLOATING:
        raise MappingError(
            f"{path} takes whole numbers; a network that is mapped takes event rates: export it "
            "with an input of floating point"
        )
    try:
        return OnnxModel(model, stored, inputs[0].name), tuple(sizes[1:])
    except (ValueError, TypeError, KeyError) as error:  # what the checker lets pass
        raise FileFormatError(f"{path} is damaged or no ONNX file ({error})") from error


def _load_what_is_beside(model: Any, folder: Path) -> None:
    """Put weights that are in other files of a folder into the model.

    Raises:
        ValueError: they are elsewhere, or where none are read.
    """
    from onnx.external_data_helper import load_external_data_for_tensor, uses_external_data

    for tensor in model.graph.initializer:
        if not uses_external_data(tensor):
            continue
        (location,) = (each.value for each in tensor.external_data if each.key == "location")
        if Path(location).name != location or (folder / location).is_symlink():
            raise ValueError(f"weights of {tensor.name} are in {location!r}, not beside the file")
        load_external_data_for_tensor(tensor, str(folder))
        tensor.data_location = 0  # in the model itself
        del tensor.external_data[:]
    for attribute in (each for node in model.graph.node for each in node.attribute):
        if uses_external_data(attribute.t):
            raise ValueError(f"{attribute.name} is in another file, where only weights may be")


def _taken_out(tensor: Any) -> NDArray[Any]:
    """The array of a tensor, which loses it where it is large.

    The checker, which looks at its declaration alone, would make two more copies of it.
    """
    from onnx.numpy_helper import to_array

    array = to_array(tensor).copy()  # what PyTorch can write to, though nothing does
    if array.nbytes > _LARGE and tensor.HasField("raw_data"):
        tensor.ClearField("raw_data")
        tensor.dims[:] = [0]
    return array


def _check_operator(node: Any) -> None:
    """That a node is one that has a mapping, or whose own code says why not.

    Raises:
        MappingError: it is not.
    """
    place = f" ({node.name})" if node.name else ""
    if node.domain not in ("", "ai.onnx"):
        raise MappingError(
            f"{node.op_type}{place} of the domain {node.domain} has no mapping; export with the "
            "operators of ONNX itself, without functions and extensions"
        )
    if node.op_type not in OPERATORS and node.op_type not in OF_CONSTANTS:
        raise _refusal(node)


def _refusal(node: Any) -> MappingError:
    """The error of an operator that has no mapping of what depends on the input."""
    reason = REFUSED.get(
        node.op_type,
        "it is no linear map and no activation of ensembles; train with Gemm, Conv, AveragePool, "
        "BatchNormalization and Relu, Sigmoid or Tanh",
    )
    place = f" ({node.name})" if node.name else ""
    return MappingError(f"{node.op_type}{place} has no mapping: {reason}")


class OnnxModel(torch.nn.Module):
    """The graph of an ONNX file; a module for each of its nodes, by the node's name.

    Args:
        model: an ``onnx.ModelProto`` that the checker has passed.
        stored: the arrays of its initializers, by their names.
        input: name of its input.

    Raises:
        MappingError: an operator that is not in ``OPERATORS``.
    """

    def __init__(self, model: Any, stored: Mapping[str, NDArray[Any]], input: str) -> None:
        import onnx

        super().__init__()
        graph = model.graph
        self._input, self._output = input, graph.output[0].name
        self._stored = _Stored(stored)
        # Copies, since a node would keep the whole file that it is part of.
        self._nodes = [onnx.NodeProto.FromString(each.SerializeToString()) for each in graph.node]
        (shape,) = (each.type.tensor_type.shape for each in graph.input if each.name == input)
        self._sample = tuple(each.dim_value for each in shape.dim[1:])
        self._is_of_one = shape.dim[0].dim_value == 1
        self._opset: Any = {each.domain: each.version for each in model.opset_import}
        self._called: dict[int, _Node] = {}
        for index, node in enumerate(self._nodes):
            if node.op_type in OPERATORS:
                # Named as in the file, so that a refusal names it so.
                kind = type(node.op_type, (_Node,), {})
                name = node.name.replace(".", "_") or node.op_type
                self._called[index] = kind(node.op_type, _attributes(node))
                known = name in self._modules or hasattr(self, name)
                self.add_module(f"{name}_{index}" if known else name, self._called[index])

    def check_takes(self, shape: tuple[int, ...]) -> None:
        """Refuse samples of another size.

        Raises:
            InvalidInputError: they are.
        """
        if math.prod(shape) != math.prod(self._sample):
            raise InvalidInputError(
                f"the ONNX file takes samples of shape {self._sample}, and these have {shape}; "
                "give its own samples, or export the model again with one of these"
            )

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs of samples, one at a time where the file is of one sample."""
        if self._is_of_one and len(inputs) > 1:
            return torch.cat([self._outputs(each[None]) for each in inputs])
        return self._outputs(inputs)

    def _outputs(self, inputs: Tensor) -> Tensor:
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
                raise _refusal(node)
            results = result if isinstance(result, tuple) else (result,)
            values.update(zip(node.output, results, strict=False))
        if not isinstance(values[self._output], Tensor):
            raise MappingError("the model's output does not depend on its input")
        return values[self._output]

    def _constant(self, node: Any, arguments: list[NDArray[Any]]) -> NDArray[Any]:
        """What a node gives that does not depend on the input, such as a shape."""
        from onnx.reference import ReferenceEvaluator

        if node.op_type not in OF_CONSTANTS:
            raise MappingError(f"{node.op_type} ({node.name}) of constants has no mapping")
        if (
            node.op_type in ("ConstantOfShape", "Expand")
            and np.prod(np.asarray(arguments[-1], dtype=float)) > MAX_ENTRIES
        ):
            raise MappingError(f"{node.op_type} ({node.name}) makes more than {MAX_ENTRIES} values")
        axes = _attributes(node).get("axes")
        if axes and node.op_type == "Unsqueeze":  # before opset 13, which the evaluator lacks
            return np.expand_dims(arguments[0], tuple(axes))
        feeds = {name: each for name, each in zip(node.input, arguments, strict=True) if name}
        return np.asarray(ReferenceEvaluator(node, opsets=self._opset).run(None, feeds)[0])  # type: ignore[index]


class _Stored(dict[str, NDArray[Any]]):
    """Arrays of a file, which nothing changes: copies of a model share them."""

    def __deepcopy__(self, memo: Any) -> _Stored:
        return self


class _Node(torch.nn.Module):
    """One operator with its attributes."""

    def __init__(self, operator: str, attributes: Attributes) -> None:
        super().__init__()
        self._operator = operator
        self._attributes = attributes

    def forward(self, *arguments: Any) -> Tensor | tuple[Tensor, ...]:
        """The operator's result."""
        return OPERATORS[self._operator](self._attributes, *arguments)


def _attributes(node: Any) -> Attributes:
    import onnx

    found = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    return {k: v.decode() if isinstance(v, bytes) else v for k, v in found.items()}
