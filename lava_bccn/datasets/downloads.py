"""Fetching of data sets, by torchvision, which is imported only then."""

from __future__ import annotations

from pathlib import Path

from lava_bccn.errors import MissingDataError
from lava_bccn.extras import require

TORCHVISION_NAMES = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "cifar10": "CIFAR10"}
"""Data sets that can be fetched, and what torchvision calls them."""


def fetch(name: str, root: Path) -> None:
    """Download a data set into a folder.

    Raises:
        MissingDataError: it did not come.
    """
    torchvision = require("torchvision", "torch", f"fetching {name}")
    try:
        root.mkdir(parents=True, exist_ok=True)
        getattr(torchvision.datasets, TORCHVISION_NAMES[name])(str(root), download=True)
    except (RuntimeError, OSError, AssertionError, ValueError) as error:
        raise MissingDataError(
            f"{name} could not be fetched into {root} ({error}); is there a network?"
        ) from error
