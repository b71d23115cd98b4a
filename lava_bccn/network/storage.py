"""Reading mapped networks from files; ``MappedNetwork.save`` writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.headers import MAPPED_NETWORK
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.output import Output
from lava_bccn.network.traces import with_trace_units


def load(path: str | Path) -> MappedNetwork:
    """Read a network that ``MappedNetwork.save`` wrote, in this release or an older one.

    Raises:
        MissingDataError: no such file.
        FileFormatError: truncated, foreign, damaged or of a newer version.
    """
    content, version = MAPPED_NETWORK.read(path)

    def build() -> MappedNetwork:
        layers = tuple(_layer(layer) for layer in content.pop("layers"))
        units = content.pop("number_format")
        number_format = None if units is None else FixedPointFormat(**units)
        output = content.pop("output", None)
        network = MappedNetwork(
            layers=layers,
            number_format=number_format,
            output=None if output is None else Output(**output),
            **content,
        )
        return with_trace_units(network) if version == 1 else network

    return MAPPED_NETWORK.built(path, build)


def _layer(stored: dict[str, Any]) -> MappedLayer:
    geometry = stored.get("geometry")
    if geometry is not None:
        stored = {**stored, "geometry": ConvolutionGeometry(**geometry)}
    return MappedLayer(**stored)
