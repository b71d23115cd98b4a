"""Mapped networks as safetensors files with a versioned JSON header: no pickle."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import FileFormatError
from lava_bccn.files import existing_file, write_atomically
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.traces import with_trace_units

FORMAT = "lava-bccn mapped network"
VERSION = 3
"""2: with units for the traces of plasticity; files of version 1 get some on reading. 3: with
convolutions."""

_HEADER_KEY = "lava_bccn"
_ARRAYS = ("weight", "bias", "feedback_burst", "feedback_event")


def save(network: MappedNetwork, path: str | Path) -> None:
    """Write a network: tensors named ``layers.INDEX.NAME``, the rest as JSON in the header.

    Raises:
        OutputPathError: the place cannot be written; an existing file stays as it was.
    """
    tensors: dict[str, Any] = {}
    layers = []
    for index, layer in enumerate(network.layers):
        for name in _ARRAYS:
            array = getattr(layer, name)
            if array is not None:
                tensors[f"layers.{index}.{name}"] = np.ascontiguousarray(array)
        scalars = {name: value for name, value in vars(layer).items() if name not in _ARRAYS}
        if layer.geometry is not None:
            scalars["geometry"] = asdict(layer.geometry)
        layers.append(scalars)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "precision": network.precision,
        "p_baseline": network.p_baseline,
        "activation": network.activation,
        "number_format": None if network.number_format is None else asdict(network.number_format),
        "layers": layers,
        "metadata": dict(network.metadata),
    }
    metadata = {_HEADER_KEY: json.dumps(header)}

    def write(temporary: Path) -> None:
        try:
            save_file(tensors, temporary, metadata=metadata)
        except SafetensorError as error:
            raise OSError(str(error)) from error

    write_atomically(path, write)


def load(path: str | Path) -> MappedNetwork:
    """Read a network that :func:`save` wrote.

    Raises:
        MissingDataError: no such file.
        FileFormatError: truncated, foreign, damaged or of a newer version.
    """
    path = existing_file(path)
    if zipfile.is_zipfile(path):
        raise FileFormatError(
            f"{path} is a file of torch.save, not a mapped network; make a mapped network of it "
            "with bccn map"
        )
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER_KEY, "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except Exception as error:  # the reader fails in many ways on damaged files
        raise FileFormatError(
            f"{path} is truncated or not a safetensors file ({error}); expected a mapped network "
            "written by bccn map"
        ) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise FileFormatError(
            f"{path} is a safetensors file but not a mapped network of lava-bccn; make one with "
            "bccn map"
        )
    version = header.get("version")
    if isinstance(version, int) and version > VERSION:
        raise FileFormatError(
            f"{path} has format version {version}, this release reads up to {VERSION}; upgrade "
            "lava-bccn"
        )
    try:
        layers = tuple(
            MappedLayer(**_tensors_of_layer(tensors, index), **_scalars(scalars))
            for index, scalars in enumerate(header["layers"])
        )
        number_format = header["number_format"]
        network = MappedNetwork(
            layers=layers,
            precision=header["precision"],
            p_baseline=header["p_baseline"],
            number_format=None if number_format is None else FixedPointFormat(**number_format),
            metadata=header["metadata"],
            activation=header.get("activation", "sigmoid"),
        )
        return with_trace_units(network) if version == 1 else network
    except Exception as error:  # whatever damage does: it is the file's fault
        raise FileFormatError(f"{path} is a damaged mapped network: {error}") from error


def _scalars(stored: dict[str, Any]) -> dict[str, Any]:
    geometry = stored.get("geometry")
    return stored if geometry is None else {**stored, "geometry": ConvolutionGeometry(**geometry)}


def _tensors_of_layer(tensors: dict[str, Any], index: int) -> dict[str, Any]:
    return {name: tensors.get(f"layers.{index}.{name}") for name in _ARRAYS}
