"""Single operations of a graph: as functions of their affine arguments, and what they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from lava_bccn.mapping.torch.graph.affine import Affine
from lava_bccn.mapping.torch.graph.capture import Graph, module_of
from lava_bccn.mapping.torch.graph.nonlinear import Nonlinearity, clipped, upper_end
from lava_bccn.mapping.torch.graph.operations import arguments_of, name_of


def products_in(graph: Graph) -> int:
    """About how many products of weights and rates one sample takes."""
    return sum(
        graph.constants[each.name].numel()
        * math.prod(getattr(node.meta.get("val"), "shape", ())[2:])
        for node in graph.nodes
        for each in node.all_input_nodes
        if each.name in graph.constants and graph.constants[each.name].ndim > 1
    )


def is_random(node: torch.fx.Node, arguments: dict[str, Any]) -> bool:
    """Whether an operation draws random numbers; dropout does not in evaluation."""
    is_evaluated = not arguments.get("train", arguments.get("training", True))
    return (
        torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ()) and not is_evaluated
    )


def as_function(
    node: torch.fx.Node, args: Sequence[Any], kwargs: dict[str, Any]
) -> Callable[..., Tensor]:
    """The operation as a function of tensors in the places of its affine values."""

    def apply(*tensors: Tensor) -> Tensor:
        remaining = iter(tensors)

        def put(value: Affine) -> Tensor:
            return next(remaining)

        dtype = tensors[0].dtype
        filled = torch.utils._pytree.tree_map_only(Affine, put, (args, kwargs))
        filled = torch.utils._pytree.tree_map_only(
            Tensor, lambda each: each.to(dtype) if each.is_floating_point() else each, filled
        )
        return node.target(*filled[0], **filled[1])  # type: ignore[operator]

    return apply


def cut_off(
    chosen: Nonlinearity, node: torch.fx.Node, values: Mapping[torch.fx.Node, Any]
) -> Nonlinearity:
    """A ReLU with the upper end that the operation after it gives it, if one does.

    Args:
        chosen: what ``node`` is.
        node: which may be followed by a ``clamp``.
        values: of the nodes before it.
    """

    def value_of(argument: torch.fx.Node) -> Any:
        if argument.op != "call_function" or argument in values or argument is node:
            return values.get(argument)
        args, kwargs = torch.fx.node.map_arg((argument.args, argument.kwargs), value_of)
        is_constant = all(isinstance(each, Tensor) for each in args[:1])
        return argument.target(*args, **kwargs) if is_constant else None  # type: ignore[operator]

    after = next(iter(node.users))
    if not chosen.is_unbounded or len(node.users) > 1 or not hasattr(after.target, "_schema"):
        return chosen
    arguments = torch.fx.node.map_arg((after.args, after.kwargs), value_of)
    high = upper_end(name_of(after), arguments_of(after, *arguments))
    return chosen if high is None or high <= chosen.start else clipped(chosen.start, high)


def origin_of(node: torch.fx.Node) -> str:
    """The operation of a node, with the module that it is in where that has a name."""
    path = module_of(node)[0]
    return f"{name_of(node)} ({path})" if path else name_of(node)
