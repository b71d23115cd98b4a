"""Reading spiking networks from files; ``SpikingNetwork.save`` writes them."""

from __future__ import annotations

from pathlib import Path

from lava_bccn.headers import SPIKING_NETWORK
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.records import record


def load(path: str | Path) -> SpikingNetwork:
    """Read a network that ``SpikingNetwork.save`` wrote: the same to the bit.

    Raises:
        MissingDataError: no such file.
        FileFormatError: truncated, foreign, damaged or of a newer version.
    """
    content, _ = SPIKING_NETWORK.read(path)
    return SPIKING_NETWORK.built(path, lambda: record(SpikingNetwork, content))
