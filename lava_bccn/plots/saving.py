"""Writing a figure."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from lava_bccn.files import write_atomically
from lava_bccn.plots.style import style


def save_figure(figure: Figure, path: Path, dpi: int) -> None:
    """Write a figure in the format that the ending of its file says.

    Raises:
        OutputPathError: the place cannot be written.
    """
    kind = path.suffix.removeprefix(".").lower()
    with style():  # ticks are made when they are drawn
        write_atomically(path, lambda file: figure.savefig(file, format=kind, dpi=dpi))
