"""The operations that a model computes, as ``torch.export`` finds them, and where they stand."""

from __future__ import annotations

import logging
import math
import operator
import re
import sysconfig
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import MappingError
from lava_bccn.mapping.torch.copies import plain_copy

_PLACE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in \w+\n\s*(?P<code>.*)')
_OF_PYTORCH = str(torch.__path__[0])
_STANDARD = sysconfig.get_path("stdlib")
_HERE = str(Path(__file__).parents[3])


@dataclass(frozen=True)
class Graph:
    """Operations of one sample, in order.

    Attributes:
        nodes: of ``torch.fx`` that the output depends on; all operations are functional ones of
            ATen.
        constants: parameters and buffers by the names of their nodes.
        input, output: names of the nodes that the sample comes in by and the result comes out of.
    """

    nodes: list[torch.fx.Node]
    constants: dict[str, Tensor]
    input: str
    output: str


def followed(
    model: torch.nn.Module, shape: tuple[int, ...], dtype: torch.dtype
) -> tuple[Graph, tuple[int, ...]]:
    """The graph of a model that takes samples as they are, or else flat; and what it takes.

    Raises:
        MappingError: neither, with the reason of the first.
    """
    try:
        return captured(model, shape, dtype), shape
    except MappingError as error:
        refusal = error
    flat = (math.prod(shape),)
    if flat != shape:
        with suppress(MappingError):
            return captured(model, flat, dtype), flat
    raise refusal


def captured(model: torch.nn.Module, shape: tuple[int, ...], dtype: torch.dtype) -> Graph:
    """The graph of a model in evaluation mode, with one sample.

    Args:
        model: any; it is left as it is.
        shape: of a sample.
        dtype: of the model's arithmetic.

    Raises:
        MappingError: it cannot be followed, or does not take one input and give one output.
    """
    if isinstance(model, torch.jit.ScriptModule):
        raise MappingError(
            f"{model.original_name} is TorchScript, in which nothing can be followed; pass the "
            "module that it was made from, or the ONNX file that torch.onnx.export(model, inputs, "
            "'model.onnx', dynamo=False) makes of it"
        )
    model = plain_copy(model, dtype)
    sample = torch.full((1, *shape), 0.5, dtype=dtype)
    try:
        with warnings.catch_warnings(), torch.no_grad(), _quiet():
            warnings.simplefilter("ignore")
            program = torch.export.export(model, (sample,), strict=False)
            if any(_changes_in_place(node) for node in program.graph.nodes):
                program = program.run_decompositions({})  # which takes ten times as long
    except MappingError:
        raise
    except Exception as error:  # whatever the model's own code raises, or export cannot follow
        raise MappingError(
            f"cannot follow {type(model).__name__} with an input of shape (1, "
            f"{', '.join(map(str, shape))}){_raised_at(error, model)}: {_reason(error)}"
        ) from error
    signature = program.graph_signature
    if len(signature.user_inputs) != 1 or len(signature.user_outputs) != 1:
        raise MappingError(
            f"{type(model).__name__} gives {len(signature.user_outputs)} outputs for "
            f"{len(signature.user_inputs)} inputs; a network that is mapped has one of each: wrap "
            "the model in a module whose forward returns the one that counts"
        )
    if not program.call_spec.out_spec.is_leaf():
        kind = getattr(program.call_spec.out_spec.type, "__name__", "container")
        raise MappingError(
            f"{type(model).__name__} returns a {kind} that holds its output; wrap it in a module "
            "whose forward returns the tensor itself"
        )
    stored = {**program.state_dict, **program.constants}
    names: dict[str, Any] = {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **signature.inputs_to_lifted_tensor_constants,
    }
    constants = {node: stored[name].detach() for node, name in names.items()}
    output = str(signature.user_outputs[0])
    nodes = _leading_to(output, program.graph.nodes)
    return Graph(nodes, constants, str(signature.user_inputs[0]), output)


def _changes_in_place(node: torch.fx.Node) -> bool:
    """Whether an operation changes what another one may read; or is none of ATen, so may."""
    if node.op != "call_function" or node.target is operator.getitem:
        return False
    schema = getattr(node.target, "_schema", None)
    return schema is None or schema.is_mutable


def _leading_to(name: str, nodes: Iterable[torch.fx.Node]) -> list[torch.fx.Node]:
    """The nodes that one depends on, and itself, in their order."""
    needed = {name}
    found = []
    for node in reversed(list(nodes)):
        if node.name in needed:
            needed.update(each.name for each in node.all_input_nodes)
            found.append(node)
    return found[::-1]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what ``torch.export`` prints of what it cannot follow; the error has it."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with redirect_stderr(StringIO()):
            yield
    finally:
        logging.disable(before)


def _raised_at(error: Exception, model: torch.nn.Module) -> str:
    """Where: the innermost module of the model, and the line of the user's code."""
    names = {id(module): (name, type(module).__name__) for name, module in model.named_modules()}
    module = ("", "")
    for frame, _ in traceback.walk_tb(error.__traceback__):
        module = names.get(id(frame.f_locals.get("self")), module)
    where = " in module '{}' ({})".format(*module) if module[0] else ""
    for line in reversed(traceback.extract_tb(error.__traceback__)):
        if not line.filename.startswith((_OF_PYTORCH, _HERE, _STANDARD, "<")):
            return f"{where} at {line.filename}, line {line.lineno}: {line.line}"
    return where


def _reason(error: Exception) -> str:
    if "data-dependent" in str(error):
        return (
            "it decides by the values of a tensor, which synapses cannot; a model that is mapped "
            "does the same with every input"
        )
    first = str(error).strip().partition("\n")[0]
    return (
        f"{type(error).__name__}: {first}; it must take one tensor of samples, in the shape that "
        "the inputs passed here have"
    )


def place(node: torch.fx.Node) -> str:
    """Where an operation stands in the user's code: the file, the line and its text.

    Or, of an operation within a module of PyTorch, that module's name in the model.
    """
    frames = [
        match
        for match in _PLACE.finditer(node.meta.get("stack_trace") or "")
        if not match["file"].startswith((_OF_PYTORCH, _HERE))
    ]
    name, kind = module_of(node)
    where = f" in {name} ({kind})" if name else ""
    if frames:
        last = frames[-1]
        return f"{where} at {last['file']}, line {last['line']}: {last['code'].strip()}"
    return where


def module_of(node: torch.fx.Node) -> tuple[str, str]:
    """The innermost module that an operation stands in, by its name in the model, and its class."""
    modules = list((node.meta.get("nn_module_stack") or {}).values())
    name, kind = modules[-1] if modules else ("", "")
    return name, (kind if isinstance(kind, str) else kind.__name__).rpartition(".")[2]
