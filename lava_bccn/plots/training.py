"""Curves of a training run, from its records of epochs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lava_bccn.plots.panels import panels
from lava_bccn.plots.style import style

_ANGLE = re.compile(r"angle_to_backprop_(\d+)")

_ERRORS = {"held_out_error": "held-out error", "held_out_top5_error": "held-out top-5 error"}


@style()
def training(history: Sequence[Mapping[str, float]]) -> Figure:
    """Loss, error, and how far the update of each hidden layer is from that of backprop.

    Args:
        history: records of epochs, as in ``TrainingResult.history`` and the CSV log.
    """
    angles = {
        found[1]: name for name in history[-1] if (found := _ANGLE.fullmatch(name)) is not None
    }
    hidden = sorted(angles, key=int)[:-1]  # the output's error is its own: no angle at all
    figure, axes = panels((11 if hidden else 7.4, 3.2), columns=3 if hidden else 2)
    _curve(axes[0], history, "training_loss", "training")
    axes[0].set_ylabel("loss a sample")
    for name, label in _ERRORS.items():
        if name in history[-1]:
            _curve(axes[1], history, name, label, 100.0)
    axes[1].set_ylabel("error (%)")
    if hidden:
        for layer in hidden:
            _curve(axes[2], history, angles[layer], f"layer {layer}")
        axes[2].set_ylabel("update to backprop (°)")
    for each in axes:
        each.set_ylim(bottom=0)
        each.set_xlabel("epoch")
        each.xaxis.set_major_locator(MaxNLocator(integer=True))
        each.legend()
    return figure


def _curve(
    axes: Axes, history: Sequence[Mapping[str, float]], name: str, label: str, scale: float = 1.0
) -> None:
    epochs = [record["epoch"] for record in history]
    values = [scale * record[name] for record in history]
    axes.plot(epochs, values, marker=".", label=f"{label}, {values[-1]:.3g}")
