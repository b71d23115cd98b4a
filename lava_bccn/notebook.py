"""What is shown in a notebook while it is still coming: one output, redrawn in place.

IPython is never imported to find out whether there is a notebook: where there is one, it is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, in Jupyter or a relative of it."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


class Shown:
    """An output of a cell, which each call of :meth:`show` draws anew where it is."""

    def __init__(self) -> None:
        self._handle = None

    def show(self, forms: Mapping[str, str | bytes]) -> None:
        """Show something.

        Args:
            forms: of it, by MIME type, such as ``text/html``.
        """
        from IPython.display import display

        if self._handle is None:
            self._handle = display(forms, raw=True, display_id=True)
        else:
            self._handle.update(forms, raw=True)


def at_end_of_cell(do: Callable[[], object]) -> None:
    """Call something once when the cell that runs has ended, however it did."""
    events = sys.modules["IPython"].get_ipython().events

    def once(*_: object) -> None:
        events.unregister("post_run_cell", once)
        do()

    events.register("post_run_cell", once)
