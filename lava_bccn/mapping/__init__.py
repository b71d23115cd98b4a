"""From trained PyTorch models to the one description that every executor reads."""

from typing import TYPE_CHECKING, Any

from lava_bccn.mapping.fresh import new_network
from lava_bccn.mapping.nir.exchange import from_nir, read_nir, to_nir, write_nir
from lava_bccn.mapping.quantise import CALIBRATION_SAMPLES, LayerRounding, quantise, rounding_report
from lava_bccn.mapping.recruit import recruit, silent_outputs
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.storage import load

if TYPE_CHECKING:
    from lava_bccn.mapping.torch.export import to_torch
    from lava_bccn.mapping.torch.models import from_torch

__all__ = [
    "CALIBRATION_SAMPLES",
    "LayerRounding",
    "MappedLayer",
    "MappedNetwork",
    "from_nir",
    "from_torch",
    "load",
    "new_network",
    "quantise",
    "read_nir",
    "recruit",
    "rounding_report",
    "silent_outputs",
    "to_nir",
    "to_torch",
    "write_nir",
]


def __getattr__(name: str) -> Any:
    """Import PyTorch only where a PyTorch model is at hand: executors start faster without it."""
    if name == "from_torch":
        from lava_bccn.mapping.torch.models import from_torch

        return from_torch
    if name == "to_torch":
        from lava_bccn.mapping.torch.export import to_torch

        return to_torch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
