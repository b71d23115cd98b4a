"""The networks of rates that backends run, and reading either from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from lava_bccn.headers import DALE_NETWORK, kind_of
from lava_bccn.network import storage
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.network import MappedNetwork
from lava_bccn.networks import find
from lava_bccn.records import record

RateNetwork = MappedNetwork | DaleNetwork
"""What :func:`lava_bccn.run` runs."""

RATE_NETWORKS = (MappedNetwork, DaleNetwork)

AnyNetwork = TypeVar("AnyNetwork", bound=RateNetwork)


def load(path: str | Path) -> RateNetwork:
    """Read a network that ``save`` wrote, in this release or an older one: mapped, or Dalean.

    Args:
        path: of its file; or the name of a network that comes with the package (``networks``).

    Raises:
        MissingDataError: no such file.
        FileFormatError: truncated, foreign, damaged or of a newer version; or what it holds obeys
            no Dale's law.
    """
    path = find(path)
    if kind_of(path) is not DALE_NETWORK:
        return storage.load(path)
    content, _ = DALE_NETWORK.read(path)
    return DALE_NETWORK.built(path, lambda: record(DaleNetwork, content))
