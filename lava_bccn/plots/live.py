"""Curves that grow while a network learns: where there is a notebook, redrawn in place."""

from __future__ import annotations

import base64
import io
import math
import time
from collections.abc import Mapping

from matplotlib.figure import Figure

from lava_bccn.notebook import Shown, at_end_of_cell, in_notebook
from lava_bccn.online.curve import Progression
from lava_bccn.plots.learning import accuracies
from lava_bccn.plots.panels import panels
from lava_bccn.plots.style import style
from lava_bccn.plots.training import training

_SECONDS = 0.5
"""Between two drawings, of which each takes a fifth of that."""


class LiveCurves:
    """Draws what training tells it, in a notebook; anywhere else it only keeps it.

        nn.train(model, training, validation, on_epoch=plots.LiveCurves())
        online.learn(network, data, config, lesson, on_point=plots.LiveCurves())

    Attributes:
        points: records of epochs, or points of a learning curve.
    """

    def __init__(self) -> None:
        self.points: list[Mapping[str, float] | Progression] = []
        self._shown, self._drawn, self._in_picture = Shown(), -math.inf, 0
        self._is_running = False

    def __call__(self, point: Mapping[str, float] | Progression) -> None:
        """Take in an epoch's record, or a point of the learning curve."""
        self.points.append(point)
        if not in_notebook():
            return
        if not self._is_running:
            self._is_running = True
            at_end_of_cell(self._finish)
        if time.monotonic() - self._drawn >= _SECONDS:
            self._draw()

    @style()
    def figure(self) -> Figure:
        """The curves so far."""
        records = [each for each in self.points if isinstance(each, Mapping)]
        if records:
            return training(records)
        figure, (axes,) = panels((4.6, 3.2))
        accuracies(axes, [each for each in self.points if isinstance(each, Progression)])
        return figure

    def _finish(self) -> None:
        self._is_running = False
        if self._in_picture < len(self.points):
            self._draw()

    def _draw(self) -> None:
        file = io.BytesIO()
        self.figure().savefig(file, format="png", dpi=90)
        picture = base64.b64encode(file.getvalue()).decode("ascii")
        self._shown.show({"image/png": picture, "text/plain": "curves of learning"})
        self._drawn, self._in_picture = time.monotonic(), len(self.points)
