"""Whether the nodes of a NIR graph fit each other; NIR itself looks at few of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lava_bccn.errors import MappingError
from lava_bccn.mapping.nir.convolution import geometry_of

Shape = tuple[int, ...]


def check_shapes(nir: Any, nodes: dict[str, Any]) -> dict[str, Shape | None]:
    """That every node takes as many values as the one before it sends.

    Args:
        nir: the package.
        nodes: of a chain, from Input to Output.

    Returns:
        What each node receives, (units,) or (channels, height, width); None where the graph does
        not say.

    Raises:
        MappingError: nodes that do not fit, by name.
    """
    received: dict[str, Shape | None] = {}
    before, sent = "", None
    for name, node in nodes.items():
        received[name] = sent
        if isinstance(node, nir.Input | nir.Output | nir.Flatten):
            takes = gives = _declared(name, node)
        elif isinstance(node, nir.Conv2d):
            _check_arrays(name, node, 4, "(channels, channels below / groups, height, width)")
            geometry = geometry_of(name, node, sent)
            takes, gives = geometry.input_shape, geometry.output_shape(node.weight.shape)
        else:
            _check_arrays(name, node, 2, "(units, units below)")
            takes, gives = node.weight.shape[1:], node.weight.shape[:1]
        if sent is not None and takes is not None and math.prod(sent) != math.prod(takes):
            raise MappingError(
                f"node {before} sends {_values(sent)}, but node {name} "
                f"({type(node).__name__}) takes {_values(takes)}; write the graph with the same"
            )
        if isinstance(node, nir.Flatten):
            _check_flatten(name, node, sent or takes)
        before, sent = name, gives or sent
    return received


def _declared(name: str, node: Any) -> Shape | None:
    """The shape that an Input, Output or Flatten says it takes, if it does."""
    shape = (node.input_type or {}).get("input")
    if shape is None:
        return None
    sizes = np.atleast_1d(shape)
    if sizes.ndim != 1 or sizes.dtype.kind not in "iu" or 0 in sizes.shape or sizes.min() < 1:
        raise MappingError(
            f"node {name} ({type(node).__name__}) has the shape {np.asarray(shape).tolist()!r}; "
            "expected whole numbers of at least 1, (units,) or (channels, height, width)"
        )
    return tuple(sizes.tolist())


def _check_arrays(name: str, node: Any, dimensions: int, expected: str) -> None:
    kind = type(node).__name__
    weight, bias = np.asarray(node.weight), getattr(node, "bias", None)
    if weight.ndim != dimensions or 0 in weight.shape:
        raise MappingError(
            f"node {name} ({kind}) has a weight of shape {weight.shape}; expected {expected}"
        )
    arrays = {"weight": weight}
    if bias is not None:
        arrays["bias"] = np.asarray(bias)
        if arrays["bias"].shape != weight.shape[:1]:
            raise MappingError(
                f"node {name} ({kind}) has a bias of shape {arrays['bias'].shape}; expected "
                f"({len(weight)},), as its weight has rows"
            )
    for field, array in arrays.items():
        if array.dtype.kind not in "fiub" or not np.isfinite(array).all():
            raise MappingError(
                f"node {name} ({kind}) has a {field} of dtype {array.dtype} that is not all finite "
                "real numbers; export the model again"
            )


def _check_flatten(name: str, node: Any, shape: Shape | None) -> None:
    """All of a sample becomes one vector; many tools count dimensions with a batch before it."""
    first, last = int(node.start_dim), int(node.end_dim)
    ends = {-1} if shape is None else {-1, len(shape) - 1, len(shape)}
    if first not in (0, 1) or last not in ends:
        raise MappingError(
            f"node {name} (Flatten) joins the dimensions from {first} to {last} only; write it "
            "with start_dim=0 and end_dim=-1"
        )


def _values(shape: Shape) -> str:
    if len(shape) == 1:
        return f"{shape[0]} values"
    return f"{math.prod(shape)} values ({' x '.join(map(str, shape))})"
