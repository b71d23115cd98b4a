"""Exchange with other tools through NIR (Neuromorphic Intermediate Representation), files of HDF5.

NIR (Pedersen et al., Nature Communications 15, 8122, 2024) has no sigmoid and no feedback. A
network becomes a chain ``Input -> Affine -> … -> Affine -> Output``, the feedforward path in the
numbers that its integers stand for; what NIR has no word for is metadata of the nodes:

    of each Affine    activation       "sigmoid", applied to W e + c by whoever reads the file
                      lava_bccn        JSON: exponents, fraction bits, regimes, dtypes of the arrays
                      feedback_burst,  Y and Q in the network's own numbers, shaped as the weight;
                      feedback_event   absent where the layer sends nothing
    of the graph      lava_bccn        JSON: format, version, precision, p_baseline, number format,
                                       what is known of the origin

Integers times powers of two are exact in floating point, so reading gives the same integers back.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import BackendUnavailableError, FileFormatError, MappingError
from lava_bccn.files import existing_file, write_atomically
from lava_bccn.mapping.network import MappedLayer, MappedNetwork

if TYPE_CHECKING:
    import nir

FORMAT = "lava-bccn network in NIR"
VERSION = 1

ACTIVATION = "sigmoid"
"""f of every ensemble."""

_KEY = "lava_bccn"
_ARRAYS = ("weight", "bias", "feedback_burst", "feedback_event")
_FEEDBACK = _ARRAYS[2:]


def to_nir(network: MappedNetwork) -> nir.NIRGraph:
    """The network as a NIR graph.

    Raises:
        BackendUnavailableError: the ``nir`` package is not installed.
        MappingError: a layer that is not dense.
    """
    nir = _package()
    for index, layer in enumerate(network.layers, start=1):
        if layer.weight.ndim != 2:
            raise MappingError(f"layer {index} is no dense layer; only dense ones go to NIR here")
    nodes: dict[str, Any] = {"input": nir.Input(np.array([network.input_size]))}
    for index, layer in enumerate(network.layers):
        weight_unit, bias_unit = _units(network, index)
        scalars = {name: value for name, value in vars(layer).items() if name not in _ARRAYS}
        arrays = {name: array for name in _ARRAYS if (array := getattr(layer, name)) is not None}
        scalars["dtypes"] = {name: array.dtype.name for name, array in arrays.items()}
        nodes[f"layer_{index + 1}"] = nir.Affine(
            weight=layer.weight * weight_unit,
            bias=layer.bias * bias_unit,
            metadata={
                "activation": ACTIVATION,
                _KEY: json.dumps(scalars),
                **{name: array for name, array in arrays.items() if name in _FEEDBACK},
            },
        )
    nodes["output"] = nir.Output(np.array([network.output_size]))
    names = list(nodes)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "precision": network.precision,
        "p_baseline": network.p_baseline,
        "number_format": None if network.number_format is None else asdict(network.number_format),
        "metadata": dict(network.metadata),
    }
    edges = list(itertools.pairwise(names))
    return nir.NIRGraph(nodes=nodes, edges=edges, metadata={_KEY: json.dumps(header)})


def from_nir(graph: nir.NIRGraph, *, activation: str | None = None) -> MappedNetwork:
    """The network of a NIR graph.

    Graphs that :func:`to_nir` made give the same network back. Of other tools a chain of Affine and
    Linear nodes (Flatten before the first may stand) gives a floating-point network without
    feedback.

    Args:
        graph: as ``nir.read`` returns it.
        activation: what follows the linear nodes where the file does not say: ``"sigmoid"``.

    Raises:
        MappingError: nodes that have no mapping, by name; branches; an activation that is not
            known.
    """
    nir = _package()
    names = _chain(graph)
    foreign = {
        name: type(graph.nodes[name]).__name__
        for name in graph.nodes
        if not isinstance(
            graph.nodes[name], nir.Affine | nir.Linear | nir.Flatten | nir.Input | nir.Output
        )
    }
    if foreign:
        listed = ", ".join(f"{name} ({kind})" for name, kind in foreign.items())
        raise MappingError(
            f"these NIR nodes have no mapping: {listed}; a network here is a chain of Affine and "
            "Linear nodes, each followed by a sigmoid"
        )
    kinds = {name: type(graph.nodes[name]) for name in names}
    nodes = {
        name: graph.nodes[name]
        for name in names
        if issubclass(kinds[name], nir.Affine | nir.Linear)
    }
    around = [kinds[name] for name in names if name not in nodes]
    if not nodes or around not in (
        [nir.Input, nir.Output],
        [nir.Input, nir.Flatten, nir.Output],
    ):
        raise MappingError(
            "expected Input, perhaps Flatten, then Affine and Linear nodes, then Output; the graph "
            f"is {' -> '.join(f'{name} ({kind.__name__})' for name, kind in kinds.items())}"
        )
    if nir.Flatten in around and kinds[names[1]] is not nir.Flatten:
        raise MappingError("a Flatten node after a linear one has no mapping; remove it")
    for name, node in nodes.items():
        found = node.metadata.get("activation", activation)
        if found is None:
            raise MappingError(
                f"after node {name} the graph has no activation, and ensembles have a "
                f"{ACTIVATION}; if it does follow, say so with --activation {ACTIVATION}"
            )
        if found != ACTIVATION:
            raise MappingError(
                f"after node {name} the graph has a {found}, and ensembles have a {ACTIVATION}; "
                f"train the network with a {ACTIVATION}"
            )
    header = graph.metadata.get(_KEY)
    if header is None:
        return MappedNetwork(tuple(_foreign_layer(node) for node in nodes.values()), "float")
    return _own_network(json.loads(header), nodes)


def write_nir(network: MappedNetwork, path: str | Path) -> None:
    """Write :func:`to_nir` of the network as a file.

    Raises:
        BackendUnavailableError: the ``nir`` package is not installed.
        OutputPathError: the place cannot be written; an existing file stays as it was.
    """
    graph = to_nir(network)
    write_atomically(path, lambda temporary: _package().write(temporary, graph))


def read_nir(path: str | Path, *, activation: str | None = None) -> MappedNetwork:
    """Read a network with :func:`from_nir` from a file.

    Raises:
        BackendUnavailableError: the ``nir`` package is not installed.
        MissingDataError: no such file.
        FileFormatError: not a NIR file, or a damaged or newer one of lava-bccn.
        MappingError: as of :func:`from_nir`.
    """
    path = existing_file(path)
    nir = _package()
    try:
        graph = nir.read(path)
    except Exception as error:  # the reader fails in many ways on damaged and foreign files
        reason = " ".join(str(error).split()) or type(error).__name__
        raise FileFormatError(f"{path} is truncated or not a NIR file ({reason})") from error
    try:
        return from_nir(graph, activation=activation)
    except (MappingError, FileFormatError) as error:
        raise type(error)(f"{path}: {error}") from error


def _own_network(header: dict[str, Any], nodes: dict[str, Any]) -> MappedNetwork:
    version = header.get("version")
    if header.get("format") != FORMAT or not isinstance(version, int) or version > VERSION:
        raise FileFormatError(
            f"format {header.get('format')!r}, version {version!r}; this release reads "
            f"{FORMAT!r} up to version {VERSION}: upgrade lava-bccn"
        )
    try:
        number_format = header["number_format"]
        units = None if number_format is None else FixedPointFormat(**number_format)
        return MappedNetwork(
            layers=tuple(_own_layer(node, units is not None) for node in nodes.values()),
            precision=header["precision"],
            p_baseline=header["p_baseline"],
            number_format=units,
            metadata=header["metadata"],
        )
    except Exception as error:  # whatever damage does: it is the file's fault
        raise FileFormatError(f"a damaged network of lava-bccn: {error}") from error


def _own_layer(node: Any, is_fixed: bool) -> MappedLayer:
    scalars = json.loads(node.metadata[_KEY])
    dtypes = scalars.pop("dtypes")
    units = {"weight": 1.0, "bias": 1.0}
    if is_fixed:
        units["weight"] = 2.0 ** scalars["weight_exponent"]
        units["bias"] = 2.0 ** -scalars["soma_fraction_bits"]
    arrays: dict[str, Any] = {}
    for name, dtype in dtypes.items():
        if name in _FEEDBACK:
            arrays[name] = np.asarray(node.metadata[name]).astype(dtype)
        else:
            arrays[name] = _exact(getattr(node, name) / units[name], dtype, name)
    return MappedLayer(**arrays, **scalars)


def _exact(values: NDArray[Any], dtype: str, name: str) -> NDArray[Any]:
    """Values in the dtype that they had, if nothing is lost."""
    result = values.astype(dtype)
    if not np.array_equal(result, values):
        raise FileFormatError(f"{name} has values that are not {dtype} in the unit of its layer")
    return result


def _foreign_layer(node: Any) -> MappedLayer:
    weight = np.asarray(node.weight, dtype=np.float64)
    bias = np.asarray(getattr(node, "bias", np.zeros(len(weight))), dtype=np.float64)
    return MappedLayer(weight, bias)


def _units(network: MappedNetwork, index: int) -> tuple[float, float]:
    """What the integer 1 of weights and biases of a layer stands for."""
    if network.number_format is None:
        return 1.0, 1.0
    return 2.0 ** network.layers[index].weight_exponent, network.state_unit("soma", index)


def _chain(graph: nir.NIRGraph) -> list[str]:
    """Names of all nodes from the input to the output."""
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


def _package() -> Any:
    try:
        import nir
    except ImportError as error:
        raise BackendUnavailableError(
            "NIR files need the nir package, which is not installed; install it (uv pip install "
            "nir, or lava-bccn[nir])"
        ) from error
    return nir
