"""Pictures of networks at work. Every function returns a matplotlib figure and shows nothing.

Experiments draw theirs with :func:`panels` and :func:`curves`; :func:`style` is what all have in
common.
"""

from lava_bccn.plots.activity import travelling_activity
from lava_bccn.plots.conversion import conversion, pictures
from lava_bccn.plots.curves import curves
from lava_bccn.plots.learning import learning
from lava_bccn.plots.live import LiveCurves
from lava_bccn.plots.panels import panels
from lava_bccn.plots.saving import save_figure
from lava_bccn.plots.shown import show_in_notebooks
from lava_bccn.plots.style import BURST_COLOURS, COLOURS, EVENT_COLOURS, FAINT, style
from lava_bccn.plots.training import training

show_in_notebooks()

__all__ = [
    "BURST_COLOURS",
    "COLOURS",
    "EVENT_COLOURS",
    "FAINT",
    "LiveCurves",
    "conversion",
    "curves",
    "learning",
    "panels",
    "pictures",
    "save_figure",
    "style",
    "training",
    "travelling_activity",
]
