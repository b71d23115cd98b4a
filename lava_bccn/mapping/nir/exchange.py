"""Exchange with other tools through NIR (Neuromorphic Intermediate Representation), files of HDF5.

NIR (Pedersen et al., Nature Communications 15, 8122, 2024) has no sigmoid and no feedback. A
network becomes a chain ``Input -> Conv2d -> … -> Flatten -> Affine -> … -> Output``, the path
forward in the numbers that its integers stand for; what NIR has no word for is metadata:

    of each Conv2d    activation       "sigmoid", "hard_sigmoid" or "relu" (within [0, 1]), applied
    and Affine                         to W e + c by whoever reads the file
                      lava_bccn        JSON: exponents, fraction bits, regimes, dtypes of the
                                       arrays, of a Conv2d its geometry and its kernel's shape
                      feedback_burst,  Y and Q in the network's own numbers, shaped as its W;
                      feedback_event   absent where the layer sends nothing
                      bias             of a Conv2d whose units differ by rounding errors
    of the graph      lava_bccn        JSON: format, version, precision, p_baseline, number format,
                                       what is known of the origin, activation, and scale, offset
                                       and kind of the output where it stands for other values
                      nodes            the metadata of each Conv2d by its name: up to 1.0.4 NIR
                                       reads no Conv2d that has metadata

A Conv2d may hold a kernel with zeros around and between that of the network, of the same effect:
``convolution``, beside this file, says when. Integers times powers of two are exact in floating
point, so reading gives the same integers back.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import (
    FileFormatError,
    InvalidInputError,
    MappingError,
)
from lava_bccn.extras import require
from lava_bccn.files import content_of, existing_file, write_atomically
from lava_bccn.mapping.nir.chain import chain, linear_nodes
from lava_bccn.mapping.nir.convolution import channel_bias, conv2d, geometry_of, narrowed
from lava_bccn.mapping.nir.metadata import activation_of, metadata_of
from lava_bccn.mapping.nir.reading import read_graph
from lava_bccn.mapping.nir.shapes import check_shapes
from lava_bccn.mapping.nir.sizes import check_sizes
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.output import Output
from lava_bccn.records import record
from lava_bccn.settings import check, instance

if TYPE_CHECKING:
    import nir

FORMAT = "lava-bccn network in NIR"
VERSION = 5
"""2: with convolutions and hard sigmoids. 3: metadata of convolutions in the graph. 4: with
activations of single layers, and what the output stands for. 5: with the gains of the readout, and
boosts of biases alone."""

_KEY = "lava_bccn"
_ARRAYS = ("weight", "bias", "feedback_burst", "feedback_event")
_FEEDBACK = _ARRAYS[2:]


def to_nir(network: MappedNetwork) -> nir.NIRGraph:
    """The network as a NIR graph.

    Raises:
        MissingExtraError: the ``nir`` package is not installed.
        InvalidInputError: no mapped network.
        MappingError: a convolution whose biases differ within a channel.
    """
    check("network", network, instance(MappedNetwork))
    nir = _package()
    nodes: dict[str, Any] = {"input": nir.Input(np.array(network.input_shape))}
    below = network.input_shape
    of_convolutions = {}
    for index, layer in enumerate(network.layers):
        if layer.geometry is None and len(below) == 3:
            nodes["flatten"] = nir.Flatten({"input": np.array(below)}, start_dim=0)
        name = f"layer_{index + 1}"
        nodes[name], metadata = _node(nir, network, index)
        if layer.geometry is None:
            nodes[name].metadata = metadata
        else:
            of_convolutions[name] = metadata
        below = layer.shape
    nodes["output"] = nir.Output(np.array(below))
    header = {
        "format": FORMAT,
        "version": _version(network),
        "precision": network.precision,
        "p_baseline": network.p_baseline,
        "number_format": None if network.number_format is None else asdict(network.number_format),
        "metadata": dict(network.metadata),
        "activation": network.activation,
        "output": None if network.output is None else asdict(network.output),
        **_gains(network),
    }
    notes: dict[str, Any] = {_KEY: json.dumps(header)}
    if of_convolutions:
        notes["nodes"] = of_convolutions
    edges = list(itertools.pairwise(nodes))
    return nir.NIRGraph(nodes=nodes, edges=edges, metadata=notes)


def _gains(network: MappedNetwork) -> dict[str, float]:
    """Of the readout, where they are not what they are by default."""
    gains = {"error_scale": network.error_scale, "activity_shift": network.activity_shift}
    defaults = {"error_scale": 1.0, "activity_shift": 0.0}
    return {name: gain for name, gain in gains.items() if gain != defaults[name]}


def _version(network: MappedNetwork) -> int:
    """The first in which there is everything that the network has."""
    if _gains(network) or any(layer.bias_boost for layer in network.layers):
        return VERSION
    has_newer = network.output is not None or any(layer.activation for layer in network.layers)
    return 4 if has_newer else 3


def _node(nir: Any, network: MappedNetwork, index: int) -> tuple[Any, dict[str, Any]]:
    """The linear node of a layer, and what NIR has no word for."""
    layer = network.layers[index]
    weight_unit, bias_unit = _units(network, index)
    scalars = {name: value for name, value in vars(layer).items() if name not in _ARRAYS}
    if not layer.bias_boost:
        del scalars["bias_boost"]  # as earlier releases know it
    arrays = {name: array for name in _ARRAYS if (array := getattr(layer, name)) is not None}
    scalars["dtypes"] = {name: array.dtype.name for name, array in arrays.items()}
    kept = {name: array for name, array in arrays.items() if name in _FEEDBACK}
    weight, bias = layer.weight * weight_unit, layer.bias * bias_unit
    if layer.geometry is not None:
        scalars["geometry"] = asdict(layer.geometry)
        scalars["kernel_shape"] = layer.weight.shape
        bias = channel_bias(bias, len(weight), index + 1)
        if not np.array_equal(_of_all_units(bias, layer.units), layer.bias * bias_unit):
            kept["bias"] = layer.bias  # the same but for rounding
    metadata = {"activation": network.activation_of(index).name, _KEY: json.dumps(scalars), **kept}
    if layer.geometry is None:
        return nir.Affine(weight=weight, bias=bias), metadata
    return conv2d(nir, weight, bias, layer.geometry), metadata


def from_nir(graph: nir.NIRGraph, *, activation: str | None = None) -> MappedNetwork:
    """The network of a NIR graph.

    Graphs that :func:`to_nir` made give the same network back. Of other tools a chain of Conv2d,
    Affine and Linear nodes, with Flatten between images and vectors, gives a floating-point network
    without feedback.

    Args:
        graph: as ``nir.read`` returns it.
        activation: what follows the linear nodes where the file does not say: ``"sigmoid"`` or
            ``"hard_sigmoid"``.

    Raises:
        MappingError: nodes that have no mapping or do not fit each other, by name; branches and
            cycles; a convolution with dilation, or padding that is not the same on both sides; an
            activation that is not known.
        InvalidInputError: not a graph.
    """
    nir = _package()
    if not isinstance(graph, nir.NIRGraph):
        raise InvalidInputError(
            f"expected a nir.NIRGraph, not a {type(graph).__name__}; read a file with read_nir, "
            "and make a graph of a node with NIRGraph.from_list"
        )
    nodes = {name: graph.nodes[name] for name in chain(nir, graph)}
    linear = linear_nodes(nir, nodes)
    received = check_shapes(nir, nodes)
    metadata = {name: metadata_of(graph, name) for name in linear}
    header = graph.metadata.get(_KEY)
    if header is not None:
        layers = [(node, metadata[name]) for name, node in linear.items()]
        own = json.loads(header)
        usual = own.get("activation")  # of files up to version 3 that of all nodes
        return _own_network(own, layers, usual or activation_of(metadata, activation))
    activation = activation_of(metadata, activation)
    return MappedNetwork(
        tuple(_foreign_layer(name, node, received[name]) for name, node in linear.items()),
        "float",
        activation=activation,
    )


def write_nir(network: MappedNetwork, path: str | Path) -> None:
    """Write :func:`to_nir` of the network as a file.

    Raises:
        MissingExtraError: the ``nir`` package is not installed.
        OutputPathError: the place cannot be written; an existing file stays as it was.
    """
    graph = to_nir(network)
    write_atomically(path, lambda file: _package().write(file, graph))


def read_nir(path: str | Path, *, activation: str | None = None) -> MappedNetwork:
    """Read a network with :func:`from_nir` from a file.

    Raises:
        MissingExtraError: the ``nir`` package is not installed.
        MissingDataError: no such file.
        FileFormatError: not a NIR file, or a damaged or newer one of lava-bccn.
        MappingError, InvalidInputError: as of :func:`from_nir`.
    """
    path = existing_file(path)
    check_sizes(path)
    graph = read_graph(_package(), path)
    try:
        with content_of("the graph", "damaged"):
            return from_nir(graph, activation=activation)
    except (MappingError, FileFormatError, InvalidInputError) as error:
        raise type(error)(f"{path}: {error}") from error


def _own_network(
    header: dict[str, Any], nodes: Sequence[tuple[Any, dict[str, Any]]], activation: str
) -> MappedNetwork:
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
            layers=tuple(_own_layer(*node, units is not None) for node in nodes),
            precision=header["precision"],
            p_baseline=header["p_baseline"],
            number_format=units,
            metadata=header["metadata"],
            activation=activation,
            output=None if header.get("output") is None else Output(**header["output"]),
            error_scale=header.get("error_scale", 1.0),
            activity_shift=header.get("activity_shift", 0.0),
        )
    except Exception as error:  # whatever damage does: it is the file's fault
        raise FileFormatError(f"a damaged network of lava-bccn: {error}") from error


def _own_layer(node: Any, metadata: dict[str, Any], is_fixed: bool) -> MappedLayer:
    scalars = {"geometry": None, **json.loads(metadata[_KEY])}
    dtypes = scalars.pop("dtypes")
    units = {"weight": 1.0, "bias": 1.0}
    if is_fixed:
        units["weight"] = 2.0 ** scalars["weight_exponent"]
        units["bias"] = 2.0 ** -scalars["soma_fraction_bits"]
    values = {"weight": node.weight, "bias": node.bias}
    if scalars["geometry"] is not None:
        shape, geometry = scalars.pop("kernel_shape"), ConvolutionGeometry(**scalars["geometry"])
        values["weight"] = narrowed(node.weight, tuple(shape), geometry)
        scalars["geometry"] = geometry
        units_of_layer = math.prod(geometry.output_shape(tuple(shape)))
        values["bias"] = _of_all_units(node.bias, units_of_layer)
    arrays: dict[str, Any] = {}
    for name, dtype in dtypes.items():
        if name in metadata:
            arrays[name] = np.asarray(metadata[name]).astype(dtype)
        else:
            arrays[name] = _exact(values[name] / units[name], dtype, name)
    return record(MappedLayer, {**arrays, **scalars})


def _of_all_units(bias: NDArray[Any], units: int) -> NDArray[Any]:
    """Biases of all units, (units,), from those of their channels."""
    return np.repeat(bias, units // len(bias))


def _exact(values: NDArray[Any], dtype: str, name: str) -> NDArray[Any]:
    """Values in the dtype that they had, if nothing is lost."""
    result = values.astype(dtype)
    if not np.array_equal(result, values):
        raise FileFormatError(f"{name} has values that are not {dtype} in the unit of its layer")
    return result


def _foreign_layer(name: str, node: Any, below: tuple[int, ...] | None) -> MappedLayer:
    weight = np.asarray(node.weight, dtype=np.float64)
    bias = getattr(node, "bias", None)
    bias = np.zeros(len(weight)) if bias is None else np.asarray(bias, dtype=np.float64)
    if not isinstance(node, _package().Conv2d):
        return MappedLayer(weight, bias)
    geometry = geometry_of(name, node, below)
    units = math.prod(geometry.output_shape(weight.shape))
    return MappedLayer(weight, _of_all_units(bias, units), geometry=geometry)


def _units(network: MappedNetwork, index: int) -> tuple[float, float]:
    """What the integer 1 of weights and biases of a layer stands for."""
    if network.number_format is None:
        return 1.0, 1.0
    return 2.0 ** network.layers[index].weight_exponent, network.state_unit("soma", index)


def _package() -> Any:
    return require("nir", "nir", "a NIR file")
