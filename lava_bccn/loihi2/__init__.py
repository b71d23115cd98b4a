"""What a mapped network needs on Loihi 2: cores, memory, messages, energy and time. No Lava.

What is exported here is the API; ``boards`` finds those that are visible.
"""

from lava_bccn.loihi2.activity import Activity, measure
from lava_bccn.loihi2.cost import PUBLISHED, Cost, Published, estimate
from lava_bccn.loihi2.limits import KAPOHO_POINT_CHIPS, Loihi2Limits
from lava_bccn.loihi2.partition import CoreLoad, LayerPlacement, Partition, partition
from lava_bccn.loihi2.violations import Violation

__all__ = [
    "KAPOHO_POINT_CHIPS",
    "PUBLISHED",
    "Activity",
    "CoreLoad",
    "Cost",
    "LayerPlacement",
    "Loihi2Limits",
    "Partition",
    "Published",
    "Violation",
    "estimate",
    "measure",
    "partition",
]
