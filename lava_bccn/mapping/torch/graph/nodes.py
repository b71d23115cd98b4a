"""Single operations of a graph: as functions of their affine arguments, and what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from lava_bccn.mapping.torch.graph.affine import Affine
from lava_bccn.mapping.torch.graph.capture import module_of
from lava_bccn.mapping.torch.graph.operations import name_of


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


def origin_of(node: torch.fx.Node) -> str:
    """The operation of a node, with the module that it is in where that has a name."""
    path = module_of(node)[0]
    return f"{name_of(node)} ({path})" if path else name_of(node)
