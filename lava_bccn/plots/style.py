"""The one style of all figures: its colours, sizes of type and lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import matplotlib.style

_STYLE = Path(__file__).with_name("bccn.mplstyle")

COLOURS: tuple[str, ...] = tuple(
    matplotlib.rc_params_from_file(_STYLE, use_default_template=False)["axes.prop_cycle"].by_key()[
        "color"
    ]
)
"""Colours of lines, in their order: blue, vermilion, green, purple, orange, sky blue, black."""

FAINT = "0.6"
"""Grey of what stands behind."""

EVENT_COLOURS, BURST_COLOURS = "viridis", "RdBu_r"
"""Maps of event rates; and of burst probabilities, white at their baseline."""


@contextmanager
def style() -> Iterator[None]:
    """What is drawn within, or by a function that it decorates, has the style of this package.

    Matplotlib's settings are afterwards what they were::

        with plots.style():
            axes = Figure().subplots()

        @plots.style()
        def picture() -> Figure: ...
    """
    with matplotlib.style.context(_STYLE):
        yield
