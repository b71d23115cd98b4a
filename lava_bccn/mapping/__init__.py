"""From trained PyTorch models to the one description that every executor reads, and back.

What is exported here, in ``spiking`` for spiking ensembles and in ``dale`` for networks under
Dale's law, is the API. PyTorch is imported
when ``from_torch``, ``to_torch`` or ``quantisation_aware`` is used.
"""

from typing import TYPE_CHECKING

from lava_bccn.lazy import attach
from lava_bccn.mapping.fresh import new_network
from lava_bccn.mapping.nir import from_nir, read_nir, to_nir, write_nir
from lava_bccn.mapping.quantise import CALIBRATION_SAMPLES, quantise
from lava_bccn.mapping.recruit import recruit, silent_outputs
from lava_bccn.mapping.report import ConversionReport, conversion_report, layers_alone
from lava_bccn.mapping.rounding import LayerRounding, rounding_report, stored_rounding
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.storage import load

if TYPE_CHECKING:
    from lava_bccn.mapping.torch.aware import quantisation_aware
    from lava_bccn.mapping.torch.export import to_torch
    from lava_bccn.mapping.torch.models import from_torch
    from lava_bccn.mapping.torch.neurobench import neurobench_counts, neurobench_model

    from . import dale as dale
    from . import spiking as spiking
else:
    __getattr__, __dir__ = attach(__name__, __file__)

__all__ = [
    "CALIBRATION_SAMPLES",
    "ConversionReport",
    "LayerRounding",
    "MappedLayer",
    "MappedNetwork",
    "conversion_report",
    "from_nir",
    "from_torch",
    "layers_alone",
    "load",
    "neurobench_counts",
    "neurobench_model",
    "new_network",
    "quantisation_aware",
    "quantise",
    "read_nir",
    "recruit",
    "rounding_report",
    "silent_outputs",
    "stored_rounding",
    "to_nir",
    "to_torch",
    "write_nir",
]
