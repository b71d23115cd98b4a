"""What the metadata of a NIR graph say of its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.errors import MappingError

if TYPE_CHECKING:
    import nir


def metadata_of(graph: nir.NIRGraph, name: str) -> dict[str, Any]:
    """Of a node: its own, and what the graph holds for it."""
    of_nodes = graph.metadata.get("nodes")
    held = of_nodes.get(name) if isinstance(of_nodes, dict) else None
    own = getattr(graph.nodes[name], "metadata", {})
    return {**own, **(held if isinstance(held, dict) else {})}


def activation_of(metadata: dict[str, dict[str, Any]], default: str | None) -> str:
    """The one activation that follows all nodes.

    Args:
        metadata: of the nodes with weights, by their names.
        default: of those that do not say; None if nothing is known.

    Raises:
        MappingError: none, an unknown one, or several.
    """
    # A ReLU of another tool goes on beyond 1, and nothing says how far.
    usable = [each for each in ACTIVATIONS if ACTIVATIONS[each].learns]
    known = " or ".join(usable)
    found: dict[str, Any] = {
        name: notes.get("activation", default) for name, notes in metadata.items()
    }
    for name, activation in found.items():
        if activation is None:
            first = ACTIVATIONS.names[0]
            raise MappingError(
                f"after node {name} the graph has no activation, and ensembles have a {known}; if "
                f"one does follow, say so with --activation {first} (activation={first!r})"
            )
        if not isinstance(activation, str) or activation not in usable:
            raise MappingError(
                f"after node {name} the graph has a {activation}, and ensembles have a {known}; "
                "train the network with one of these"
            )
    first, *others = set(found.values())
    if others:
        raise MappingError(
            "the ensembles of a network have one activation, but the graph has "
            f"{', '.join(f'a {kind} after {name}' for name, kind in found.items())}"
        )
    return next(each for each in usable if each == first)
