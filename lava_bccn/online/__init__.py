"""Learning online from a data set: lessons, learning curves and checkpoints.

A :class:`Lesson` says which samples are shown in which order; :func:`learn` shows them to a mapped
network on any backend, one after the other, and tests it now and then with plasticity off.
"""

from lava_bccn.online.curve import Progression, curve_path
from lava_bccn.online.learning import Learned, learn, same_synapses
from lava_bccn.online.lesson import Lesson
from lava_bccn.online.notes import Notes, stored_curve, stored_notes

__all__ = [
    "Learned",
    "Lesson",
    "Notes",
    "Progression",
    "curve_path",
    "learn",
    "same_synapses",
    "stored_curve",
    "stored_notes",
]
