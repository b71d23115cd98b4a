"""Pictures of networks at work. Every function returns a matplotlib figure and shows nothing.

Experiments draw theirs with :func:`panels` and :func:`curves`.
"""

from lava_bccn.plots.activity import travelling_activity
from lava_bccn.plots.conversion import conversion, pictures
from lava_bccn.plots.curves import curves
from lava_bccn.plots.learning import learning
from lava_bccn.plots.panels import panels
from lava_bccn.plots.saving import save_figure

__all__ = [
    "conversion",
    "curves",
    "learning",
    "panels",
    "pictures",
    "save_figure",
    "travelling_activity",
]
