"""Figures as the result of a cell."""

from __future__ import annotations

import sys

from matplotlib.figure import Figure

from lava_bccn.notebook import in_notebook


def show_in_notebooks() -> None:
    """Let a notebook draw a figure that is the result of a cell.

    It does so by itself once pyplot is imported, which nothing here needs.
    """
    if not in_notebook():
        return
    from IPython.core.pylabtools import select_figure_formats

    shell = sys.modules["IPython"].get_ipython()
    formatters = shell.display_formatter.formatters.values()
    if not any(Figure in each.type_printers for each in formatters):
        select_figure_formats(shell, {"png"})
