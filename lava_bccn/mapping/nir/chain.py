"""The one chain of nodes that a NIR graph must be to have a mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lava_bccn.errors import MappingError

if TYPE_CHECKING:
    import nir


def chain(graph: nir.NIRGraph) -> list[str]:
    """Names of all nodes from the input to the output.

    Raises:
        MappingError: branches, or nodes that the input does not reach.
    """
    following = dict(graph.edges)
    ends = set(following.values())
    first = [name for name in graph.nodes if name not in ends]
    if len(first) != 1 or len(graph.edges) != len(graph.nodes) - 1 or len(following) != len(ends):
        raise MappingError(
            "the NIR graph is not one chain of nodes: expected every node to feed exactly one "
            f"other; its edges are {', '.join(f'{a} -> {b}' for a, b in graph.edges)}"
        )
    names = list(_walk(first[0], following))
    if len(names) != len(graph.nodes):
        raise MappingError("the NIR graph has nodes that its input does not reach")
    return names


def _walk(name: str | None, following: dict[str, str]) -> Iterator[str]:
    while name is not None:
        yield name
        name = following.get(name)


def linear_nodes(nir: Any, graph: nir.NIRGraph, names: list[str]) -> dict[str, Any]:
    """The nodes with weights, from the input to the output.

    Args:
        nir: the package.
        graph: of any tool.
        names: its nodes in order, as :func:`chain` gives them.

    Raises:
        MappingError: nodes that have no mapping, or not in this order.
    """
    letters = {
        nir.Input: "I",
        nir.Conv2d: "C",
        nir.Flatten: "F",
        nir.Affine: "L",
        nir.Linear: "L",
        nir.Output: "O",
    }
    kinds = {name: type(graph.nodes[name]) for name in names}
    foreign = [f"{name} ({kind.__name__})" for name, kind in kinds.items() if kind not in letters]
    if foreign:
        raise MappingError(
            f"these NIR nodes have no mapping: {', '.join(foreign)}; a network here is a chain of "
            "Conv2d, Affine and Linear nodes, each followed by a sigmoid"
        )
    order = "".join(letters[kind] for kind in kinds.values())
    if "LF" in order:
        raise MappingError("a Flatten node after a linear one has no mapping; remove it")
    if not re.fullmatch("I(C+(FL+)?|F?L+)O", order):
        raise MappingError(
            "expected Input, perhaps Conv2d nodes, Flatten where images become vectors, then "
            "Affine and Linear nodes, then Output; the graph is "
            f"{' -> '.join(f'{name} ({kind.__name__})' for name, kind in kinds.items())}"
        )
    return {name: graph.nodes[name] for name in names if letters[kinds[name]] in "CL"}
