"""The one chain of nodes that a NIR graph must be to have a mapping."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lava_bccn.errors import MappingError

if TYPE_CHECKING:
    import nir


def chain(nir: Any, graph: nir.NIRGraph) -> list[str]:
    """Names of all nodes from the input to the output.

    Args:
        nir: the package.
        graph: of any tool.

    Raises:
        MappingError: edges of nodes that are not there, or twice; not one Input and one Output;
            subgraphs; branches and cycles; nodes that the input does not reach. Each by name.
    """
    edges = [(str(source), str(target)) for source, target in graph.edges]
    _check_edges(graph, edges)
    _check_ends(nir, graph)
    nested = [name for name, node in graph.nodes.items() if isinstance(node, nir.NIRGraph)]
    if nested:
        raise MappingError(
            f"node {nested[0]} is a graph in the graph, which has no mapping; write its nodes and "
            "edges into the graph itself"
        )
    following = _one_each(edges)
    first = next(name for name, node in graph.nodes.items() if isinstance(node, nir.Input))
    names = list(_walk(first, following))
    lost = [name for name in graph.nodes if name not in names]
    if lost:
        what = ", ".join(lost) + (" (a cycle)" if all(name in following for name in lost) else "")
        raise MappingError(
            f"the NIR graph is not one chain of nodes: {what} cannot be reached from the input "
            f"{first}; remove what is not needed, or write the edges that lead there"
        )
    return names


def _check_edges(graph: nir.NIRGraph, edges: list[tuple[str, str]]) -> None:
    for source, target in edges:
        for name in (source, target):
            if name not in graph.nodes:
                raise MappingError(
                    f"the edge {source} -> {target} is of a node {name!r} that is not there; the "
                    f"nodes are {', '.join(graph.nodes)}"
                )
    twice = [edge for edge, count in Counter(edges).items() if count > 1]
    if twice:
        raise MappingError(f"the edge {' -> '.join(twice[0])} is there twice; write it once")


def _check_ends(nir: Any, graph: nir.NIRGraph) -> None:
    for kind in (nir.Input, nir.Output):
        names = [name for name, node in graph.nodes.items() if isinstance(node, kind)]
        if len(names) != 1:
            came = f"{len(names)}: {', '.join(names)}" if names else "none"
            raise MappingError(
                f"a network has one {kind.__name__} node, the NIR graph {came}; write a graph "
                "with one"
            )


def _one_each(edges: list[tuple[str, str]]) -> dict[str, str]:
    """What follows each node."""
    for side, words in ((0, "feeds"), (1, "is fed by")):
        for name, count in Counter(edge[side] for edge in edges).items():
            if count > 1:
                others = [edge[1 - side] for edge in edges if edge[side] == name]
                raise MappingError(
                    f"the NIR graph is not one chain of nodes: {name} {words} "
                    f"{' and '.join(others)}; branches and recurrence have no mapping, write a "
                    "graph in which every node feeds one other"
                )
    return dict(edges)


def _walk(name: str | None, following: dict[str, str]) -> Iterator[str]:
    while name is not None:
        yield name
        name = following.get(name)


def linear_nodes(nir: Any, nodes: dict[str, Any]) -> dict[str, Any]:
    """The nodes with weights, from the input to the output.

    Args:
        nir: the package.
        nodes: all of them, in the order that :func:`chain` gives.

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
    kinds = {name: type(node) for name, node in nodes.items()}
    foreign = [f"{name} ({kind.__name__})" for name, kind in kinds.items() if kind not in letters]
    if foreign:
        raise MappingError(
            f"these NIR nodes have no mapping: {', '.join(foreign)}; a network here is a chain of "
            "Conv2d, Affine and Linear nodes, each followed by a sigmoid; write a graph of these"
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
    return {name: node for name, node in nodes.items() if letters[kinds[name]] in "CL"}
