"""Reading spiking networks from files; ``SpikingNetwork.save`` writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from lava_bccn.headers import SPIKING_NETWORK
from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.network import SpikingNetwork, Teacher
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.plasticity import SpikeLearning
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.stp import StpParameters

Part = TypeVar("Part")


def load(path: str | Path) -> SpikingNetwork:
    """Read a network that ``SpikingNetwork.save`` wrote: the same to the bit.

    Raises:
        MissingDataError: no such file.
        FileFormatError: truncated, foreign, damaged or of a newer version.
    """
    content, _ = SPIKING_NETWORK.read(path)

    def build() -> SpikingNetwork:
        populations = tuple(
            Population(**{**stored, "neuron": NeuronParameters(**stored["neuron"])})
            for stored in content.pop("populations")
        )
        connections = tuple(
            Connection(
                **{
                    **stored,
                    "stp": _part(StpParameters, stored["stp"]),
                    "learning": _part(SpikeLearning, stored["learning"]),
                }
            )
            for stored in content.pop("connections")
        )
        teacher = _part(Teacher, content.pop("teacher"))
        return SpikingNetwork(populations, connections, teacher, **content)

    return SPIKING_NETWORK.built(path, build)


def _part(kind: Callable[..., Part], stored: dict[str, Any] | None) -> Part | None:
    return None if stored is None else kind(**stored)
