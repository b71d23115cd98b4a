"""The models that BurstCCN is compared with: layers of the same kind, under the same loop.

``backprop``         backprop and feedback alignment
``burstprop``        two phases, without and with the teacher
``error_dendrites``  EDN, interneurons that cancel what comes down

``products`` is all that knows the layers to be fully connected.
"""

from lava_bccn.nn.comparators.backprop import BackpropLinear, FeedbackAlignmentLinear
from lava_bccn.nn.comparators.burstprop import BurstpropLinear, BurstpropReadout
from lava_bccn.nn.comparators.error_dendrites import DendriticLinear, DendriticReadout
from lava_bccn.nn.comparators.layer import ComparatorLayer

COMPARATORS: dict[str, tuple[type[ComparatorLayer], type[ComparatorLayer]]] = {
    "backprop": (BackpropLinear, BackpropLinear),
    "feedback_alignment": (FeedbackAlignmentLinear, FeedbackAlignmentLinear),
    "burstprop": (BurstpropLinear, BurstpropReadout),
    "edn": (DendriticLinear, DendriticReadout),
}
"""Hidden and output layer of each model, by its name."""

__all__ = [
    "COMPARATORS",
    "BackpropLinear",
    "BurstpropLinear",
    "BurstpropReadout",
    "ComparatorLayer",
    "DendriticLinear",
    "DendriticReadout",
    "FeedbackAlignmentLinear",
]
