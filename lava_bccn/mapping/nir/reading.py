"""NIR files as graphs; what is wrong with one that the ``nir`` package cannot read."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lava_bccn.errors import FileFormatError, MappingError
from lava_bccn.mapping.nir.sizes import AGAIN

if TYPE_CHECKING:
    import nir


def read_graph(nir: Any, path: Path) -> nir.NIRGraph:
    """The graph of a file.

    Args:
        nir: the package.
        path: of a file that is there.

    Raises:
        FileFormatError: not a NIR file, or a damaged one.
        MappingError: nodes of a kind that the package does not know.
    """
    try:
        # Newer releases check types, and are wrong about some nodes; see conv2d.
        checks = "type_check" in signature(nir.read).parameters
        return nir.read(path, **({"type_check": False} if checks else {}))
    except Exception as error:  # the reader fails in many ways on damaged and foreign files
        _explain(nir, path)
        reason = " ".join(str(error).split()) or type(error).__name__
        raise FileFormatError(
            f"{path} is truncated or not a NIR file ({reason}); {AGAIN}"
        ) from error


def _explain(nir: Any, path: Path) -> None:
    """Say what is wrong in the words of NIR, as far as HDF5 can read the file."""
    import h5py

    if not h5py.is_hdf5(path):
        raise FileFormatError(f"{path} is not a NIR file, which is one of HDF5; {AGAIN}")
    try:
        with h5py.File(path, "r") as file:
            root = file.get("node")
            kinds = {} if root is None else {"node": _text(root["type"])}
            if kinds.get("node") == "NIRGraph":
                kinds = {name: _text(node["type"]) for name, node in root["nodes"].items()}
    except Exception:  # damaged: the reader has said how
        return
    if not kinds:
        raise FileFormatError(f"{path} is an HDF5 file, but holds no graph of NIR; {AGAIN}")
    if list(kinds) == ["node"]:
        raise FileFormatError(
            f"{path} holds one {kinds['node']} node, not a graph; write one with "
            "nir.write(path, nir.NIRGraph.from_list(node))"
        )
    foreign = [f"{name} ({kind})" for name, kind in kinds.items() if not hasattr(nir, kind)]
    if foreign:
        raise MappingError(
            f"{path} has nodes that nir {nir.version} does not know: {', '.join(foreign)}; a "
            "network here is a chain of Conv2d, Affine and Linear nodes: write a graph of these"
        )


def _text(dataset: Any) -> str:
    value = dataset[()]
    return value.decode() if isinstance(value, bytes) else str(value)
