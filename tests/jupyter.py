"""A notebook that is none: what IPython would be asked, kept to be looked at."""

from __future__ import annotations

import sys
import types
from typing import Any


class Notebook:
    """Stands in for IPython in a kernel.

    Attributes:
        outputs: of the cell, each with all that it has shown, in turn.
    """

    def __init__(self) -> None:
        self.kernel, self.events = object(), self
        self.outputs: list[list[dict[str, Any]]] = []
        self._at_end: list[Any] = []

    def install(self, monkeypatch) -> Notebook:
        """Be what is imported as IPython."""
        ipython, display = types.ModuleType("IPython"), types.ModuleType("IPython.display")
        ipython.get_ipython = lambda: self
        ipython.version_info = (9, 0)  # which matplotlib asks for
        display.display = self._display
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        monkeypatch.setitem(sys.modules, "IPython.display", display)
        return self

    def register(self, event: str, function: Any) -> None:
        assert event == "post_run_cell"
        self._at_end.append(function)

    def unregister(self, event: str, function: Any) -> None:
        self._at_end.remove(function)

    def end_cell(self) -> None:
        """What happens when a cell has ended."""
        for function in list(self._at_end):
            function("result")

    def _display(self, forms: dict[str, Any], *, raw: bool, display_id: bool) -> Any:
        assert raw and display_id
        shown = [forms]
        self.outputs.append(shown)
        return types.SimpleNamespace(update=lambda forms, raw: shown.append(forms))
