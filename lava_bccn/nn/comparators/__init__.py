"""The models that BurstCCN is compared with: layers of the same kind, under the same loop.

``backprop``         backprop and feedback alignment
``burstprop``        two phases, without and with the teacher
``error_dendrites``  EDN, interneurons that cancel what comes down

EDN is fully connected only; the others have convolutional layers too.
"""

from lava_bccn.nn.comparators.backprop import (
    BackpropConv2d,
    BackpropLinear,
    FeedbackAlignmentConv2d,
    FeedbackAlignmentLinear,
)
from lava_bccn.nn.comparators.burstprop import (
    BurstpropConv2d,
    BurstpropLinear,
    BurstpropReadout,
)
from lava_bccn.nn.comparators.error_dendrites import DendriticLinear, DendriticReadout
from lava_bccn.nn.comparators.layer import ComparatorLayer

COMPARATORS: dict[str, tuple[type[ComparatorLayer], type[ComparatorLayer]]] = {
    "backprop": (BackpropLinear, BackpropLinear),
    "feedback_alignment": (FeedbackAlignmentLinear, FeedbackAlignmentLinear),
    "burstprop": (BurstpropLinear, BurstpropReadout),
    "edn": (DendriticLinear, DendriticReadout),
}
"""Hidden and output layer of each model, by its name."""

CONVOLUTIONAL: dict[str, type[ComparatorLayer]] = {
    "backprop": BackpropConv2d,
    "feedback_alignment": FeedbackAlignmentConv2d,
    "burstprop": BurstpropConv2d,
}
"""Convolutional layer of each model that has one, by its name."""

__all__ = [
    "COMPARATORS",
    "CONVOLUTIONAL",
    "BackpropConv2d",
    "BackpropLinear",
    "BurstpropConv2d",
    "BurstpropLinear",
    "BurstpropReadout",
    "ComparatorLayer",
    "DendriticLinear",
    "DendriticReadout",
    "FeedbackAlignmentConv2d",
    "FeedbackAlignmentLinear",
]
