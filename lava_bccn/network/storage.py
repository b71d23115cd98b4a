"""Reading mapped networks from files; ``MappedNetwork.save`` writes them."""

from __future__ import annotations

from pathlib import Path

from lava_bccn.headers import MAPPED_NETWORK
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.traces import with_trace_units
from lava_bccn.networks import find
from lava_bccn.records import record


def load(path: str | Path) -> MappedNetwork:
    """Read a network that ``MappedNetwork.save`` wrote, in this release or an older one.

    Args:
        path: of its file; or the name of a network that comes with the package (``networks``).

    Raises:
        MissingDataError: no such file.
        FileFormatError: truncated, foreign, damaged or of a newer version.
    """
    path = find(path)
    content, version = MAPPED_NETWORK.read(path)

    def build() -> MappedNetwork:
        network = record(MappedNetwork, content)
        return with_trace_units(network) if version == 1 else network

    return MAPPED_NETWORK.built(path, build)
